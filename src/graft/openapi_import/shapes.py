"""What the specification has in an object beside further objects: by it null, and scalars where text belongs, are told.

`FIELDS[kind]` maps a field to what it holds: `text`, `texts` (a list of them), or `plain` (a flag, a number, or an
object that is not looked into). What stands in none of them, as `example`, `default` or an extension, may be anything,
also null.
"""

from typing import Literal

Shape = Literal["text", "texts", "plain"]


def _fields(texts: str = "", plain: str = "", lists: str = "") -> dict[str, Shape]:
    shapes: dict[str, Shape] = dict.fromkeys(texts.split(), "text")
    return {**shapes, **dict.fromkeys(plain.split(), "plain"), **dict.fromkeys(lists.split(), "texts")}


_STYLE = "explode allowReserved"

FIELDS: dict[str, dict[str, Shape]] = {
    "pathItem": _fields("summary description"),
    "operation": _fields("summary description operationId", "deprecated externalDocs", "tags"),
    "parameter": _fields("name in description style", f"required deprecated allowEmptyValue {_STYLE}"),
    "header": _fields("description style", f"required deprecated allowEmptyValue {_STYLE}"),
    "requestBody": _fields("description", "required"),
    "response": _fields("description"),
    "encoding": _fields("contentType style", _STYLE),
    "example": _fields("summary description externalValue"),
    "link": _fields("operationRef operationId description", "parameters server"),
    "server": _fields("url description"),
    "serverVariable": _fields("default description", lists="enum"),
    "discriminator": _fields("propertyName", "mapping"),
    "schema": _fields(
        "title description format pattern contentEncoding contentMediaType $id $schema $anchor $dynamicAnchor $comment",
        "multipleOf maximum minimum exclusiveMaximum exclusiveMinimum maxLength minLength maxItems minItems uniqueItems"
        " maxProperties minProperties maxContains minContains nullable readOnly writeOnly deprecated xml externalDocs"
        " dependentRequired enum examples type $vocabulary",
        "required",
    ),
}

# Names that some write in another case: what they mean is one thing.
_PLACES = ("query", "header", "path", "cookie")


def place_name(text: str) -> str:
    """Where a parameter goes, as the specification writes it."""
    return text.lower() if text.lower() in _PLACES else text


def status(text: str) -> str:
    """A status or a range of them as the specification writes it: `2xx` is `2XX`."""
    if len(text) == 3 and text[0] in "12345" and text[1:].upper() == "XX":
        return text.upper()
    return "default" if text.lower() == "default" else text

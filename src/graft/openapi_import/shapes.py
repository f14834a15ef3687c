"""The fields of OpenAPI's objects that hold no further objects, so that null and wrong scalars in them are noticed.

`FIELDS[kind]` maps a field to what it holds: `text`, `texts` (a list of them), or `plain` (a flag, a number, or an
object that is not looked into). A field that is not here, such as `example`, `default` or an extension, may hold
anything, also null.
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

_PLACES = ("query", "header", "path", "cookie")


def place_name(text: str) -> str:
    """The `in` of a parameter in the case of the specification; any other text as it is."""
    return text.lower() if text.lower() in _PLACES else text


def status(text: str) -> str:
    """A key of `responses` in the case of the specification, such as `2XX` for `2xx`; any other text as it is."""
    if len(text) == 3 and text[0] in "12345" and text[1:].upper() == "XX":
        return text.upper()
    return "default" if text.lower() == "default" else text

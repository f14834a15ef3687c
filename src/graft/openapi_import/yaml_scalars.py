"""The scalars of YAML 1.2's core schema as JSON values; YAML 1.1's dates, `yes`, `090` and `1_000` stay text."""

import re

from graft.jsontext import Json, fraction, whole
from graft.openapi_import.limits import NUMBER_DIGITS, NUMBER_EXPONENT

TAG = "tag:yaml.org,2002:"
_CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("-+.0123456789")
# JSON has no number with a leading zero, so `090` is text, which is stricter than YAML's own core schema.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_JSON = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


class UnreadableScalar(Exception):
    """A scalar that has no JSON value; `code` and `detail` are those of the problem to report."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def plain(text: str) -> Json:
    """The value of a scalar without quotes and tag. Raises `UnreadableScalar`."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return _number_or_text(text) if text[0] in _NUMBER_START else text


def tagged(text: str, tag: str) -> Json:
    """The value of a scalar with an explicit tag. Raises `UnreadableScalar`, also for a tag outside the core schema."""
    if tag == TAG + "str":
        return text
    value = plain(text)
    fits = {
        TAG + "null": value is None,
        TAG + "bool": isinstance(value, bool),
        TAG + "int": isinstance(value, int) and not isinstance(value, bool),
        TAG + "float": not isinstance(value, str | bool | None),
    }
    if tag not in fits:
        raise UnreadableScalar("unsupported-tag", f"The tag {tag[:100]} is not of the core schema.")
    if not fits[tag]:
        raise UnreadableScalar("invalid-scalar", f"This is no value of the tag {tag[:100]}.")
    return value


def _number_or_text(text: str) -> Json:
    number: Json
    if _INTEGER.fullmatch(text):
        number = whole(text, NUMBER_DIGITS)
    elif _FLOAT.fullmatch(text):
        number = fraction(text, NUMBER_DIGITS, NUMBER_EXPONENT)
    elif _OCTAL.fullmatch(text):
        number = whole(text[2:], NUMBER_DIGITS, 8)
    elif _HEXADECIMAL.fullmatch(text):
        number = whole(text[2:], NUMBER_DIGITS, 16)
    elif _NO_JSON.fullmatch(text):
        raise UnreadableScalar("not-a-number", f"{text} has no JSON value.")
    else:
        return text
    if number is None:
        raise UnreadableScalar("out-of-range", "The number has too many digits or too large an exponent.")
    return number

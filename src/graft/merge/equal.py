"""When two values are the same: by their canonical text, or by the value of their numbers alone."""

from graft import jsontext
from graft.jsontext import Json


class Absent:
    """A side that is not there, which is another thing than `null`. Its one value is `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


def same(one: Json, other: Json) -> bool:
    """Whether two values have one canonical text: `1` and `1.0` have not, the order of keys does not count."""
    if one is other:
        return True
    # values with one text are equal to Python, which tells different ones apart quickly; what it takes for equal may
    # still differ in its digits, or be `true` beside 1
    if one != other:
        return False
    return (type(one) is str and type(other) is str) or jsontext.canonical(one) == jsontext.canonical(other)


def alike(one: Json, other: Json) -> bool:
    """Whether two values are the same but for how their numbers are written; an absent one is like none."""
    if one is ABSENT or other is ABSENT:
        return False
    return jsontext.alike(one, other)


def type_of(value: Json) -> str:
    """The JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    return "null" if value is None else "number"


def lesser_text(one: Json, other: Json) -> Json:
    """Of two values that are alike, the one with the shorter text, else with the lesser bytes."""
    texts = [jsontext.canonical(value) for value in (one, other)]
    return one if (len(texts[0]), texts[0]) <= (len(texts[1]), texts[1]) else other

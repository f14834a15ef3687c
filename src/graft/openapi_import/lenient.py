"""Accept what is invalid and has one evident meaning: each function returns what is meant, and notes the place.

A value without an evident meaning is returned as it is, for the caller to report.
"""

from decimal import Decimal
from typing import Any

from graft.jsontext import Json, Place
from graft.openapi_import.oddities import Oddities

ABSENT = "null stands where something may be missing: it is missing."


def as_map(odd: Oddities, place: Place, value: Json) -> Json:
    """An object. null means an empty one, and so does the empty array that some languages write for it."""
    if value is None:
        odd.note(place, "null", "null stands where an object may be: it is taken for an empty one.")
        return {}
    if isinstance(value, list) and not value:
        odd.note(place, "empty-array", "An empty array stands where an object belongs: it is taken for an empty one.")
        return {}
    return value


def as_list(odd: Oddities, place: Place, value: Json) -> Json:
    """A list of objects. A single object means a list of one, and an empty object the empty list."""
    if isinstance(value, dict):
        odd.note(place, "no-array", "An object stands where an array of them belongs: it is taken for the only item.")
        return [value] if value else []
    return value


def as_text(odd: Oddities, place: Place, value: Json) -> Json:
    """Text. A boolean or a number means the text that it was written with."""
    if isinstance(value, bool | int | Decimal):
        odd.note(place, "no-text", "A scalar stands where text belongs: it is taken for the text that it is.")
        return odd.text_of_scalar(value)
    return value


def as_texts(odd: Oddities, place: Place, value: Json) -> Json:
    """A list of texts. A single text means a list of one; a null in the list is left out."""
    if isinstance(value, str):
        odd.note(place, "no-array", "Text stands where an array belongs: it is taken for the only item.")
        return [value]
    if not isinstance(value, list):
        return value

    kept: list[Any] = []
    for index, item in enumerate(value):
        if item is None:
            odd.note((place, index), "null", "null stands where an item may be: it is left out.")
        else:
            kept.append(as_text(odd, (place, index), item))
    return kept


def as_type(odd: Oddities, place: Place, value: Json) -> Json:
    """The `type` of a 3.1 schema. A null without quotes means the name `null`."""
    if value is None or (isinstance(value, list) and None in value):
        odd.note(place, "null", "null stands where the name of a type belongs: it is the type null.")
        return "null" if value is None else ["null" if item is None else item for item in value]
    return value

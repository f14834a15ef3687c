"""One field of an object: by which name it is meant, and as what it is taken."""

from typing import Any, Final

from graft.jsontext import Json, Place, pointer_to
from graft.openapi_import.document import newer
from graft.openapi_import.grammar import METHODS, NEWER
from graft.openapi_import.lenient import ABSENT, as_text, as_texts, as_type
from graft.openapi_import.reading import Reading
from graft.openapi_import.shapes import FIELDS, status

# What a field is taken as that is not there.
MISSING: Final = object()


def named(reading: Reading, kind: str, name: str, node: dict[str, Any], place: Place) -> str:
    """The name that a field is meant by: methods, ranges of statuses and `default` count in any case."""
    if kind == "pathItem" and name.lower() in METHODS:
        meant = name.lower()
    elif kind == "responses":
        meant = status(name)
    else:
        return name
    if meant == name or meant in node:
        return name
    reading.odd.note((place, name), "name-case", f"The name is taken for {meant}.")
    return meant


def taken(reading: Reading, kind: str, name: str, value: Json, place: Place) -> Json:
    """What the value of a field that holds no further objects is taken for, or `MISSING`."""
    if reading.document.newer and name in NEWER.get(kind, ()):
        reading.report(place, "newer-feature", newer(pointer_to(place)).detail)
    if kind == "securityRequirement":
        if value is None:
            reading.odd.note(place, "null", "null stands where an array belongs: it is taken for an empty one.")
        return [] if value is None else as_texts(reading.odd, place, value)
    if kind == "schema" and name == "type" and (isinstance(value, list) or reading.siblings_count):
        value = as_type(reading.odd, place, value)
    shape = FIELDS.get(kind, {}).get(name)
    if shape is None:
        return value
    if value is None:
        reading.odd.note(place, "null", ABSENT)
        return MISSING
    if shape == "text":
        return as_text(reading.odd, place, value)
    return as_texts(reading.odd, place, value) if shape == "texts" else value


def note_unknown(reading: Reading, kind: str, name: str, place: Place) -> None:
    """Tell of a field that the specification does not have and that is not imported."""
    if not name.startswith("x-") and name != "$ref":
        detail = f"OpenAPI has no such field here ({kind}): it is left out."
        reading.odd.note(place, "no-such-field", detail)


def note_same_headers(reading: Reading, headers: dict[str, Any], place: Place) -> None:
    """Tell of headers that differ only in the case of their names: they are one header to HTTP."""
    seen: set[str] = set()
    for name in headers:
        if name.lower() in seen:
            reading.odd.note((place, name), "same-header", "The header stands here twice, in another case: both stay.")
        seen.add(name.lower())

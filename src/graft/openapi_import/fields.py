"""Read one field of an object leniently: the name and the value that it evidently means."""

from typing import Any, Final

from graft.jsontext import Json, Place, pointer_to
from graft.openapi_import.document import newer_feature
from graft.openapi_import.grammar import METHODS, NEWER
from graft.openapi_import.lenient import ABSENT, as_text, as_texts, as_type
from graft.openapi_import.reading import Reading
from graft.openapi_import.shapes import FIELDS, status

# The value of a field that counts as absent.
MISSING: Final = object()


def intended_name(reading: Reading, kind: str, name: str, node: dict[str, Any], place: Place) -> str:
    """The name of a field of `node` in the case of the specification: of methods, status ranges and `default`."""
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


def intended_value(reading: Reading, kind: str, name: str, value: Json, place: Place) -> Json:
    """The value of a field that holds no further objects, with the type of the specification; or `MISSING`."""
    if reading.document.newer and name in NEWER.get(kind, ()):
        reading.report(place, "newer-feature", newer_feature(pointer_to(place)).detail)

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
    """Note a field that the specification does not have, and that is therefore not imported."""
    if not name.startswith("x-") and name != "$ref":
        detail = f"OpenAPI has no such field here ({kind}): it is left out."
        reading.odd.note(place, "no-such-field", detail)


def note_same_headers(reading: Reading, headers: dict[str, Any], place: Place) -> None:
    """Note headers whose names differ only in case: to HTTP they are the same header."""
    seen: set[str] = set()
    for name in headers:
        if name.lower() in seen:
            reading.odd.note((place, name), "same-header", "The header stands here twice, in another case: both stay.")
        seen.add(name.lower())

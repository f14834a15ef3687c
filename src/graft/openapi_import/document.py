"""Check whether a value is an OpenAPI document that can be imported: 3.0, 3.1, or 3.2 without what is new in it."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from graft.errors import Invalid, Problem, invalid, raise_if_any
from graft.jsontext import Json, Place, pointer, pointer_to
from graft.openapi_import.grammar import COMPONENTS, NEWER
from graft.openapi_import.lenient import as_map, as_text
from graft.openapi_import.oddities import Oddities

_VERSION = re.compile(r"3\.([012])(\.\d+)?(?:-\S+)?")
_OPTIONAL = ("servers", "security", "tags", "externalDocs", "webhooks", "jsonSchemaDialect")
_INFO = ("summary", "description", "termsOfService", "contact", "license", "version")


class Document(NamedTuple):
    """A document that is imported as OpenAPI 3.`minor`. `root` is as it was read, checked as `check_document` says."""

    root: dict[str, Any]
    minor: int
    title: str
    version: str | None
    paths: dict[str, Any]
    components: dict[str, Any]
    newer: bool
    """Whether its `openapi` names a version after 3.1."""

    @property
    def schemas(self) -> dict[str, Any]:
        return self.components.get("schemas", {})


def check_document(value: Json, odd: Oddities) -> Document:
    """Check the outer parts of a document. `odd` notes what is invalid and has one evident meaning.

    `Invalid`, alone: `not-openapi`, `swagger`, `asyncapi`, `unsupported-version`. `Invalid`, all at once: `missing-key`
    and `wrong-type` for `info`, its `title`, `paths`, `components` and its maps, `invalid-path` for a path without a
    slash, `newer-feature` for what only 3.2 has.
    """
    minor = _minor_version(value, odd)
    raise_if_any(_problems(value, minor), "The document has problems.")

    for name in _OPTIONAL:
        if name in value and value[name] is None:
            odd.note((None, name), "null", "null stands where something may be missing: it is missing.")
    info = value["info"]
    version = info.get("version")
    for name in _INFO:
        if name in info and info[name] is None:
            odd.note(((None, "info"), name), "null", "null stands where something may be missing: it is missing.")

    return Document(
        value,
        min(minor, 1),
        as_text(odd, ((None, "info"), "title"), info["title"]),
        None if version is None else str(as_text(odd, ((None, "info"), "version"), version)),
        as_map(odd, (None, "paths"), value.get("paths", {})),
        _components(value, odd),
        minor > 1,
    )


def _components(root: dict[str, Any], odd: Oddities) -> dict[str, Any]:
    place: Place = (None, "components")
    components = as_map(odd, place, root.get("components", {}))
    return {name: as_map(odd, (place, name), held) if name in COMPONENTS else held for name, held in components.items()}


def _minor_version(value: Json, odd: Oddities) -> int:
    """The number after `3.`; 2 is imported as 1."""
    if not isinstance(value, dict):
        raise invalid("", "not-openapi", "An OpenAPI document is an object with the key openapi.")
    if "openapi" not in value:
        raise _another_format(value)

    version = value["openapi"]
    number = isinstance(version, int | Decimal) and not isinstance(version, bool)
    match = _VERSION.fullmatch(odd.text_of_scalar(version) if number else version if isinstance(version, str) else "")
    if match is None:
        detail = "The version must be text like 3.0.3 or 3.1.0; other versions of OpenAPI cannot be imported."
        raise invalid("/openapi", "unsupported-version", detail)

    if number or match[2] is None:
        odd.note((None, "openapi"), "version-form", f"The version should be text like 3.{match[1]}.0.")
    if match[1] == "2":
        detail = "The document is taken for one of OpenAPI 3.1: of 3.2 it may say only what 3.1 has."
        odd.note((None, "openapi"), "newer-version", detail)
    return int(match[1])


def _another_format(value: dict[str, Any]) -> Invalid:
    if "swagger" in value:
        return invalid("/swagger", "swagger", "Swagger 2.0 cannot be imported; convert the document to OpenAPI 3.")
    if "asyncapi" in value:
        return invalid("/asyncapi", "asyncapi", "AsyncAPI cannot be imported; only OpenAPI 3.0 and 3.1 can.")
    return invalid("", "not-openapi", "The key openapi is missing: this is no OpenAPI document.")


def _problems(root: dict[str, Any], minor: int) -> Iterator[Problem]:
    info = root.get("info")
    if not isinstance(info, dict):
        yield Problem("/info", "missing-key" if "info" not in root else "wrong-type", "info must be an object.")
    elif not isinstance(info.get("title"), str | int | Decimal):
        code = "missing-key" if "title" not in info else "wrong-type"
        yield Problem("/info/title", code, "The title of the API must be text.")

    if "paths" not in root and minor == 0:
        yield Problem("/paths", "missing-key", "paths must be an object; in OpenAPI 3.0 it is required.")
    yield from _path_problems(root.get("paths", {}))

    components = root.get("components", {})
    if minor > 1:
        for name in NEWER["document"] & root.keys():
            yield newer_feature(pointer(name))
        for name in NEWER["components"] & (components.keys() if isinstance(components, dict) else set()):
            yield newer_feature(pointer("components", name))

    if not _map_like(components):
        yield Problem("/components", "wrong-type", "components must be an object.")
        return
    for name in COMPONENTS:
        if not _map_like((components or {}).get(name, {})):
            yield Problem(pointer("components", name), "wrong-type", f"{name} must be an object.")


def newer_feature(pointer: str) -> Problem:
    """The problem of a field that only versions after 3.1 have."""
    detail = "This is of OpenAPI 3.2, and would be lost: only what 3.1 has is imported."
    return Problem(pointer, "newer-feature", detail)


def _path_problems(paths: Json) -> Iterator[Problem]:
    if not _map_like(paths):
        yield Problem("/paths", "wrong-type", "paths must be an object.")
        return
    for path in paths or ():
        if not path.startswith(("/", "x-")):
            yield Problem(pointer_to(((None, "paths"), path)), "invalid-path", "A path must begin with a slash.")


def _map_like(value: Json) -> bool:
    """Whether this is an object, or stands for an empty one: null, or the empty array that PHP writes for it."""
    return value is None or isinstance(value, dict) or value == []

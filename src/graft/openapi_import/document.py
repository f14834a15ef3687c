"""Whether a value is an OpenAPI document that can be imported: 3.0 or 3.1, with the parts that the import reads."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from graft.errors import Invalid, Problem, invalid, pointer, raise_if_any
from graft.jsontext import Json
from graft.openapi_import.grammar import COMPONENTS

_VERSION = re.compile(r"3\.([01])\.\d+(?:-\S+)?")


class Document(NamedTuple):
    """A document that is OpenAPI 3.`minor`; `root` is not checked further than `checked` says."""

    root: dict[str, Any]
    minor: int
    title: str
    version: str | None
    paths: dict[str, Any]
    components: dict[str, Any]

    @property
    def schemas(self) -> dict[str, Any]:
        return self.components.get("schemas", {})


def checked(value: Json) -> Document:
    """`value` as a `Document`.

    `Invalid`, alone: `not-openapi`, `swagger`, `asyncapi`, `unsupported-version`. `Invalid`, all at once: `missing` and
    `wrong-type` for `info`, its `title`, `paths`, `components` and its maps, `invalid-path` for a path without a slash.
    """
    minor = _minor_version(value)
    raise_if_any(_problems(value, minor), "The document has problems.")
    info = value["info"]
    version = info.get("version")
    return Document(
        value,
        minor,
        info["title"],
        version if version is None else str(version),
        value.get("paths", {}),
        value.get("components", {}),
    )


def _minor_version(value: Json) -> int:
    if not isinstance(value, dict):
        raise invalid("", "not-openapi", "An OpenAPI document is an object with the key openapi.")
    if "openapi" not in value:
        raise _another_format(value)
    version = value["openapi"]
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None:
        detail = "The version must be text like 3.0.3 or 3.1.0; other versions of OpenAPI cannot be imported."
        raise invalid("/openapi", "unsupported-version", detail)
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
        yield Problem("/info", "missing" if "info" not in root else "wrong-type", "info must be an object.")
    elif not isinstance(info.get("title"), str):
        code = "missing" if "title" not in info else "wrong-type"
        yield Problem("/info/title", code, "The title of the API must be text.")
    if "paths" not in root and minor == 0:
        yield Problem("/paths", "missing", "paths must be an object; in OpenAPI 3.0 it is required.")
    yield from _path_problems(root.get("paths", {}))
    components = root.get("components", {})
    if not isinstance(components, dict):
        yield Problem("/components", "wrong-type", "components must be an object.")
        return
    for name in COMPONENTS:
        if not isinstance(components.get(name, {}), dict):
            yield Problem(pointer("components", name), "wrong-type", f"{name} must be an object.")


def _path_problems(paths: Json) -> Iterator[Problem]:
    if not isinstance(paths, dict):
        yield Problem("/paths", "wrong-type", "paths must be an object.")
        return
    for path in paths:
        if not path.startswith(("/", "x-")):
            yield Problem(pointer("paths", path), "invalid-path", "A path must begin with a slash.")

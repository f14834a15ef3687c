"""Find the target of a local `$ref`: by JSON pointer, percent-encoded or not, and in 3.1 also by `$id` and anchor."""

from typing import Any, NamedTuple
from urllib.parse import unquote

from graft.jsontext import Json, Place, steps
from graft.openapi_import.document import Document
from graft.openapi_import.survey import Names, absolute

_SCHEMAS = ((None, "components"), "schemas")


class Unresolved(Exception):
    """A reference that cannot be followed; `code` and `detail` are those of the problem to report."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Target(NamedTuple):
    """What a reference leads to; `base` is the URI that holds inside, `resource` the schema with an `$id` around it."""

    node: Json
    place: Place
    base: str = ""
    resource: dict[str, Any] | None = None
    beyond: bool = False
    """Whether it was found from the root, although the `$id` around the reference says to look inside that schema."""


def locate(document: Document, names: Names, reference: Json, base: str = "") -> Target:
    """Find the target of `reference`, where `base` is the URI that holds around it. Raises `Unresolved`."""
    if not isinstance(reference, str):
        raise Unresolved("wrong-type", "$ref must be text.")

    uri, _, fragment = absolute(base, reference).partition("#")
    if uri and uri in names.resources:
        found = _in_resource(names, uri, fragment, reference)
        if found is not None:
            return found
    elif uri or not fragment or (not fragment.startswith("/") and not names.anchors):
        raise _foreign(reference)

    # A schema may have an `$id` and write pointers from the root of the document nevertheless.
    if uri and not reference.startswith("#/"):
        raise _dangling(reference)
    return _in_document(document, names, reference.partition("#")[2])._replace(beyond=bool(uri))


def component_of(document: Document, target: Target) -> str | None:
    """The name of the component schema that `target` is; None if it is anything else, also a part of one."""
    place = target.place
    named = place is not None and place[0] == _SCHEMAS and place[1] in document.schemas
    return str(place[1]) if place is not None and named else None


def _in_resource(names: Names, uri: str, fragment: str, reference: str) -> Target | None:
    named = names.resources[uri]
    if named is None:
        raise Unresolved("ambiguous-ref", f"More than one schema goes by the $id {_shortened(uri)}.")
    if not fragment:
        return Target(named.node, named.place, uri, named.node)
    if not fragment.startswith("/"):
        return _anchored(names, uri, fragment, reference, named.node)
    return _at(names, fragment, Target(named.node, named.place, uri, named.node))


def _in_document(document: Document, names: Names, fragment: str) -> Target:
    if not fragment.startswith("/"):
        return _anchored(names, "", fragment, f"#{fragment}", None)
    found = _at(names, fragment, Target(document.root, None))
    if found is None:
        raise _dangling(f"#{fragment}")
    return found


def _anchored(names: Names, uri: str, fragment: str, reference: str, resource: dict[str, Any] | None) -> Target:
    key = (uri, unquote(fragment))
    if key not in names.anchors:
        raise _dangling(reference)
    named = names.anchors[key]
    if named is None:
        raise Unresolved("ambiguous-ref", f"More than one schema goes by {_shortened(reference)}.")
    return Target(named.node, named.place, uri, resource)


def _at(names: Names, fragment: str, start: Target) -> Target | None:
    """The target of a JSON pointer from `start`. Some tools percent-encode pointers, some do not: both are tried."""
    spellings = [unquote(fragment), fragment] if "%" in fragment else [fragment]
    return next((found for spelling in spellings if (found := _follow_pointer(names, spelling, start))), None)


def _follow_pointer(names: Names, fragment: str, start: Target) -> Target | None:
    node, place, base, resource, _ = start
    for name in steps(fragment):
        if isinstance(node, dict) and name in node:
            node, place = node[name], (place, name)
        elif isinstance(node, list) and name.isascii() and name.isdigit() and len(name) < 10 and int(name) < len(node):
            node, place = node[int(name)], (place, int(name))
        else:
            return None
        if id(node) in names.bases:
            base, resource = names.bases[id(node)], node
    return Target(node, place, base, resource)


def _foreign(reference: str) -> Unresolved:
    return Unresolved("foreign-ref", f"{_shortened(reference)} is not in this document: only #/… can be followed.")


def _dangling(reference: str) -> Unresolved:
    return Unresolved("dangling-ref", f"There is nothing at {_shortened(reference)}.")


def _shortened(reference: str) -> str:
    return reference if len(reference) <= 200 else reference[:200] + "…"

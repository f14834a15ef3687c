"""What a local `$ref` names: the JSON pointer in its fragment, percent-decoded or as written."""

from typing import Any
from urllib.parse import unquote

from graft.jsontext import Json
from graft.openapi_import.document import Document
from graft.openapi_import.places import Place
from graft.openapi_import.reading import Unresolved

_SCHEMAS = ("components", "schemas")


def locate(root: dict[str, Any], reference: Json) -> tuple[Json, Place]:
    """The value that `reference` names in `root`, and its place. Raises `Unresolved` for one that is not there."""
    for parts in _spellings(reference):
        found = _at(root, parts)
        if found is not None:
            return found
    raise Unresolved("dangling-ref", f"There is nothing at {_shortened(reference)}.")


def component_of(document: Document, reference: Json) -> str | None:
    """The name of the component schema that `reference` names as a whole; None where it names anything else."""
    if not isinstance(reference, str) or not reference.startswith("#/components/schemas/"):
        return None
    for parts in _spellings(reference):
        if len(parts) == len(_SCHEMAS) + 1 and tuple(parts[:-1]) == _SCHEMAS and parts[-1] in document.schemas:
            return parts[-1]
    return None


def _spellings(reference: Json) -> list[list[str]]:
    """The paths that the fragment may mean: tools differ in whether they percent-encode it."""
    if not isinstance(reference, str):
        raise Unresolved("wrong-type", "$ref must be text.")
    if not reference.startswith("#/"):
        raise Unresolved("foreign-ref", f"{_shortened(reference)} is not in this document: only #/… can be followed.")
    written = reference[2:]
    return [_parts(unquote(written)), _parts(written)] if "%" in written else [_parts(written)]


def _parts(fragment: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in fragment.split("/")]


def _at(root: dict[str, Any], parts: list[str]) -> tuple[Json, Place] | None:
    node: Json = root
    place: Place = None
    for part in parts:
        if isinstance(node, dict) and part in node:
            node = node[part]
            place = (place, part)
        elif isinstance(node, list) and part.isascii() and part.isdigit() and len(part) < 10 and int(part) < len(node):
            node = node[int(part)]
            place = (place, int(part))
        else:
            return None
    return node, place


def _shortened(reference: str) -> str:
    return reference if len(reference) <= 200 else reference[:200] + "…"

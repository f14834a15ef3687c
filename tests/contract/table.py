"""The facts of the source document, as the project keeps them, and the ways to write others in the same notation.

A type is `"string"`, `"number"`, `"boolean"`, `"a | b"` (one of these texts), `{}` (an object), `["string"]` (a list),
an object of such types, or `"<...>"` (anything). A key of a request that ends in `?` may be absent.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
SOURCE = _FOLDER.parents[2] / "shared" / "seed" / "integrations-api.md"
TABLE: dict[str, Any] = json.loads((_FOLDER / "source.json").read_text("utf-8"))
ANYTHING = "<...>"


@dataclass(frozen=True)
class Facts:
    """One call: names of parameters, and request and response as types. No call of the document requires a parameter."""

    path: frozenset[str]
    query: frozenset[str]
    request: Any
    response: Any


def expanded(tree: Any) -> Any:
    """`tree` with the shapes in place of their names."""
    if isinstance(tree, str) and tree.startswith("$"):
        return TABLE["shapes"][tree[1:]]
    if isinstance(tree, dict):
        return {key: expanded(child) for key, child in tree.items()}
    return [expanded(child) for child in tree] if isinstance(tree, list) else tree


def facts() -> dict[str, Facts]:
    """What the table says, by call."""
    return {
        entry["call"]: Facts(
            frozenset(entry["path"]), frozenset(entry["query"]), entry.get("request"), expanded(entry["response"])
        )
        for entry in TABLE["calls"]
    }


def additions(kind: str, of: str) -> set[str]:
    """What Graft has beyond the document: `value`s of an enumeration, `request` keys or `query` parameters of a call."""
    return {entry[kind] for entry in TABLE["additions"] if kind in entry and entry["of"] == of}


def nullable(shape: str) -> set[str]:
    """The keys of a shape that may be null, of which the document says nothing."""
    return set(TABLE["nullable"].get(shape, ()))


def parse_source(text: str) -> dict[str, Facts]:
    """What the document itself says, by call."""
    found: dict[str, Facts] = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        call, _, body = part.partition("\n")
        found[call] = Facts(
            _names(_section(body, "Path parameters"), "required"),
            _names(_section(body, "Query parameters"), "optional"),
            _block(_section(body, "Request body")),
            _block(_section(body, "Response")),
        )
    return found


def _section(body: str, title: str) -> str:
    match = re.search(rf"^\*\*{title}\*\*\n(.*?)(?=^\*\*|\Z)", body, re.DOTALL | re.MULTILINE)
    return match[1] if match else ""


def _names(section: str, necessity: str) -> frozenset[str]:
    names = re.findall(r"^- `(\w+)` \((\w+)\)", section, re.MULTILINE)
    assert all(found == necessity for _, found in names), names
    return frozenset(name for name, _ in names)


def _block(section: str) -> Any:
    match = re.search(r"^```json\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    return json.loads(match[1]) if match else None


def covers(wider: Any, narrower: Any) -> bool:
    """Whether the types are the same, where `wider` may leave open what `narrower` says."""
    if wider == ANYTHING:
        return True
    if isinstance(wider, dict) and isinstance(narrower, dict):
        return wider.keys() == narrower.keys() and all(covers(wider[key], narrower[key]) for key in wider)
    if isinstance(wider, list) and isinstance(narrower, list):
        return len(wider) == len(narrower) and all(map(covers, wider, narrower))
    return wider == narrower

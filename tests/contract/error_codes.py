"""The codes that Graft's source can answer, found in the source itself."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import graft
from graft import errors
from graft.db.errors import RULES
from graft.errors import GraftError
from graft.web.responses import STATUSES

_TREES = [ast.parse(path.read_text("utf-8")) for path in sorted(Path(graft.__file__).parent.rglob("*.py"))]
_FAMILIES = {
    name: found for name, found in vars(errors).items() if isinstance(found, type) and issubclass(found, GraftError)
}
# What the edge answers without a family of its own.
_EDGE = {"not-found": 404, "method-not-allowed": 405, "uri-too-long": 414, "internal": 500}


def reply_codes() -> dict[str, int]:
    """The codes that stand for a whole reply, with their status."""
    found = {code: 409 for code, _ in RULES.values()} | _EDGE
    found |= {family.family_code: _status(family) for family in STATUSES}
    for node in _nodes(ast.Call):
        family = _FAMILIES.get(_called(node))
        for keyword in node.keywords if family is not None else ():
            if keyword.arg == "code":
                found |= {code: _EDGE.get(code) or _status(family) for code in _texts(keyword.value)}
    return found


def problem_codes() -> set[str]:
    """The codes of single problems: whatever is given for a parameter that is called `code`."""
    places = dict(_takers())
    found: set[str] = set()
    for node in _nodes(ast.Call):
        name = _called(node)
        if name in _FAMILIES:
            continue
        found |= {text for keyword in node.keywords if keyword.arg == "code" for text in _texts_of_names(keyword.value)}
        if name in places and len(node.args) > places[name]:
            found |= set(_texts_of_names(node.args[places[name]]))
    # what is called as a taker of codes is may take pointers, in another library
    return {text for text in found if text and not text.startswith("/")}


def _status(family: type[GraftError] | None) -> int:
    assert family is not None
    return next((status for base, (status, _) in STATUSES.items() if issubclass(family, base)), 500)


def _takers() -> Iterator[tuple[str, int]]:
    """Functions and classes with a parameter or field `code`, and its place among the positional arguments."""
    for node in _nodes(ast.FunctionDef):
        names = [argument.arg for argument in node.args.args if argument.arg != "self"]
        if "code" in names and node.name != "__init__":
            yield node.name, names.index("code")
    for node in _nodes(ast.ClassDef):
        fields = [
            line.target.id
            for line in node.body
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        ]
        makers = [line for line in node.body if isinstance(line, ast.FunctionDef) and line.name == "__init__"]
        names = [argument.arg for maker in makers for argument in maker.args.args[1:]] or fields
        if "code" in names:
            yield node.name, names.index("code")


def _nodes(kind: type[Any]) -> Iterator[Any]:
    for tree in _TREES:
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield node


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _texts(node: ast.expr) -> Iterator[str]:
    """The literals that an expression can be: itself, or both arms of `"a" if x else "b"`."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _texts_of_names(node: ast.expr) -> Iterator[str]:
    """As `_texts`; of a name, all that it stands for anywhere."""
    if isinstance(node, ast.Name):
        for assignment in _nodes(ast.Assign):
            if any(isinstance(target, ast.Name) and target.id == node.id for target in assignment.targets):
                yield from _texts(assignment.value)
    else:
        yield from _texts(node)

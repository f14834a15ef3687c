"""The pure libraries are used by what their `__init__.py` exports; their inner modules are their own affair."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = ("listing", "manifest", "merge", "openapi_import", "templates")


def round_the_face(source: str, library: str, exported: set[str]) -> list[str]:
    """What a text imports of a library that it does not export."""
    face = f"graft.{library}"
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith(f"{face}.")]
        elif isinstance(node, ast.ImportFrom) and node.module == face:
            found += [alias.name for alias in node.names if alias.name not in exported]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{face}."):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_imported_by_its_face(library):
    exported = set(import_module(f"graft.{library}").__all__)
    inner = ROOT / "src/graft" / library
    others = [
        path
        for folder in ("src", "demo", "bench")
        for path in (ROOT / folder).rglob("*.py")
        if not path.is_relative_to(inner)
    ]
    wrong = {
        str(path.relative_to(ROOT)): found
        for path in others
        if (found := round_the_face(path.read_text("utf-8"), library, exported))
    }
    assert wrong == {}


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_a_face_exports_is_used(library):
    texts = [
        path.read_text("utf-8")
        for folder in ("src/graft", "tests", "bench", "demo")
        for path in (ROOT / folder).rglob("*.py")
        if not path.is_relative_to(ROOT / "src/graft" / library)
    ]
    module = import_module(f"graft.{library}")
    unused = [name for name in module.__all__ if not any(name in text for text in texts)]
    assert unused == []
    assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from graft.templates import render", []),
        ("from graft.templates import _inner", ["_inner"]),
        ("from graft.templates.render import render", ["graft.templates.render.render"]),
        ("import graft.templates.render", ["graft.templates.render"]),
        ("import graft.templates", []),
    ],
)
def test_a_way_round_a_face_is_found(source, found):
    assert round_the_face(source, "templates", {"render"}) == found

"""The places inside of components and paths that reach themselves by references: they become schemas of their own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from graft.jsontext import pointer_to
from graft.openapi_import.document import Document
from graft.openapi_import.grammar import Slot
from graft.openapi_import.resolve import Target, Unresolved, component_of, locate
from graft.openapi_import.survey import Found, Names, schemas_of, schemas_under

_SCHEMAS = "/components/schemas/"


class Inner(NamedTuple):
    """A place that reaches itself. `key` is no name of a component; `name` is for people."""

    key: str
    name: str
    target: Target


class _Graph(NamedTuple):
    """Which schema holds or refers to which, by identity, and what references name that is no component."""

    edges: dict[int, list[int]]
    targets: dict[int, Target]


def inner_schemas(document: Document, names: Names) -> list[Inner]:
    """The places that reach themselves, sorted by key: each of them is what some reference names."""
    graph = _Graph({}, {})
    _enter(document, names, graph, schemas_of(document.root, document.components, document.minor))
    circular = _in_circles(graph.edges)
    found = [_inner(document, target) for identity, target in graph.targets.items() if identity in circular]
    return sorted(found, key=lambda inner: inner.key)


def _enter(document: Document, names: Names, graph: _Graph, schemas: Iterator[Found]) -> None:
    pending = [schemas]
    while pending:
        for found in pending.pop():
            if id(found.node) in graph.edges:
                continue
            graph.edges[id(found.node)] = []
            if found.parent is not None:
                graph.edges[id(found.parent)].append(id(found.node))
            target = _target(document, names, found)
            if target is None:
                continue
            graph.edges[id(found.node)].append(id(target.node))
            known = graph.targets.setdefault(id(target.node), target)
            if pointer_to(target.place) < pointer_to(known.place):
                graph.targets[id(target.node)] = target
            if id(target.node) not in graph.edges:
                start = (Slot("one", "schema"), target.node, target.place)
                pending.append(schemas_under([start], document.minor, target.base))


def _target(document: Document, names: Names, found: Found) -> Target | None:
    """What the reference of a schema names, where that is a place inside of something."""
    if "$ref" not in found.node:
        return None
    try:
        target = locate(document, names, found.node["$ref"], found.base)
    except Unresolved:
        return None
    return target if isinstance(target.node, dict) and component_of(document, target) is None else None


def _inner(document: Document, target: Target) -> Inner:
    pointer = pointer_to(target.place)
    key = f"#{pointer}"
    while key in document.schemas:
        key = f"#{key}"
    return Inner(key, pointer.removeprefix(_SCHEMAS).removeprefix("/"), target)


def _in_circles(edges: Mapping[int, Sequence[int]]) -> set[int]:
    """The nodes from which a path leads back to them (Tarjan's algorithm, without recursion)."""
    order: dict[int, int] = {}
    lowest: dict[int, int] = {}
    stack: list[int] = []
    waiting: set[int] = set()
    circular = {node for node, ends in edges.items() if node in ends}
    for root in edges:
        if root in order:
            continue
        path: list[tuple[int, Iterator[int]]] = []
        _open(root, edges, order, lowest, stack, waiting, path)
        while path:
            node, ends = path[-1]
            for end in ends:
                if end not in order:
                    _open(end, edges, order, lowest, stack, waiting, path)
                    break
                if end in waiting:
                    lowest[node] = min(lowest[node], order[end])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == order[node]:
                    component = _popped(stack, node)
                    waiting.difference_update(component)
                    circular.update(component if len(component) > 1 else ())
    return circular


def _open(
    node: int,
    edges: Mapping[int, Sequence[int]],
    order: dict[int, int],
    lowest: dict[int, int],
    stack: list[int],
    waiting: set[int],
    path: list[tuple[int, Iterator[int]]],
) -> None:
    order[node] = lowest[node] = len(order)
    stack.append(node)
    waiting.add(node)
    path.append((node, iter(edges.get(node, ()))))


def _popped(stack: list[int], down_to: int) -> list[int]:
    popped = [stack.pop()]
    while popped[-1] != down_to:
        popped.append(stack.pop())
    return popped

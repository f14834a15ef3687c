"""Find the schemas inside of components and paths that reach themselves by references.

They cannot be copied to where they are used, as that would never end. So each becomes a schema entity of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from graft.jsontext import pointer_to
from graft.openapi_import.document import Document
from graft.openapi_import.grammar import Slot
from graft.openapi_import.resolve import Target, Unresolved, component_of, locate
from graft.openapi_import.survey import FoundSchema, Names, schemas_of, schemas_under

_SCHEMAS = "/components/schemas/"


class InnerSchema(NamedTuple):
    """A schema that is no component and reaches itself. `key` is no component's name; `name` is for people."""

    key: str
    name: str
    target: Target


class _Graph(NamedTuple):
    """The schemas of a document, by identity (`id()`).

    edges: the schemas that a schema contains or refers to
    targets: of the schemas that are no components, those that some reference names
    """

    edges: dict[int, list[int]]
    targets: dict[int, Target]


def inner_schemas(document: Document, names: Names) -> list[InnerSchema]:
    """The schemas inside of something that reach themselves, sorted by key. Each is the target of some reference."""
    graph = _Graph({}, {})
    _add_schemas(document, names, graph, schemas_of(document.root, document.components, document.minor))
    circular = _nodes_in_circles(graph.edges)
    found = [_inner_schema(document, target) for identity, target in graph.targets.items() if identity in circular]
    return sorted(found, key=lambda inner: inner.key)


def _add_schemas(document: Document, names: Names, graph: _Graph, schemas: Iterator[FoundSchema]) -> None:
    """Add schemas to the graph, and those that their references reach outside of the usual places."""
    pending = [schemas]
    while pending:
        for found in pending.pop():
            if id(found.node) in graph.edges:
                continue
            graph.edges[id(found.node)] = []
            if found.parent is not None:
                graph.edges[id(found.parent)].append(id(found.node))

            target = _inner_target(document, names, found)
            if target is None:
                continue
            graph.edges[id(found.node)].append(id(target.node))
            # one object may stand at several places, by YAML's aliases: the first pointer names it
            known = graph.targets.setdefault(id(target.node), target)
            if pointer_to(target.place) < pointer_to(known.place):
                graph.targets[id(target.node)] = target
            if id(target.node) not in graph.edges:
                start = (Slot("one", "schema"), target.node, target.place)
                pending.append(schemas_under([start], document.minor, target.base))


def _inner_target(document: Document, names: Names, found: FoundSchema) -> Target | None:
    """The target of a schema's `$ref`, if that is a place inside of something and no component."""
    if "$ref" not in found.node:
        return None
    try:
        target = locate(document, names, found.node["$ref"], found.base)
    except Unresolved:
        return None
    return target if isinstance(target.node, dict) and component_of(document, target) is None else None


def _inner_schema(document: Document, target: Target) -> InnerSchema:
    pointer = pointer_to(target.place)
    key = f"#{pointer}"
    while key in document.schemas:
        key = f"#{key}"
    return InnerSchema(key, pointer.removeprefix(_SCHEMAS).removeprefix("/"), target)


def _nodes_in_circles(edges: Mapping[int, Sequence[int]]) -> set[int]:
    """The nodes from which a path leads back to them: Tarjan's strongly connected components, without recursion."""
    order: dict[int, int] = {}
    lowest: dict[int, int] = {}
    stack: list[int] = []
    waiting: set[int] = set()
    circular = {node for node, ends in edges.items() if node in ends}

    for root in edges:
        if root in order:
            continue
        path: list[tuple[int, Iterator[int]]] = []
        _visit(root, edges, order, lowest, stack, waiting, path)
        while path:
            node, ends = path[-1]
            for end in ends:
                if end not in order:
                    _visit(end, edges, order, lowest, stack, waiting, path)
                    break
                if end in waiting:
                    lowest[node] = min(lowest[node], order[end])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == order[node]:
                    component = _pop_component(stack, node)
                    waiting.difference_update(component)
                    circular.update(component if len(component) > 1 else ())

    return circular


def _visit(
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


def _pop_component(stack: list[int], down_to: int) -> list[int]:
    popped = [stack.pop()]
    while popped[-1] != down_to:
        popped.append(stack.pop())
    return popped

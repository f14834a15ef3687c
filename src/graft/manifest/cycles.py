"""Cycles of a directed graph, found without recursion: a chain of 10,000 nodes must not overflow the stack."""

from collections.abc import Iterator, Mapping, Sequence

_MAX_CYCLES = 100


def find_cycles(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Find up to 100 different cycles; `[a, b]` is a → b → a. The list is empty only if the graph has no cycle.

    `edges` are the targets of each node; a target that is not a key is ignored. There is one cycle for each edge that
    leads back into the path of a depth-first walk. All elementary cycles could be exponentially many.
    """
    found: list[list[str]] = []
    done: set[str] = set()
    for start in edges:
        if start not in done:
            for cycle in _cycles_from(start, edges, done):
                found.append(cycle)
                if len(found) == _MAX_CYCLES:
                    return found
    return found


def _cycles_from(start: str, edges: Mapping[str, Sequence[str]], done: set[str]) -> Iterator[list[str]]:
    """Walk depth first from `start`; nodes that are finished are added to `done`."""
    path = [start]
    depth = {start: 0}  # the place in `path` of each node that is in it
    pending = [_targets(start, edges)]  # for each node in `path`, the targets still to visit

    while pending:
        target = next(pending[-1], None)
        if target is None:
            pending.pop()
            node = path.pop()
            del depth[node]
            done.add(node)
        elif target in depth:
            yield path[depth[target] :]
        elif target not in done:
            depth[target] = len(path)
            path.append(target)
            pending.append(_targets(target, edges))


def _targets(node: str, edges: Mapping[str, Sequence[str]]) -> Iterator[str]:
    return iter([target for target in dict.fromkeys(edges[node]) if target in edges])

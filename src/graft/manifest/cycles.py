"""Cycles of a directed graph, without recursion: a chain of 10,000 must not end the process."""

from collections.abc import Iterator, Mapping, Sequence

_MAX_CYCLES = 100


def find_cycles(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Cycles as lists of nodes (`[a, b]` is a → b → a), none twice, at most 100; none exactly where the graph has none.

    One cycle for each edge that leads back into the path of a depth-first walk: all elementary cycles would be
    exponentially many. Targets that are no keys are passed over.
    """
    found: list[list[str]] = []
    done: set[str] = set()
    for start in edges:
        if start not in done:
            for cycle in _from(start, edges, done):
                found.append(cycle)
                if len(found) == _MAX_CYCLES:
                    return found
    return found


def _from(start: str, edges: Mapping[str, Sequence[str]], done: set[str]) -> Iterator[list[str]]:
    path = [start]
    depth = {start: 0}
    pending = [_targets(start, edges)]
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

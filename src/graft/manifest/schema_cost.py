"""What checking a value against a schema can cost at most: `$ref`s expanded, without expanding them."""

from collections.abc import Iterator

from graft.errors import Problem
from graft.jsontext import Json
from graft.manifest.measure import measure
from graft.manifest.patterns import REFUSED_PRICE, pattern_price
from graft.manifest.schema_walk import NAMED, ONE, SEVERAL, UNAPPLIED, Schema, children, is_local, positions, resolve
from graft.manifest.shapes import Path, at

MAX_COST = 100_000
_MAX_DEPTH = 64
# Measured, a plain schema taking 0.1 µs a node: text is told apart 32 times as fast, numbers are compared as decimals,
# and `uniqueItems` is our own.
_DATA_UNIT = 32
_NUMBER_PRICE = 30
_DIGITS_UNIT = 2
_UNIQUE_PRICE = 10
_MANY = 1_000_000
_TOO_MUCH = MAX_COST + 1
_WITH_SCHEMAS = ONE | SEVERAL | NAMED


class Costs:
    """The cost of each schema in `root`: one for itself, more for its data and patterns, and what it applies.

    Every schema is costed once, so one in which `$ref`s multiply takes no more time than another. `problems` names the
    `$ref`s that lead back to where they stand. `root` nests less deep than the interpreter's stack.
    """

    def __init__(self, root: Schema) -> None:
        self.problems: list[Problem] = []
        self._root = root
        self._paths: dict[int, Path] = {}
        self._known: dict[int, tuple[int, int]] = {}
        self._open: set[int] = set()
        own = 0
        for path, node in positions(root):
            self._paths[id(node)] = path
            own += _own_cost(node)
            if own > MAX_COST:
                break
        self.too_large = own > MAX_COST or any(self.of(node) > MAX_COST for _, node in positions(root))

    def of(self, schema: Json) -> int:
        """At most what checking one node against `schema`, a part of the root, costs; capped just above `MAX_COST`."""
        return self._cost(schema, 0)[0]

    def _cost(self, schema: Json, depth: int) -> tuple[int, int]:
        """Cost and height, `$ref`s expanded."""
        if not isinstance(schema, dict):
            return 1, 0
        if id(schema) in self._known:
            return self._known[id(schema)]
        if depth > _MAX_DEPTH:
            return _TOO_MUCH, depth
        self._open.add(id(schema))
        total, height = _own_cost(schema), 0
        for child in self._applied(schema):
            cost, below = self._cost(child, depth + 1)
            total, height = total + cost, max(height, below + 1)
        self._open.remove(id(schema))
        # What was evaluated is found out by evaluating again: nested, this doubles at every level.
        doubled = "unevaluatedProperties" in schema or "unevaluatedItems" in schema
        total = _TOO_MUCH if height > _MAX_DEPTH else min(total * (1 + doubled), _TOO_MUCH)
        self._known[id(schema)] = total, height
        return total, height

    def _applied(self, schema: Schema) -> Iterator[Json]:
        for path, child in children(schema):
            if path[0] not in UNAPPLIED:
                yield child
        target = _target(self._root, schema)
        if id(target) in self._open:
            detail = "The $ref leads back to a schema that it stands in; variables cannot be recursive."
            self.problems.append(at((*self._paths.get(id(schema), ()), "$ref"), "ref-cycle", detail))
        elif target is not None:
            yield target


def _target(root: Schema, schema: Schema) -> Json:
    ref = schema.get("$ref")
    return resolve(root, ref) if isinstance(ref, str) and is_local(ref) else None


def _own_cost(schema: Schema) -> int:
    """Without what stands below: lists (`enum`, `required`), numbers to compare with and patterns have their price."""
    prices = [pattern_price(pattern) for pattern in patterns_of(schema)]
    return (
        1
        + sum(_data_cost(keyword, value) for keyword, value in schema.items() if keyword not in _WITH_SCHEMAS)
        + sum(REFUSED_PRICE if price is None else price for price in prices)
    )


def _data_cost(keyword: str, value: Json) -> int:
    size = measure(value, _MANY)
    compared = _NUMBER_PRICE * size.numbers if keyword in {"const", "enum"} else 0
    return (
        size.nodes // _DATA_UNIT + size.digits // _DIGITS_UNIT + compared + _UNIQUE_PRICE * (keyword == "uniqueItems")
    )


def patterns_of(schema: Schema) -> Iterator[str]:
    """The regular expressions that a schema itself holds."""
    if isinstance(schema.get("pattern"), str):
        yield schema["pattern"]
    if isinstance(schema.get("patternProperties"), dict):
        yield from schema["patternProperties"]

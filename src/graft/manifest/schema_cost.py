"""An upper bound of what checking a value against a schema costs; the schema is not expanded for it."""

from collections.abc import Iterator

from graft.jsontext import Json
from graft.manifest.measure import measure
from graft.manifest.patterns import REFUSED_PRICE, pattern_price
from graft.manifest.schema_walk import NAMED, ONE, SEVERAL, UNAPPLIED, Schema, children, is_local, positions, resolve
from graft.manifest.shapes import Path

# The unit of cost is a plain schema applied to one node: 0.1 µs, measured.
MAX_COST = 100_000
_MAX_DEPTH = 64
# Measured in this unit: of values in `enum`, `const` and `required`, 32 are compared for one. Numbers in `enum` and
# `const` are dear, as they are compared as decimals; so are the digits of long ones, and `uniqueItems`, our own code.
_DATA_PER_UNIT = 32
_NUMBER_PRICE = 30
_DIGITS_PER_UNIT = 2
_UNIQUE_ITEMS_PRICE = 10
_MAX_NODES = 1_000_000
_TOO_MUCH = MAX_COST + 1
_WITH_SCHEMAS = ONE | SEVERAL | NAMED


class Costs:
    """The cost of each schema in `root`: 1 for itself, its data and its patterns, and the cost of those it applies.

    Each is computed once, so a root in which `$ref`s multiply takes no more time than another. `circles` are the places
    of `$ref`s that lead back to a schema they stand in. `root` may nest as deep as the interpreter's stack allows.
    """

    def __init__(self, root: Schema) -> None:
        self.circles: list[Path] = []
        self._root = root
        self._paths: dict[int, Path] = {}
        self._computed: dict[int, tuple[int, int]] = {}
        self._in_progress: set[int] = set()

        own = 0
        for path, node in positions(root):
            self._paths[id(node)] = path
            own += _own_cost(node)
            if own > MAX_COST:
                break
        self.too_large = own > MAX_COST or any(self.of(node) > MAX_COST for _, node in positions(root))

    def of(self, schema: Json) -> int:
        """The most that checking one node against `schema`, a part of the root, costs; at most `MAX_COST` + 1."""
        return self._cost_and_height(schema, 0)[0]

    def _cost_and_height(self, schema: Json, depth: int) -> tuple[int, int]:
        """With `$ref`s followed: the cost, and how many levels of schemas stand below this one."""
        if not isinstance(schema, dict):
            return 1, 0
        if id(schema) in self._computed:
            return self._computed[id(schema)]
        if depth > _MAX_DEPTH:
            return _TOO_MUCH, depth

        self._in_progress.add(id(schema))
        total, height = _own_cost(schema), 0
        for child in self._applied(schema):
            cost, below = self._cost_and_height(child, depth + 1)
            total, height = total + cost, max(height, below + 1)
        self._in_progress.remove(id(schema))

        # The engine learns what was evaluated by evaluating once more: nested, this doubles at every level.
        doubled = "unevaluatedProperties" in schema or "unevaluatedItems" in schema
        total = _TOO_MUCH if height > _MAX_DEPTH else min(total * (1 + doubled), _TOO_MUCH)
        self._computed[id(schema)] = total, height
        return total, height

    def _applied(self, schema: Schema) -> Iterator[Json]:
        """The schemas that are applied along with this one; the place of a `$ref` in a circle is noted instead."""
        for path, child in children(schema):
            if path[0] not in UNAPPLIED:
                yield child
        target = _ref_target(self._root, schema)
        if id(target) in self._in_progress:
            self.circles.append((*self._paths.get(id(schema), ()), "$ref"))
        elif target is not None:
            yield target


def _ref_target(root: Schema, schema: Schema) -> Json:
    ref = schema.get("$ref")
    return resolve(root, ref) if isinstance(ref, str) and is_local(ref) else None


def _own_cost(schema: Schema) -> int:
    """The cost of a schema without those below it: 1, its data (`enum`, `required`, …) and its patterns."""
    prices = [pattern_price(pattern) for pattern in patterns_of(schema)]
    return (
        1
        + sum(_data_cost(keyword, value) for keyword, value in schema.items() if keyword not in _WITH_SCHEMAS)
        + sum(REFUSED_PRICE if price is None else price for price in prices)
    )


def _data_cost(keyword: str, value: Json) -> int:
    size = measure(value, _MAX_NODES)
    cost = size.nodes // _DATA_PER_UNIT + size.digits // _DIGITS_PER_UNIT
    if keyword in {"const", "enum"}:
        cost += _NUMBER_PRICE * size.numbers
    if keyword == "uniqueItems":
        cost += _UNIQUE_ITEMS_PRICE
    return cost


def patterns_of(schema: Schema) -> Iterator[str]:
    """The regular expressions of a schema, without those of schemas in it."""
    if isinstance(schema.get("pattern"), str):
        yield schema["pattern"]
    if isinstance(schema.get("patternProperties"), dict):
        yield from schema["patternProperties"]

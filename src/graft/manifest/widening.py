"""Whether a changed JSON Schema still takes every value that it took: told where it is certain, else no."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from graft import jsontext
from graft.jsontext import Json
from graft.manifest.schema_walk import resolve

Object = Mapping[str, Any]

# They say what a value is for and refuse none.
_ANNOTATIONS = frozenset(
    {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment", "$schema", "$id"}
    | {"$defs", "definitions", "$anchor"}
)
_TYPES = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})
_AT_LEAST = ("minLength", "minItems", "minProperties")
_AT_MOST = ("maxLength", "maxItems", "maxProperties")
# Compared by what they hold, below; all others are as before, or gone.
_READ = frozenset(
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "required"}
    | {"properties", "additionalProperties", "items", "uniqueItems", "anyOf", "allOf", *_AT_LEAST, *_AT_MOST}
)
# What these refuse depends on their neighbours: with one of them a schema is as before, or nothing is certain.
_ENTANGLED = frozenset(
    {"unevaluatedProperties", "unevaluatedItems", "patternProperties", "prefixItems", "$dynamicRef"}
    | {"contains", "minContains", "maxContains"}
)
# Beyond so many comparisons, or so deep, nothing is certain any more.
_MOST_STEPS = 500_000
_MOST_DEPTH = 150
_REFERENCE = re.compile(rb'"\$ref":"([^"]*)"')
_IN_DEFINITIONS = (b"#/$defs/", b"#/definitions/")


@dataclass
class Widening:
    """Compares schemas of two roots, in which `$ref`s lead, again and again.

    `proven`: pairs of references of which the second takes all that the first one takes.
    """

    before: Json
    after: Json
    proven: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    steps: int = 0

    def takes_all(self, before: Json, after: Json) -> bool:
        """Whether `after` is certain to take each value that `before` takes."""
        comparison = _Comparison(self, set(self.proven))
        if not comparison.takes_all(before, after):
            return False
        self.proven = comparison.assumed
        return True

    @cached_property
    def same_definitions(self) -> bool:
        return all(
            jsontext.canonical(self.before.get(name)) == jsontext.canonical(self.after.get(name))
            for name in ("$defs", "definitions")
        )


@dataclass(slots=True)
class _Comparison:
    """One question; `assumed`: pairs of references that are compared already, as schemas may go in circles.

    All that is asked on the way must be so, or the answer is no: what is assumed is never taken back.
    """

    of: Widening
    assumed: set[tuple[str, str]]
    depth: int = 0

    def takes_all(self, before: Json, after: Json) -> bool:
        self.of.steps += 1
        if self.of.steps > _MOST_STEPS or self.depth > _MOST_DEPTH:
            return False
        self.depth += 1
        try:
            return self._compare(before, after)
        finally:
            self.depth -= 1

    def _compare(self, before: Json, after: Json) -> bool:
        if after is True or before is False:
            return True
        if not isinstance(after, dict) or not isinstance(before, dict | bool):
            return False
        one: Object = _asserting(before) if isinstance(before, dict) else {}
        other = _asserting(after)
        if not other:
            return True
        if "$ref" in one or "$ref" in other:
            return self._by_references(one, other)
        if (one.keys() | other.keys()) & _ENTANGLED:
            return self._same(one, other)
        return self._keywords(one, other)

    def _by_references(self, one: Object, other: Object) -> bool:
        """References alone are followed; what stands beside one is as before."""
        names = (_lone_reference(one), _lone_reference(other))
        if names[0] is None and names[1] is None:
            return self._same(one, other)
        if names[0] is not None and names[1] is not None:
            pair = (names[0], names[1])
            if pair in self.assumed:
                return True
            self.assumed.add(pair)
        before = one if names[0] is None else resolve(self.of.before, names[0])
        after = other if names[1] is None else resolve(self.of.after, names[1])
        return self.takes_all(before, after)

    def _keywords(self, one: Object, other: Object) -> bool:
        others = [name for name in other if name not in _READ]
        checks: list[Callable[[Object, Object], bool]] = [
            _types, _values, _numbers, _sizes, _multiples, self._objects, self._items, self._combined
        ]  # fmt: skip
        return all(name in one and self._same(one[name], other[name]) for name in others) and all(
            check(one, other) for check in checks
        )

    def _objects(self, one: Object, other: Object) -> bool:
        if not set(other.get("required", ())) <= set(one.get("required", ())):
            return False
        had, has = one.get("properties", {}), other.get("properties", {})
        rest_had, rest_has = one.get("additionalProperties", True), other.get("additionalProperties", True)
        return self.takes_all(rest_had, rest_has) and all(
            self.takes_all(had.get(name, rest_had), has.get(name, rest_has)) for name in {*had, *has}
        )

    def _items(self, one: Object, other: Object) -> bool:
        if other.get("uniqueItems", False) and not one.get("uniqueItems", False):
            return False
        return self.takes_all(one.get("items", True), other.get("items", True))

    def _combined(self, one: Object, other: Object) -> bool:
        """One more way is wider, one condition less too."""
        ways = "anyOf" not in other or ("anyOf" in one and self._among(one["anyOf"], other["anyOf"]))
        return ways and self._among(other.get("allOf", ()), one.get("allOf", ()))

    def _among(self, some: Any, all_: Any) -> bool:
        texts = {jsontext.canonical(schema) for schema in all_}
        return all(jsontext.canonical(schema) in texts and self._same(schema, schema) for schema in some)

    def _same(self, one: Any, other: Any) -> bool:
        """The same text; what it names is the same, too."""
        text = jsontext.canonical(one)
        if text != jsontext.canonical(other):
            return False
        named = _REFERENCE.findall(text)
        return not named or (all(name.startswith(_IN_DEFINITIONS) for name in named) and self.of.same_definitions)


def _asserting(schema: Object) -> Object:
    return {name: value for name, value in schema.items() if name not in _ANNOTATIONS and not name.startswith("x-")}


def _lone_reference(schema: Object) -> str | None:
    reference = schema.get("$ref")
    return reference if len(schema) == 1 and isinstance(reference, str) else None


def _types(one: Object, other: Object) -> bool:
    had, has = _types_of(one), _types_of(other)
    return had <= (has | {"integer"} if "number" in has else has)


def _types_of(schema: Object) -> frozenset[str]:
    types = schema.get("type")
    if types is None:
        listed = _listed(schema)
        return _TYPES if listed is None else frozenset(_type_of(jsontext.decode(text)) for text in listed)
    return frozenset([types] if isinstance(types, str) else types)


def _type_of(value: Json) -> str:
    names = {bool: "boolean", int: "integer", Decimal: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _values(one: Object, other: Object) -> bool:
    """Those that are listed; of types that are not, `_types` judges."""
    has = _listed(other)
    if has is None:
        return True
    had = _listed(one)
    return had is not None and had <= has


def _listed(schema: Object) -> set[bytes] | None:
    lists = [schema[name] if name == "enum" else [schema[name]] for name in ("enum", "const") if name in schema]
    found = [{jsontext.canonical(value) for value in values} for values in lists]
    return set[bytes].intersection(*found) if found else None


def _numbers(one: Object, other: Object) -> bool:
    lower = [_bound(schema, "minimum", "exclusiveMinimum", 1) for schema in (one, other)]
    upper = [_bound(schema, "maximum", "exclusiveMaximum", -1) for schema in (one, other)]
    return all(after is None or (before is not None and after <= before) for before, after in (lower, upper))


def _bound(schema: Object, inclusive: str, exclusive: str, sign: int) -> tuple[Decimal, bool] | None:
    """The stricter of both bounds: the greater one of lower bounds, and of upper ones, which are turned round."""
    found = [(sign * Decimal(schema[name]), name == exclusive) for name in (inclusive, exclusive) if name in schema]
    return max(found, default=None)


def _sizes(one: Object, other: Object) -> bool:
    return all(other.get(name, 0) <= one.get(name, 0) for name in _AT_LEAST) and all(
        name not in other or (name in one and one[name] <= other[name]) for name in _AT_MOST
    )


def _multiples(one: Object, other: Object) -> bool:
    if "multipleOf" not in other:
        return True
    if "multipleOf" not in one:
        return False
    try:
        return Decimal(one["multipleOf"]) % Decimal(other["multipleOf"]) == 0
    except InvalidOperation:
        # the quotient has more digits than are reckoned with
        return False

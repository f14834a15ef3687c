"""What a row of a list shows: the select list of a reply's struct, and how a row becomes one.

A column is said once, in `Resource.fields`. The struct says which of the fields are shown, and in which order.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, LiteralString, NamedTuple, TypeVar, cast

import msgspec
from msgspec import inspect

from graft.listing.resource import Field, Resource
from graft.listing.weights import if_small

Reply = TypeVar("Reply", bound=msgspec.Struct)

# The types that a struct's field may have, by those of the resource's. Documents and arrays are shown as they are.
_SUITABLE: dict[str, tuple[type[inspect.Type], ...]] = {
    "id": (inspect.StrType,),
    "text": (inspect.StrType, inspect.LiteralType),
    "enum": (inspect.StrType, inspect.LiteralType),
    "bool": (inspect.BoolType,),
    "int": (inspect.IntType,),
    "float": (inspect.FloatType,),
    "decimal": (inspect.DecimalType,),
    "timestamp": (inspect.DateTimeType,),
    "json": (inspect.RawType, inspect.ListType, inspect.AnyType),
}
# the characters of an id, behind its prefix
_AN_ID = "0" * 26


@dataclass(frozen=True, slots=True)
class Computed:
    """A field that needs a thought in Python.

    `by` is given what the application hands on for one reply, and gives a function of `columns`, expressions over the
    row. `documents` are those of them that may be large, each with the bytes of the row where it is not null.
    """

    by: Callable[[Any], Callable[..., Any]]
    columns: tuple[LiteralString, ...]
    documents: Mapping[LiteralString, LiteralString] | None = None


class _Column(NamedTuple):
    """One of the select list.

    document: whether it may be large
    weight: the bytes of the row, where it has an expression of its own for these
    """

    expression: LiteralString
    name: str
    document: bool
    weight: LiteralString | None = None


# What fields of a reply show, by their names in it: an expression over the row and the joins of its list, or this.
Shown = Mapping[str, LiteralString | Computed]


class Projection(Generic[Reply]):
    """The columns of a resource that make a `Reply`, in the order of its fields.

    `shown` says, by the name in the reply, what is shown otherwise than it is filtered, or never filtered: an
    expression over the row and the joins of its list, or a `Computed`. A field that nothing says, or that cannot hold
    what its column has, is a mistake of the program: ValueError, when it starts.
    """

    def __init__(self, resource: Resource[Any], reply: type[Reply], shown: Shown | None = None) -> None:
        others = shown or {}
        fields = {field.encode_name: field for field in msgspec.structs.fields(reply)}
        _refuse(resource, reply, others, fields)
        computed = {name: each for name, each in others.items() if isinstance(each, Computed)}
        expressions: dict[str, LiteralString] = {name: field.sql for name, field in resource.fields.items()}
        expressions |= {name: each for name, each in others.items() if not isinstance(each, Computed)}

        self._reply = reply
        self._shown = len(fields)
        self._prefixes = [
            (at, resource.fields[name].scalar.prefix)
            for at, name in enumerate(fields)
            if name in resource.fields and name not in computed and resource.fields[name].scalar.prefix
        ]
        self._computed: list[tuple[int, Callable[[Any], Callable[..., Any]], list[int]]] = []

        # A computed field has its first column in its own place, and the others behind those of all fields.
        selected: list[_Column] = []
        behind: list[_Column] = []
        for at, (name, field) in enumerate(fields.items()):
            if name not in computed:
                selected.append(_Column(expressions[name], field.name, is_document(inspect.type_info(field.type))))
                continue
            first, *more = computed[name].columns
            documents = computed[name].documents or {}
            places = [at, *range(len(fields) + len(behind), len(fields) + len(behind) + len(more))]
            selected.append(_Column(first, field.name, first in documents, documents.get(first)))
            behind += [
                _Column(one, f"{field.name}_{place}", one in documents, documents.get(one))
                for place, one in enumerate(more, 1)
            ]
            self._computed.append((at, computed[name].by, places))

        self._columns = [*selected, *behind]
        self.columns: LiteralString = ", ".join([_as(column.expression, column.name) for column in self._columns])
        self.width = len(self._columns)

    def if_small(self, weight: LiteralString) -> LiteralString:
        """`columns`, with documents only of rows that are small by `weight` (`weights.py`)."""

        def shown(column: _Column) -> LiteralString:
            return if_small(column.weight or weight, column.expression) if column.document else column.expression

        return ", ".join([_as(shown(column), column.name) for column in self._columns])

    def reader(self, context: Any = None) -> Callable[[Any], Reply]:
        """Makes a `Reply` of a row that begins with `columns`; made once a reply, as the functions of `Computed` are.

        Lists are as fast as this is: a slice, the prefixes of ids, and one construction.
        """
        reply, count, prefixes = self._reply, self._shown, self._prefixes
        computed = [(at, by(context), _getter(places)) for at, by, places in self._computed]

        def read(row: Any) -> Reply:
            values = list(row[:count])
            for at, prefix in prefixes:
                if values[at] is not None:
                    values[at] = prefix + values[at]
            return reply(*values)

        # as `read`, which is spared a loop over nothing: 7 % of its time
        def read_and_compute(row: Any) -> Reply:
            values = list(row[:count])
            for at, prefix in prefixes:
                if values[at] is not None:
                    values[at] = prefix + values[at]
            for at, compute, arguments in computed:
                values[at] = compute(*arguments(row))
            return reply(*values)

        return read_and_compute if computed else read


def _getter(places: list[int]) -> Callable[[Any], Sequence[Any]]:
    """Takes what stands at these places of a row; of several in C, as lists are as fast as this is."""
    first, *more = places
    return itemgetter(*places) if more else lambda row: (row[first],)


def _as(expression: LiteralString, name: str) -> LiteralString:
    # the name of a struct's field is a literal of the program
    return f"{expression} as {cast('LiteralString', name)}"


def _refuse(
    resource: Resource[Any],
    reply: type[msgspec.Struct],
    shown: Shown,
    fields: Mapping[str, msgspec.structs.FieldInfo],
) -> None:
    problems = [f"{name} is shown and no field of the reply" for name in shown if name not in fields]
    for name, field in fields.items():
        if isinstance(shown.get(name), Computed):
            continue
        if name in resource.fields:
            problems += [f"{name}: {problem}" for problem in _problems(resource.fields[name], field.type)]
        elif name not in shown:
            problems.append(f"{name} has no field of the resource, and nothing else says what it shows")
    if problems:
        raise ValueError(f"{resource.name} as {reply.__name__}: {'; '.join(problems)}")


def _problems(field: Field, kind: Any) -> list[str]:
    """Why a field of the reply that is a `kind` cannot show `field`."""
    scalar, (found, extra) = field.scalar, _unwrapped(inspect.type_info(kind))
    nullable = any(isinstance(each, inspect.NoneType) for each in found)
    found = [each for each in found if not isinstance(each, inspect.NoneType)]
    problems: list[str] = []

    if field.nullable and not nullable and not any(isinstance(each, inspect.AnyType) for each in found):
        problems.append("the column may be null, the field may not")

    if not all(isinstance(each, _SUITABLE[scalar.name]) for each in found):
        problems.append(f"the column is of type {scalar.name}, the field is {kind}")
    problems += [
        f"the column has {sorted(set(scalar.values) - set(each.values))}, which the field has not"
        for each in found
        if isinstance(each, inspect.LiteralType) and not set(scalar.values) <= set(each.values)
    ]

    pattern = extra.get("pattern")
    if scalar.name == "id" and not scalar.prefix:
        problems.append("an id of several prefixes needs a Computed")
    elif scalar.name == "id" and pattern and not re.search(pattern, scalar.prefix + _AN_ID):
        problems.append(f"ids begin with {scalar.prefix}, which is not {pattern}")
    return problems


def is_document(kind: inspect.Type) -> bool:
    """Whether a field of that type holds JSON, which may be large, or is null."""
    found, _ = _unwrapped(kind)
    return any(
        isinstance(each, (inspect.RawType, inspect.DictType, inspect.ListType, inspect.AnyType)) for each in found
    )


def _unwrapped(kind: inspect.Type) -> tuple[list[inspect.Type], dict[str, Any]]:
    """The types that a field may have, without their annotations, and what these add to its JSON Schema."""
    if isinstance(kind, inspect.Metadata):
        found, extra = _unwrapped(kind.type)
        return found, {**extra, **(kind.extra_json_schema or {})}
    if isinstance(kind, inspect.UnionType):
        parts = [_unwrapped(part) for part in kind.types]
        return [each for found, _ in parts for each in found], {
            key: value for _, more in parts for key, value in more.items()
        }
    return [kind], {}

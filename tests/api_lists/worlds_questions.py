"""Random requests to the list endpoints: filters, orders, ids, shorthands and options over what two worlds hold."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graft.app import ENDPOINTS
from graft.listing import Resource, Scalar
from graft.listing.scalars import NOTHING
from graft.web.lists import ListEndpoint
from tests.api_lists.worlds_rows import KINDS, Rows
from tests.support.catalog import CATALOG
from tests.support.random_filters import Filters

_DIRECTIONS = ["asc", "desc", "asc_nulls_first", "asc_nulls_last", "desc_nulls_first", "desc_nulls_last"]
# the tables that hold the ids of a prefix
_HOLDERS = {
    "wsp": "workspaces", "usr": "users", "wspmem": "workspace_members", "wsppub": "publishers", "apikey": "api_keys",
    "int": "integrations", "intrev": "integration_reviews", "intver": "integration_versions", "intins": "installs",
    "intmem": "install_members", "sol": "solutions", "solmem": "install_members", "per": "permissions", "evt": "events",
    "ats": "auth_states", "intopn": "operations", "fun": "entities", "entver": "entity_versions",
}  # fmt: skip
LISTS = [call for call in ENDPOINTS if call.list_resource is not None]
_COLUMN = re.compile(r"t\.([a-z_]+)")


@dataclass(frozen=True)
class Asked:
    """A request to a list."""

    path: str
    resource: Resource[Any]
    parameters: dict[str, str]

    @property
    def filter(self) -> dict[str, Any] | None:
        return json.loads(self.parameters["filter"]) if "filter" in self.parameters else None

    def but(self, **parameters: str) -> "Asked":
        return replace(self, parameters={**self.parameters, **parameters})


class Values:
    """What stands in the rows of some worlds, by column."""

    def __init__(self, *worlds: Rows) -> None:
        self.tables: dict[str, list[Any]] = {}
        self._columns: dict[str, list[Any]] = {}
        columns: dict[str, dict[Any, None]] = {}
        for rows in worlds:
            for table, found in rows.items():
                self.tables.setdefault(table, []).extend(found.values())
                for row in found.values():
                    for name, value in row.items():
                        if isinstance(value, str | datetime) and value:
                            columns.setdefault(name, {})[value] = None
        self._columns = {name: list(values) for name, values in columns.items()}
        self._prefixes: dict[Scalar, list[str]] = {}

    def of(self, choice: random.Random, resource: Resource[Any], name: str) -> Any:
        """A value for a field, most often one that some row has there."""
        scalar = resource.fields[name].scalar
        column = _COLUMN.search(resource.fields[name].expression)
        assert column is not None
        if scalar.name == "text":
            text = choice.choice(self._columns[column[1]])
            # a part of a version is none, and cannot be compared with
            whole = resource.fields[name].rank is not None or choice.random() < 0.7
            return text if whole else text[: choice.randrange(6)]
        return self.typed(choice, scalar)

    def typed(self, choice: random.Random, scalar: Scalar) -> Any:
        """A value of a type that is no text."""
        match scalar.name:
            case "enum":
                return choice.choice(scalar.values)
            case "bool":
                return choice.random() < 0.5
            case "timestamp":
                return choice.choice(self._columns[choice.choice(["created_at", "published_at"])]).isoformat()
            case _:
                return self.id(choice, scalar)

    def id(self, choice: random.Random, scalar: Scalar) -> str:
        """The id of any row that the type could name, now and then one of another kind."""
        known = self._prefixes.setdefault(
            scalar, [prefix for prefix in _HOLDERS if scalar.read(f"{prefix}_{'0' * 26}") is not NOTHING]
        )
        prefix = choice.choice(known if choice.random() < 0.95 else list(_HOLDERS))
        return f"{prefix}_{choice.choice(self.tables[_HOLDERS[prefix]])['id']}"


class Questions:
    """Requests that the seed decides. `only_by_id` are integrations whose id alone opens them: it is not named."""

    def __init__(self, values: Values, seed: str, only_by_id: set[str]) -> None:
        self.choice = random.Random(seed)
        self._values = values
        self._only_by_id = {f"int_{key}" for key in only_by_id}
        self._filters = Filters(self.choice, self._value, CATALOG)

    def _value(self, resource: Resource[Any], name: str) -> Any:
        return self._values.of(self.choice, resource, name)

    def ask(self) -> Asked:
        # most often of what leads somewhere
        (call,) = self.choice.choices(LISTS, [1 + len(call.list_resource.relations) for call in LISTS])
        resource = call.list_resource
        options = call.operation.options if isinstance(call.operation, ListEndpoint) else call.list_options or {}
        parameters: dict[str, str] = {}
        if self.choice.random() < 0.8:
            parameters["filter"] = json.dumps(self._filter(resource))
        parameters.update(self._narrowing(resource))
        for name, scalar in options.items():
            if self.choice.random() < 0.2:
                parameters[name] = str(self._values.typed(self.choice, scalar))
        if parameters.get("integration_id") in self._only_by_id:
            del parameters["integration_id"]
        return Asked(self._path(call.path), resource, parameters)

    def _path(self, path: str) -> str:
        if "{id}" not in path:
            return path
        if "-installs/" in path:
            return path.replace("{id}", f"intins_{self.choice.choice(self._values.tables['installs'])['id']}")
        if "-versions/" in path:
            versions = [
                row
                for row in self._values.tables["integration_versions"]
                if f"int_{row['integration_id']}" not in self._only_by_id
            ]
            return path.replace("{id}", f"intver_{self.choice.choice(versions)['id']}")
        entity = self.choice.choice(self._values.tables["entities"])
        return path.replace("{id}", f"{KINDS[entity['kind']]}_{entity['id']}")

    def _filter(self, resource: Resource[Any]) -> dict[str, Any]:
        """Any, or one that relations decide."""
        return self._filters.filter(resource) if self.choice.random() < 0.3 else self._filters.chain(resource)

    def _narrowing(self, resource: Resource[Any]) -> Iterator[tuple[str, str]]:
        chance = self.choice.random
        if chance() < 0.4:
            names = [name for name, field in resource.fields.items() if field.scalar.orderable and field.orderable]
            keys = [
                {name: self.choice.choice(_DIRECTIONS)}
                for name in self.choice.sample(names, self.choice.choice([1, 1, 2, 3]))
            ]
            yield "orderBy", json.dumps(keys)
        if chance() < 0.5:
            yield "limit", self.choice.choice(["1", "2", "5", "20", "100"])
        if chance() < 0.5:
            yield "include_deleted", self.choice.choice(["true", "true", "only", "false"])
        if chance() < 0.1:
            count = self.choice.randrange(200)
            yield "ids", ",".join(self._values.id(self.choice, resource.fields["id"].scalar) for _ in range(count))
        if chance() < 0.15 and resource.shorthands:
            name = self.choice.choice(list(resource.shorthands))
            value = self._value(resource, resource.shorthands[name][0])
            yield name, json.dumps(value) if isinstance(value, bool) else value


# resource and relation, what it leads to, and the filter with the opposite of what it asks there
Related = tuple[tuple[str, str], str, dict[str, Any]]


def hops(filters: dict[str, Any], resource: Resource[Any]) -> Iterator[Related]:
    """Each relation in a filter."""
    for name, value in filters.items():
        rest = {key: other for key, other in filters.items() if key != name}
        for link, target, changed in _below(name, value, resource):
            yield link, target, {**rest, name: changed}
        if name in resource.relations:
            opposite = {"AND": [rest, {"NOT": {name: value}}]}
            yield (resource.name, name), resource.relations[name].target, opposite


def _below(name: str, value: Any, resource: Resource[Any]) -> Iterator[tuple[tuple[str, str], str, Any]]:
    """Those inside the value of one key, with the value changed."""
    if name in {"AND", "OR"}:
        for at, item in enumerate(value):
            for link, target, changed in hops(item, resource):
                yield link, target, [*value[:at], changed, *value[at + 1 :]]
    elif name == "NOT":
        yield from hops(value, resource)
    elif name in resource.relations and value is not None:
        relation = resource.relations[name]
        if not relation.many:
            yield from hops(value, CATALOG[relation.target])
            return
        for word, inner in value.items():
            for link, target, changed in hops(inner, CATALOG[relation.target]):
                yield link, target, {**value, word: changed}

"""The filters of `filter` as SQL that a person writes by hand: the same page with the same total.

Each is written twice. One statement walks the order and stops at the end of the page, and counts beside. The other first
collects the ids of all rows that are found, and takes page and total from these. Which is faster depends on how many
rows are found; Graft is compared with the faster one. They are sent by the floor, a server that does nothing else, so
that they are asked for over HTTP as Graft is.
"""

import http.client
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.calls import Caller, Refused
from bench.peers import PAGE

# What a person knows of the rules: most of what a caller sees is public, and what else it sees is little. $1: its workspace.
_PUBLIC = "t.visibility = 'public' and t.deleted_at is null"
_OTHERS = """
others as materialized (
  select t.id from integrations t where t.workspace_id = $1 and t.deleted_at is null and t.visibility <> 'public'
  union
  select t.id from permissions p join integrations t on t.id = p.object_id
  where p.subject_id = $1 and p.deleted_at is null and t.deleted_at is null and t.visibility <> 'public'
  union
  select t.id from installs n join integrations t on t.id = n.integration_id
  where n.workspace_id = $1 and n.deleted_at is null and t.deleted_at is null and t.visibility = 'private')"""
_COLUMNS = """
t.id, t.workspace_id, t.slug, t.name, t.description, t.icon_url, t.publisher, t.trust_tier, t.current_version,
case when d.drafts then t.manifest else v.manifest_snapshot end as manifest,
case when d.drafts then t.variables_schema else v.variables_schema_snapshot end as variables_schema,
case when d.drafts then t.auth_config else v.auth_config_snapshot end as auth_config,
t.visibility, t.created_by, t.deleted_at, t.retention_tier, t.created_at, t.updated_at"""
_DOCUMENTS = """
left join lateral (
  select n.version_id from installs n
  where n.workspace_id = $1 and n.integration_id = t.id and n.deleted_at is null order by n.installed_at desc limit 1) n
  on true
cross join lateral (
  select t.workspace_id = $1 or exists (
    select from permissions p
    where p.object_id = t.id and p.subject_id = $1 and p.deleted_at is null and p.tier in ('editor', 'admin')) as drafts) d
left join integration_versions v on v.id = coalesce(n.version_id, t.current_version_id) and not d.drafts"""
_NEWEST = "id desc"


@dataclass(frozen=True, slots=True)
class ByHand:
    """A condition over the integrations `t`, its values from `$2` on, and the order: columns of `t`."""

    condition: str = "true"
    values: tuple[Any, ...] = ()
    order: str = _NEWEST

    @property
    def statements(self) -> tuple[str, str]:
        """The one that walks the order, and the one that collects first."""
        counted = f"""(select count(*) from integrations t where {_PUBLIC} and {self.condition})
          + (select count(*) from others o join integrations t on t.id = o.id where {self.condition})"""
        walked = f"""
          (select t.* from integrations t where {_PUBLIC} and {self.condition} order by {self._order} limit {PAGE})
          union all
          (select t.* from others o join integrations t on t.id = o.id where {self.condition}
           order by {self._order} limit {PAGE})"""
        walk = f"""
          with {_OTHERS} select {_COLUMNS}, {counted} as total
          from (select t.* from ({walked}) t order by {self._order} limit {PAGE}) t {_DOCUMENTS} order by {self._order}"""
        collect = f"""
          with {_OTHERS}, found as materialized (
            select t.id from integrations t where {_PUBLIC} and {self.condition}
            union all
            select t.id from others o join integrations t on t.id = o.id where {self.condition})
          select {_COLUMNS}, (select count(*) from found) as total
          from (select t.* from found f join integrations t on t.id = f.id order by {self._order} limit {PAGE}) t
          {_DOCUMENTS} order by {self._order}"""
        return walk, collect

    @property
    def _order(self) -> str:
        return ", ".join(f"t.{key.strip()}" for key in self.order.split(","))


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, and how long it took."""

    ms: float
    ids: Sequence[str]
    total: int


def ask(floor: Caller, statement: str, values: Sequence[Any], seconds: float) -> Found | None:
    """What a statement by hand finds for the caller; None where it takes longer than `seconds`."""
    asked = {"statement": statement, "values": [floor.workspace_id, *values], "seconds": seconds}
    try:
        answer = floor.call("POST", "/by-hand", asked)
    except Refused as error:
        if error.status != http.client.GATEWAY_TIMEOUT:
            raise
        return None
    return found_in(answer.json, answer.ms)


def found_in(page: Any, ms: float) -> Found:
    """What a page says, Graft's or the floor's."""
    return Found(ms, [row["id"] for row in page["data"]], page["pageInfo"]["total"])

"""Say the smallest version number that is honest for a draft, and why it is none smaller."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from graft import jsontext
from graft.auth.caller import Tier
from graft.ids import Id
from graft.integrations.access import SeenIntegration, see_integration
from graft.manifest import manifest, semver
from graft.versions import author_queries, queries
from graft.versions.access import refuse_deleted
from graft.versions.author_models import NextVersion, Reason
from graft.versions.changes import STEPS, Change, changes, largest
from graft.versions.draft_version import DraftVersion, compose_as_version
from graft.versions.members import members_of
from graft.versions.rows import Content, FoundVersion
from graft.web.context import PrepareContext, ReadContext

# Of a first version there is nothing to break.
FIRST = "1.0.0"
MOST_REASONS = 1_000
# Version strings that a purge has spent, above the current version, are passed over: so many at most.
_MOST_BURNT = 1_000


@dataclass(frozen=True, slots=True)
class Compared:
    """A draft beside the version before it, None where nothing was published; `version`: the next honest one."""

    before: FoundVersion | None
    changes: Sequence[Change]
    version: str

    @property
    def step(self) -> semver.Step | None:
        return largest(self.changes)


async def next_version(ctx: PrepareContext, integration_id: Id) -> NextVersion:
    """Compared with the current version, else with the highest. A draft that publish would refuse is refused alike."""
    async with ctx.reading() as reading:
        seen = await see_integration(reading, integration_id, Tier.EDITOR)
        refuse_deleted(seen)
    found = await compare_with_current(ctx, seen, await compose_as_version(ctx, seen))

    weightiest = sorted(found.changes, key=lambda one: STEPS.index(one.step), reverse=True)
    reasons = [_reason(one) for one in weightiest[:MOST_REASONS]]
    current = None if found.before is None else found.before.version
    return NextVersion(current, found.version, found.step, reasons, len(weightiest) - len(reasons))


async def compare_with_current(ctx: PrepareContext, seen: SeenIntegration, draft: DraftVersion) -> Compared:
    """With the current version; where all are yanked, with the highest of them."""
    async with ctx.reading() as reading:
        base_id = seen.row.current_version_id or await author_queries.select_highest_id(reading.db, seen.id)
        row = await queries.select_version(reading.db, base_id) if base_id else None
        before = None if row is None else await content_of(reading, row)
    if row is None or before is None:
        async with ctx.reading() as reading:
            return Compared(None, [], await _free(reading, seen.id, FIRST))

    found = await asyncio.to_thread(lambda: [*changes(before, draft.content)])
    wanted = semver.next_version(row.version, largest(found) or "patch")
    async with ctx.reading() as reading:
        return Compared(row, found, await _free(reading, seen.id, wanted))


async def content_of(ctx: ReadContext, row: FoundVersion) -> Content:
    members = (await members_of(ctx, [row.id]))[row.id]
    tree, schema, auth = (
        jsontext.decode(bytes(text))
        for text in (row.manifest_snapshot, row.variables_schema_snapshot, row.auth_config_snapshot)
    )
    return Content(members, manifest.parse(tree), schema, auth)


async def _free(ctx: ReadContext, integration_id: Id, version: str) -> str:
    """`version`, or the next one by its last number that no purge has spent."""
    wanted = [*islice(semver.following(version), _MOST_BURNT)]
    spent = await author_queries.select_burnt(ctx.db, integration_id, wanted)
    return next((one for one in wanted if one not in spent), wanted[-1])


def _reason(change: Change) -> Reason:
    return Reason(change.step, change.change, change.pointer, change.about, change.detail)

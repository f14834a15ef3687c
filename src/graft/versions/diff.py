"""Tell how a version differs from another one of its integration, in pages of members that end by bytes."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from graft import ids, jsontext
from graft.errors import Unavailable, invalid
from graft.ids import Id
from graft.jsontext import Json
from graft.kinds.registry import Kinds
from graft.lanes import LanesFull
from graft.merge import ABSENT, Difference
from graft.versions import queries
from graft.versions.access import access_version
from graft.versions.author_models import DiffQuery, FieldChange, MemberChange, VersionDiff, VersionName
from graft.versions.members import members_of
from graft.versions.rows import FoundVersion
from graft.versions.version_diff import ChangedMember, changed_members, document_differences, member_differences
from graft.web.context import PrepareContext

# Bytes of the texts that a page compares, both sides together; so a reply is not larger either.
_MOST_BYTES = 16 * 1024 * 1024


async def diff_versions(ctx: PrepareContext, version_id: Id, query: DiffQuery) -> VersionDiff:
    """From `from` to this one. Definitions are compared in symbolic form, lists in them as their kinds declare."""
    async with ctx.reading() as reading:
        to = await access_version(reading, version_id)
        from_id = ids.parse("intver", query.from_)
        row = await queries.select_visible(reading.db, from_id, ctx.caller) if from_id else None
        if row is None or row.integration_id != to.integration_id:
            raise invalid("from", "unknown-version", "The integration has no such version.")
        members = await members_of(reading, {row.id, to.id})
    try:
        async with ctx.process.drafts.turn(ctx.caller.tenant):
            changed = await asyncio.to_thread(changed_members, members[row.id], members[to.id])
            shown = _page(changed, query)
            bodies = await _bodies(ctx, shown)
            return await asyncio.to_thread(_diff, row, to, changed, shown, bodies, query, ctx.process.kinds)
    except LanesFull:
        raise Unavailable("Too many versions wait to be compared; try again later.", code="busy") from None


def _page(changed: Sequence[ChangedMember], query: DiffQuery) -> list[ChangedMember]:
    """The members behind the slug of `after`: at most `limit`, and with bytes to compare at least one."""
    shown: list[ChangedMember] = []
    left = _MOST_BYTES
    for member in changed:
        if query.after is not None and member.slug <= query.after:
            continue
        # two kinds may follow each other under one slug: they stand on one page
        if shown and shown[-1].slug != member.slug and (len(shown) >= query.limit or left < member.size):
            break
        shown.append(member)
        left -= member.size
    return shown


async def _bodies(ctx: PrepareContext, shown: Sequence[ChangedMember]) -> Mapping[int, bytes]:
    """The texts that differ, by template id."""
    wanted = {
        side.template_id
        for member in shown
        if member.before is not None and member.after is not None
        for side in (member.before, member.after)
        if member.before.template_id != member.after.template_id
    }
    if not wanted:
        return {}
    async with ctx.reading() as reading:
        return await queries.select_template_bodies(reading.db, wanted)


def _diff(
    before: FoundVersion,
    after: FoundVersion,
    changed: Sequence[ChangedMember],
    shown: Sequence[ChangedMember],
    bodies: Mapping[int, bytes],
    query: DiffQuery,
    registry: Kinds,
) -> VersionDiff:
    # they stand on the first page
    documents = document_differences(_documents(before), _documents(after)) if query.after is None else []
    more = bool(shown) and shown[-1] is not changed[-1]
    return VersionDiff(
        _name(before),
        _name(after),
        [_field(found) for found in documents],
        [_member(member, bodies, registry) for member in shown],
        len(changed),
        more,
        shown[-1].slug if more else None,
    )


def _documents(version: FoundVersion) -> dict[str, Json]:
    return {
        "manifest": jsontext.decode(bytes(version.manifest_snapshot)),
        "variablesSchema": jsontext.decode(bytes(version.variables_schema_snapshot)),
        "authConfig": jsontext.decode(bytes(version.auth_config_snapshot)),
    }


def _name(version: FoundVersion) -> VersionName:
    return VersionName(f"intver_{version.id}", version.version)


def _member(member: ChangedMember, bodies: Mapping[int, bytes], registry: Kinds) -> MemberChange:
    one = member.after or member.before
    assert one is not None
    moved = member.before is not None and member.before.slug != member.slug
    was = member.before.slug if member.before is not None and moved else None
    fields = [_wire_ids(found, one.kind, registry) for found in member_differences(member, bodies, registry)]
    return MemberChange(member.slug, was, one.kind, one.role, member.change, [_field(found) for found in fields])


def _wire_ids(found: Difference, kind: str, registry: Kinds) -> Difference:
    if found.pointer != "/entityId":
        return found
    return Difference(found.pointer, registry.wire_id(kind, found.before), registry.wire_id(kind, found.after))


def _field(found: Difference) -> FieldChange:
    before, after = (
        msgspec.UNSET if side is ABSENT else msgspec.Raw(jsontext.encode(side)) for side in (found.before, found.after)
    )
    return FieldChange(found.pointer, before, after)

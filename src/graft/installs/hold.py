"""Change members of an install: which places of a clone upgrades leave alone, and which members are in use."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice

import msgspec
from msgspec import UNSET, UnsetType

from graft import ids, jsontext
from graft.auth.caller import Tier
from graft.definitions.base import rendered_base
from graft.definitions.clones import update_to_follow
from graft.definitions.materialize import Materializer
from graft.definitions.queries import select_to_read, select_written
from graft.definitions.render import Reader, reader
from graft.definitions.rows import Base, FoundClone, WrittenText
from graft.errors import Conflict, Forbidden, NotFound, Problem, Problems, raise_if_any
from graft.events.record import record_each
from graft.ids import Id
from graft.installs import queries
from graft.installs.access import access_install_locked
from graft.installs.members import read_some_members
from graft.installs.models import ChangeMember, ChangeMembers, Member, Members
from graft.installs.rows import MemberChange
from graft.installs.standing import Standing, hold_problems, standing_unwritten, standing_written
from graft.jsontext import Json, pointer
from graft.merge import without_inner
from graft.operations import queries as operations
from graft.operations.before import Before, MemberImage
from graft.operations.queries import CloneBefore
from graft.operations.record import record_operation
from graft.web.context import WriteContext
from graft.web.living import refuse_of_deleted_workspace
from graft.workspaces.locks import lock_tenant

# How many texts are read, or written, at a time: each may have 1 MiB.
_TEXTS_AT_A_TIME = 16


class Wish(msgspec.Struct, frozen=True):
    """What a call wants of a member; `place`: where the body says so."""

    id: Id
    place: str
    held_paths: list[str] | UnsetType
    enabled: bool | UnsetType


@dataclass(frozen=True, slots=True)
class Change:
    """A member that is changed. The last three: of a clone whose held places are other ones afterwards."""

    member: MemberImage
    held: list[str]
    enabled: bool
    clone: CloneBefore | None = None
    standing: Standing | None = None
    base: Base | None = None

    @property
    def id(self) -> Id:
        return self.member.id

    @property
    def fields(self) -> list[str]:
        held = self.held != (self.member.held_paths or [])
        return ["held_paths"] * held + ["enabled"] * (self.enabled != self.member.enabled)

    @property
    def row(self) -> MemberChange:
        member, standing = self.member, self.standing
        if standing is None:
            return MemberChange(self.id, self.held, self.enabled, member.detached_by, member.handed_back or False)
        return MemberChange(self.id, self.held, self.enabled, standing.detached_by, standing.handed_back)


async def change_member(ctx: WriteContext, member_id: Id, body: ChangeMember) -> Member:
    row = await queries.select_member(ctx.db, member_id, ctx.caller)
    if row is None:
        raise NotFound
    if ctx.caller.tier_in(row.workspace_id) < Tier.EDITOR:
        raise Forbidden("This needs the tier editor in the workspace.")
    await refuse_of_deleted_workspace(ctx, row.workspace_id)
    await lock_tenant(ctx.db, row.workspace_id)
    if await queries.select_member(ctx.db, member_id, ctx.caller) is None:
        raise NotFound
    wish = Wish(member_id, "", body.held_paths, body.enabled)
    await _change(ctx, row.workspace_id, row.install_id, [wish], body.reason)
    return (await read_some_members(ctx, row.install_id, [member_id])).members[0]


async def change_members(ctx: WriteContext, install_id: Id, body: ChangeMembers) -> Members:
    """All of them, or none."""
    install = await access_install_locked(ctx, install_id, Tier.EDITOR)
    if install.deleted_at is not None:
        raise Conflict("The install is deleted; restore it first.", code="deleted")
    wishes: list[Wish] = []
    for at, asked in enumerate(body.members):
        place = pointer("members", at)
        # what is no id at all is no member either
        wishes.append(Wish(ids.parse("intmem", asked.id) or Id(""), place, asked.held_paths, asked.enabled))
    await _change(ctx, install.workspace_id, install_id, wishes, body.reason)
    return await read_some_members(ctx, install_id, [wish.id for wish in wishes])


async def _change(
    ctx: WriteContext, workspace_id: Id, install_id: Id, wishes: Sequence[Wish], reason: str | None
) -> None:
    """Decide each member, then write all of them, and nothing where nothing changes, under the workspace's lock."""
    named = [wish.id for wish in wishes if wish.id]
    members = await operations.select_members(ctx.db, named, workspace_id, install_id)
    raise_if_any(_unknown(wishes, members))
    holding = [wish for wish in wishes if _holds_otherwise(wish, members[wish.id])]
    decided = await _decide_holds(ctx, workspace_id, holding, members)

    changes = [decided.get(wish.id) or _of_member(wish, members[wish.id]) for wish in wishes]
    changes = [change for change in changes if change.fields]
    if changes:
        await _write(ctx, workspace_id, changes)
        await _record(ctx, workspace_id, install_id, changes, reason)


def _unknown(wishes: Sequence[Wish], members: Mapping[Id, MemberImage]) -> Iterator[Problem]:
    seen: set[Id] = set()
    for wish in wishes:
        if wish.id not in members:
            yield Problem(f"{wish.place}/id", "unknown-member", "The install has no such member.")
        elif wish.id in seen:
            yield Problem(f"{wish.place}/id", "duplicate", "The member stands earlier in the list.")
        seen.add(wish.id)


def _holds_otherwise(wish: Wish, member: MemberImage) -> bool:
    return wish.held_paths is not UNSET and wish.held_paths != (member.held_paths or [])


def _of_member(wish: Wish, member: MemberImage) -> Change:
    enabled = member.enabled if wish.enabled is UNSET else wish.enabled
    return Change(member, member.held_paths or [], enabled)


async def _decide_holds(
    ctx: WriteContext, workspace_id: Id, wishes: Sequence[Wish], members: Mapping[Id, MemberImage]
) -> dict[Id, Change]:
    """Of the members whose held places change: what they are to be, and how their clones stand then."""
    if not wishes:
        return {}
    raise_if_any(
        Problem(f"{wish.place}/heldPaths", "not-a-clone", "The member is a reference; only of a clone places are held.")
        for wish in wishes
        if members[wish.id].base_id is not None
    )
    clones = await operations.select_clones(ctx.db, [wish.id for wish in wishes], workspace_id)
    gone = [f"intmem_{found_id}" for found_id, clone in clones.items() if clone.image.deleted_at is not None]
    if gone:
        raise Conflict(f"Deleted clones are restored first: {', '.join(gone)}.", code="deleted")

    problems, found = Problems(), dict[Id, Change]()
    lots = iter(wishes)
    while lot := list(islice(lots, _TEXTS_AT_A_TIME)):
        texts = await _Texts.read(ctx, workspace_id, [clones[wish.id] for wish in lot])
        for wish in lot:
            found[wish.id], wrong = _decide_hold(ctx, wish, members[wish.id], clones[wish.id], texts)
            problems.take(wrong)
    raise_if_any(problems)
    return found


def _decide_hold(
    ctx: WriteContext, wish: Wish, member: MemberImage, clone: CloneBefore, texts: "_Texts"
) -> tuple[Change, Problems]:
    lists = ctx.process.kinds.by_name[clone.kind].lists
    asked = [] if wish.held_paths is UNSET else wish.held_paths
    held, text = without_inner(asked), texts.present(wish.id)
    wrong = Problems(hold_problems(asked, member.held_paths or (), text, lists, wish.place))
    base = texts.base(wish.id) if clone.written else None
    if clone.written:
        standing = standing_written(member, text, base and jsontext.decode(base.text), lists, held)
    else:
        standing = standing_unwritten(held)
    # of a base its text is needed no more
    return Change(
        member, held, _of_member(wish, member).enabled, clone, standing, base and replace(base, text=b"")
    ), wrong


class _Texts:
    """What some clones read as, and the bases of those that have a text of their own."""

    def __init__(self, read: Reader, clones: Sequence[FoundClone], written: Sequence[WrittenText]) -> None:
        read.remember(clones)
        self._read = read
        self._clones = {clone.id: clone for clone in clones}
        self._written = {text.entity_id: text for text in written}
        states = ((text.variables_id, jsontext.decode(bytes(text.variables))) for text in written)
        self._states = {state: values for state, values in states if values is not None}

    @classmethod
    async def read(cls, ctx: WriteContext, workspace_id: Id, clones: Sequence[CloneBefore]) -> "_Texts":
        found = await select_to_read(ctx.db, [clone.image.id for clone in clones], workspace_id)
        version_ids = [clone.version_id for clone in clones if clone.written]
        written = await select_written(ctx.db, version_ids, workspace_id) if version_ids else []
        return cls(reader(ctx.process), found, written)

    def present(self, clone_id: Id) -> Json:
        return jsontext.decode(self._read.definition(self._clones[clone_id]))

    def base(self, clone_id: Id) -> Base | None:
        text = self._written.get(clone_id)
        return None if text is None else rendered_base(self._read, clone_id, text, self._states[text.variables_id])


async def _write(ctx: WriteContext, workspace_id: Id, changes: Sequence[Change]) -> None:
    writes = iter([change.id for change in changes if change.standing is not None and change.standing.writes])
    while lot := list(islice(writes, _TEXTS_AT_A_TIME)):
        await Materializer.of(ctx).materialize(workspace_id, lot)

    held = [change for change in changes if change.standing is not None and change.standing.follows]
    follows = {change.id: change.base for change in held if change.base is not None}
    if follows:
        await update_to_follow(ctx.db, workspace_id, ctx.now, follows)
    await queries.update_members(ctx.db, workspace_id, [change.row for change in changes])


async def _record(
    ctx: WriteContext, workspace_id: Id, install_id: Id, changes: Sequence[Change], reason: str | None
) -> None:
    """One operation, and an event for each member."""
    clones = [change.clone for change in changes if change.clone is not None]
    images = Before(
        texts=[(clone.image.id, clone.base_id, clone.version_id) for clone in clones],
        clones=[clone.image for clone in clones],
        members=[change.member for change in changes],
    )
    kind = "hold" if any("held_paths" in change.fields for change in changes) else "reconfigure"
    counts = {"updated": len(changes)} if len(changes) > 1 else None
    await record_operation(ctx, kind, workspace_id, install_id, images, reason, counts)

    for fields, alike in groupby(sorted(changes, key=lambda change: change.fields), key=lambda change: change.fields):
        data: dict[str, Json] = {"fields": fields} | ({} if reason is None else {"reason": reason})
        events = [("integration_member.updated", "intmem", change.id) for change in alike]
        await record_each(ctx, workspace_id, events, data)

"""The fields of a plan, member by member: they are worked out when they are read, and stored nowhere."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from msgspec import UNSET

from graft import jsontext
from graft.definitions.queries import select_states, select_to_read
from graft.definitions.render import reader
from graft.errors import Conflict, invalid
from graft.history.merge_edits import Sides
from graft.ids import Id
from graft.installs.rows import InstalledMember
from graft.jsontext import Json
from graft.kinds.registry import Kind
from graft.manifest import variables
from graft.merge import ABSENT, fields
from graft.merge import Field as Found
from graft.plans.access import access_plan
from graft.plans.draw import Drawn, draw_again, remembered
from graft.plans.models import Field, Fields, FieldsPage, FieldsQuery
from graft.plans.rows import MemberOutcome, PlanRow
from graft.plans.stored import decode_outcomes, decode_request
from graft.plans.undo_fields import sides_of_undo
from graft.templates import Parts, RenderedTooLarge, render
from graft.upgrades.merge_edit import MergedEdit
from graft.upgrades.merge_edits import merged_lots
from graft.upgrades.merge_texts import fields_of, present_ids, present_values
from graft.upgrades.move import Move
from graft.version_members import VersionMember
from graft.versions import queries as versions
from graft.web.context import ReadContext

# Bytes of a page, and of one value in it; a larger value is left out by name.
_PAGE_BYTES = 1024 * 1024
_VALUE_BYTES = 16 * 1024
# So many members are read at a time.
_LOT = 16
_SIDES = ("base", "current", "target", "result")

# base, current and target of a member that is not merged
_Texts = tuple[bytes, bytes, bytes]
# a field; of a conflict what clashes, and what might be meant
_Told = tuple[Found, str | None, str | None]


@dataclass(frozen=True, slots=True)
class _Member:
    """A member whose fields are asked for; `at`: its number among those of the plan that have some.

    `move`: none where the plan is one of an undo.
    """

    at: int
    install_id: Id
    move: Move | None
    outcome: MemberOutcome


async def read_fields(ctx: ReadContext, plan_id: Id, query: FieldsQuery) -> Fields:
    """`Conflict` `plan-stale` where what the plan read has moved: the fields would be another plan's."""
    row = await access_plan(ctx, plan_id)
    at, skipped = _cursor(query.after)
    drawn = await _drawn(ctx, row)
    members = [member for member in _members(row, drawn, query.member) if member.at >= at]

    data: list[Field] = []
    room, end = _PAGE_BYTES, ""
    async for member, found in _found(ctx, drawn, members):
        for number, field in enumerate(found[skipped:] if member.at == at else found):
            shown = _shown(member, field)
            room -= len(msgspec.json.encode(shown))
            if len(data) == query.limit or (data and room < 0):
                return Fields(data, FieldsPage(True, end))
            data.append(shown)
            end = f"{member.at}.{number + 1 + (skipped if member.at == at else 0)}"
    return Fields(data, FieldsPage(False, end or None))


async def _drawn(ctx: ReadContext, row: PlanRow) -> Drawn:
    """The plan, made again."""
    if row.kind == "uninstall" or row.state == "applied":
        raise Conflict("The plan was applied; the history of its installs tells what it did.", code="plan-applied")
    drawn = await remembered(ctx, row)
    if drawn is not None:
        return drawn
    drawn = await draw_again(ctx, row.id, row.workspace_id, decode_request(bytes(row.request)), lenient=True)
    if drawn.fingerprint != row.fingerprint:
        raise Conflict("What the plan was made from has moved; make a new one.", code="plan-stale")
    return drawn


def _members(row: PlanRow, drawn: Drawn, wanted: str | None) -> list[_Member]:
    moves = {move.row.id: move for move in drawn.moves}
    found = [
        (install.install_id, member)
        for install in decode_outcomes(row.id, bytes(row.outcomes), row.row_ids)
        for member in install.members
        if member.outcome in ("update", "merge", "conflict")
    ]
    return [
        _Member(at, install_id, moves.get(install_id), member)
        for at, (install_id, member) in enumerate(found)
        if wanted in (None, member.slug, f"intmem_{member.member_id}")
    ]


async def _found(
    ctx: ReadContext, drawn: Drawn, members: Sequence[_Member]
) -> AsyncIterator[tuple[_Member, list[_Told]]]:
    """Each member with its fields."""
    for start in range(0, len(members), _LOT):
        lot = members[start : start + _LOT]
        if drawn.undo is not None:
            sides = await sides_of_undo(ctx, drawn.undo, {member.outcome.member_id for member in lot})
            for member in lot:
                row_id, kind = member.outcome.member_id, ctx.process.kinds.by_name[member.outcome.kind]
                if row_id in sides:
                    answers = drawn.undo.answers.get(row_id, {})
                    yield member, await asyncio.to_thread(_of_undo, sides[row_id], kind, list(answers))
            continue
        merged = await _merged(ctx, lot)
        texts = await _texts(ctx, [member for member in lot if member.outcome.member_id not in merged])
        for member in lot:
            kind = ctx.process.kinds.by_name[member.outcome.kind]
            edit = merged.get(member.outcome.member_id)
            if edit is not None:
                yield member, await asyncio.to_thread(_of_merge, edit, kind)
            elif (sides := texts.get(member.outcome.member_id)) is not None:
                yield member, await asyncio.to_thread(_of_update, sides, kind)


def _of_merge(edit: MergedEdit, kind: Kind) -> list[_Told]:
    clashes = {clash.pointer: clash for clash in edit.merged.clashes}
    found: list[_Told] = []
    for field in fields_of(edit.sides, edit.merged, kind.lists, edit.held):
        clash = clashes.get(field.pointer)
        found.append((field, clash and clash.kind, clash and clash.suggestion))
    return found


def _of_undo(sides: Sides, kind: Kind, resolved: Sequence[str]) -> list[_Told]:
    clashes = {clash.pointer: clash for clash in sides.conflicts}
    texts = sides.base, sides.current, sides.target, sides.result
    found: list[_Told] = []
    for field in fields(*texts, kind.lists, conflicts=list(clashes), resolved=resolved):
        clash = clashes.get(field.pointer)
        found.append((field, clash and clash.kind, clash and clash.suggestion))
    return found


def _of_update(sides: _Texts, kind: Kind) -> list[_Told]:
    base, current, target = map(jsontext.decode, sides)
    return [(field, None, None) for field in fields(base, current, target, target, kind.lists)]


async def _merged(ctx: ReadContext, lot: Sequence[_Member]) -> dict[Id, MergedEdit]:
    """By member, the merges of those that are merged."""
    found: dict[Id, MergedEdit] = {}
    for move in {member.install_id: member.move for member in lot if member.move is not None}.values():
        wanted = {member.outcome.member_id for member in lot if member.move is move}
        clones = [given for given in move.merges.clones if given.id in wanted]
        if move.reading is not None and clones:
            storable = {given.id for given in clones if given.id not in move.merges.clashes}
            reading = dataclasses.replace(move.reading, storable=storable)
            async for edits in merged_lots(ctx, reading, clones):
                found |= {edit.given.id: edit for edit in edits}
    return found


async def _texts(ctx: ReadContext, lot: Sequence[_Member]) -> dict[Id, _Texts]:
    """By member, what its base reads as after the move, what it reads as now, and what it will read as."""
    found: dict[Id, _Texts] = {}
    for move in {member.install_id: member.move for member in lot if member.move is not None}.values():
        wanted = {member.outcome.member_id for member in lot if member.move is move}
        found |= await _texts_of(ctx, move, {row_id: member for row_id, member in _given(move) if row_id in wanted})
    return found


async def _texts_of(ctx: ReadContext, move: Move, targets: Mapping[Id, VersionMember]) -> dict[Id, _Texts]:
    rows = {row.id: row for row in move.rows.members if row.id in targets}
    used = {row.base.template_id for row in rows.values()} | {member.template_id for member in targets.values()}
    bodies = await versions.select_template_bodies(ctx.db, used)
    parts = {template_id: ctx.process.templates.parts(template_id, body) for template_id, body in bodies.items()}
    clones = await select_to_read(ctx.db, [row.id for row in rows.values() if row.clone], move.row.workspace_id)
    read = reader(ctx.process)
    read.remember(clones)
    present = {clone.id: read.definition(clone) for clone in clones}

    present |= await _of_references(ctx, move, [row for row in rows.values() if not row.clone], parts)
    bases = present | dict(_bases(move, list(rows.values()), parts, ctx.process.settings.max_definition))
    return {
        row_id: (bases[row_id], present[row_id], render(parts[member.template_id], move.values, move.plan.ids))
        for row_id, member in targets.items()
        if row_id in present
    }


def _bases(
    move: Move, rows: Sequence[InstalledMember], parts: Mapping[int, Parts], limit: int
) -> Iterator[tuple[Id, bytes]]:
    """What members that follow their version were last given, with the values and ids after the move.

    So what only a variable or an id changes is told from what the author changed.
    """
    gone = {row.id for row, _ in move.plan.remove}
    named = {row.slug: row.entity_id for row in move.rows.members if not row.removed}
    living = {row.entity_id for row in move.rows.members if not row.removed and row.id not in gone}
    ids = present_ids(named, move.plan.ids, living.union(move.plan.ids.values()))
    declared = variables.declared(jsontext.decode(bytes(move.version.variables_schema_snapshot)))
    values = present_values(jsontext.decode(bytes(move.row.filled)), move.values, declared)

    for row in rows:
        if row.state == "following":
            with suppress(RenderedTooLarge):
                yield row.id, render(parts[row.base.template_id], values, ids, limit)


async def _of_references(
    ctx: ReadContext, move: Move, rows: Sequence[InstalledMember], parts: Mapping[int, Parts]
) -> dict[Id, bytes]:
    """References read as published, with what the install gives, or with what they were pinned with."""
    images = move.rows.images
    pinned = {state_id for row in rows if (state_id := images[row.id].pinned_variables_id) is not None}
    states = await select_states(ctx.db, list(pinned), move.row.workspace_id) if pinned else {}
    values = {state_id: jsontext.decode(text) for state_id, text in states.items()}
    values[move.row.variables_id] = jsontext.decode(bytes(move.row.filled))
    named = {row.slug: row.entity_id for row in move.rows.members if not row.removed}
    return {
        row.id: render(
            parts[row.base.template_id],
            values[images[row.id].pinned_variables_id or move.row.variables_id],
            images[row.id].pinned_ids or named,
        )
        for row in rows
    }


def _given(move: Move) -> Iterator[tuple[Id, VersionMember]]:
    """The rows that read from the version anew, and what of it; others that are told may only have another slug."""
    for given in move.plan.rebase:
        yield given.id, given.member
    for update in move.plan.members:
        if update.member is not None and not update.row.clone:
            yield update.row.id, update.member


def _shown(member: _Member, found: _Told) -> Field:
    field, clash, suggestion = found
    sides: dict[str, Json] = {}
    left_out: list[str] = []
    for name in _SIDES:
        value = getattr(field, name)
        if value is ABSENT:
            continue
        text = jsontext.encode(value)
        if len(text) > _VALUE_BYTES:
            left_out.append(name)
        else:
            sides[name] = msgspec.Raw(text)
    return Field(
        f"intins_{member.install_id}",
        member.outcome.slug,
        f"intmem_{member.outcome.member_id}",
        field.pointer,
        field.by,
        conflict=UNSET if clash is None else clash,
        suggestion=UNSET if suggestion is None or len(suggestion) > _VALUE_BYTES else suggestion,
        left_out=left_out or UNSET,
        **sides,
    )


def _cursor(text: str | None) -> tuple[int, int]:
    """Which member, and how many of its fields were shown; `Invalid` where it is no cursor."""
    if text is None:
        return 0, 0
    member, dot, field = text.partition(".")
    if not (dot and all(part.isascii() and part.isdigit() and len(part) < 10 for part in (member, field))):
        raise invalid("after", "invalid-cursor", "This is no `endCursor` of this list.")
    return int(member), int(field)

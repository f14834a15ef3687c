"""Check members as they read with an install's variables: their size, their depth, and the schema of their kind."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence

from graft import jsontext
from graft.batches import batches
from graft.entities.check import DEFINITION_DEPTH
from graft.errors import Problem, Problems
from graft.jsontext import Json, pointer
from graft.kinds.registry import Kind, Kinds
from graft.templates import (
    NO_VALUE,
    Measure,
    VariableValue,
    added_bytes,
    measure_template,
    render,
    rendered_size,
    split,
)
from graft.version_members import VersionMember
from graft.versions import queries
from graft.web.context import ReadContext

# Bytes of the templates that one statement reads.
_BATCH = 8 * 1024 * 1024
# Stands for the id of each entity that the install will make.
_ANY_ID = "0" * 26


async def check_rendered(
    ctx: ReadContext,
    members: Sequence[VersionMember],
    variables: Mapping[str, Json],
    typed: Collection[str] = (),
) -> Problems:
    """What would be wrong with these members' definitions.

    A pointer leads to the variable to blame (`/variables/name`), the detail names the member. `variables` are the
    values that definitions read, given ones and defaults, and `typed` those of them that are scalars of the one type
    that is declared for them. Sizes are computed from the measure of a template before anything is rendered. A template
    is read only if these values could break its kind's schema although those fit that publish has tried, or if it was
    stored before templates had a measure.

    Codes: `definition-too-large`, `too-deep`, and those of a kind's schema.
    """
    asking = [member for member in members if member.variables]
    registry, limit = ctx.process.kinds, ctx.process.settings.max_definition
    values = {name: VariableValue(value) for name, value in variables.items()}
    problems = Problems(measure_problems(asking, values, limit))
    if problems:
        return problems

    to_read = [one for one in asking if _may_break(one, registry.by_name[one.kind], typed)]
    for batch in batches(to_read, _read_bytes, _BATCH):
        bodies = await queries.select_template_bodies(ctx.db, [member.template_id for member in batch])
        found = _read_problems(batch, bodies, registry, variables, values, limit)
        await asyncio.to_thread(problems.take, found)
        if problems.full:
            break
    return problems


def _may_break(member: VersionMember, kind: Kind, typed: Collection[str]) -> bool:
    """Whether values may make of the member what is wrong, as far as can be told without its text."""
    if member.measure is None:
        return True
    if kind.takes_any_object:
        return False
    untried = (name for name, use in member.measure.uses.items() if use.whole and name not in typed)
    return not kind.asks_types_only or any(untried)


def measure_problems(
    members: Sequence[VersionMember], values: Mapping[str, VariableValue], limit: int
) -> Iterator[Problem]:
    """The members that would have more than `limit` bytes or nest too deep; those without a measure are passed over."""
    for member in members:
        if member.measure is not None:
            yield from _measure_problems(member, member.measure, values, limit)


def kind_problems(kind: Kind, member: VersionMember, body: bytes, variables: Mapping[str, Json]) -> Iterator[Problem]:
    """What the kind's schema refuses in the member as it would read, with `_ANY_ID` for the id of each entity."""
    parts = split(body)
    text = render(parts, variables, dict.fromkeys(member.refs, _ANY_ID))
    for problem in kind.checker.problems(jsontext.decode(text)):
        detail = f"{member.slug}{problem.pointer} would not be as its kind wants it: {problem.detail}"
        yield Problem("/variables", problem.code, detail)


def _measure_problems(
    member: VersionMember, measure: Measure, values: Mapping[str, VariableValue], limit: int
) -> Iterator[Problem]:
    size = rendered_size(measure, values)
    if size > limit:
        largest = max(measure.uses, key=lambda name: added_bytes(measure.uses[name], values.get(name, NO_VALUE)))
        detail = f"{member.slug} would read as {size:,} bytes with these variables; a definition has at most {limit:,}."
        yield Problem(pointer("variables", largest), "definition-too-large", detail)

    for name, use in measure.uses.items():
        value = values.get(name, NO_VALUE)
        if use.whole and use.depth + value.depth > DEFINITION_DEPTH:
            detail = f"With it {member.slug} would nest deeper than {DEFINITION_DEPTH}."
            yield Problem(pointer("variables", name), "too-deep", detail)


def _read_problems(
    batch: Sequence[VersionMember],
    bodies: Mapping[int, bytes],
    registry: Kinds,
    variables: Mapping[str, Json],
    values: Mapping[str, VariableValue],
    limit: int,
) -> Iterator[Problem]:
    """The problems of members whose templates had to be read: `bodies` is template id → text."""
    for member in batch:
        kind, body = registry.by_name[member.kind], bodies[member.template_id]
        fits = True
        if member.measure is None:
            for problem in _measure_problems(member, measure_template(body, split(body)), values, limit):
                fits = False
                yield problem
        if fits and not kind.takes_any_object:
            yield from kind_problems(kind, member, body, variables)


def _read_bytes(member: VersionMember) -> int:
    """What reading its template weighs; that of one without a measure is not known, so it is read alone."""
    return _BATCH if member.measure is None else member.measure.size

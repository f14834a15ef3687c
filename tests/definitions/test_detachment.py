"""The base of a clone, and what detaching and attaching do to its text: what it reads as stays."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from graft import ids, jsontext
from graft.auth.caller import Caller
from graft.db.connection import WriteConnection
from graft.definitions.base import base_of
from graft.definitions.detachment import HeldClone, attach, detach, hand_back, read_held, rewrite
from graft.definitions.materialize import materialized
from graft.definitions.queries import select_to_read
from graft.definitions.render import reader
from graft.definitions.rows import Base
from graft.ids import Id
from graft.jsontext import Json
from graft.web.context import WriteContext
from tests.support.factories.entities import entity
from tests.support.world import World
from tests.upgrades.upgrade_life import cloned, free


@dataclass(frozen=True, slots=True)
class Read:
    text: Json
    base: Base | None
    version_id: Id
    own: bool


@dataclass(frozen=True, slots=True)
class OneClone:
    """A clone in a transaction that is rolled back at the end."""

    ctx: WriteContext
    id: Id
    workspace_id: Id

    async def read(self) -> Read:
        [row] = await select_to_read(self.ctx.db, [self.id], self.workspace_id)
        text = reader(self.ctx.process).definition(row)
        base = await base_of(self.ctx.db, reader(self.ctx.process), row, text)
        return Read(jsontext.decode(text), base, row.version_id, row.written)

    async def held(self) -> HeldClone:
        return await read_held(self.ctx.db, self.id, self.workspace_id)

    async def member(self) -> tuple[str | None, bool | None]:
        member = (await self.held()).member
        return member.detached_by, member.handed_back


@asynccontextmanager
async def clone_of(world: World) -> AsyncGenerator[OneClone]:
    it = await free(world)
    shape = await entity(it.author, "schema", "shape", {"title": "${variables.word}"})
    f = await entity(it.author, "function", "f", {"in": shape["id"], "n": "${variables.n}"})
    words = {"type": "object", "properties": {"n": {"type": "integer"}, "word": {"type": "string"}}}
    await it.begin(cloned(f), variablesSchema=words, body={"variables": {"n": 7, "word": "w"}})
    clone_id = ids.parse("fun", await it.id_of("f"))
    workspace_id = ids.parse("wsp", it.user.workspace_id)
    assert clone_id is not None
    assert workspace_id is not None

    transaction = world.owner.transaction()
    await transaction.start()
    [row] = await world.owner.fetch("select created_by from entities where id = $1", clone_id)
    caller = Caller(row["created_by"], "session", ids.new_id())
    ctx = WriteContext(WriteConnection(world.owner), caller, world.app.state.process)
    yield OneClone(ctx, clone_id, workspace_id)
    await transaction.rollback()


async def test_a_detached_clone_reads_as_before_and_has_the_same_base(world: World):
    async with clone_of(world) as clone:
        before = await clone.read()
        assert not before.own

        await detach(clone.ctx, await clone.held())
        after = await clone.read()
        assert (after.text, after.base, after.own) == (before.text, before.base, True)
        assert after.version_id != before.version_id
        assert await clone.member() == ("call", None)


async def test_an_attached_clone_has_the_version_that_it_had_before(world: World):
    async with clone_of(world) as clone:
        before = await clone.read()
        await detach(clone.ctx, await clone.held())
        base = (await clone.read()).base
        assert base is not None

        await attach(clone.ctx, await clone.held(), base)
        assert await clone.read() == before
        assert await clone.member() == (None, None)


async def test_a_text_of_its_own_is_kept_when_it_is_handed_back_unless_it_is_the_bases(world: World):
    async with clone_of(world) as clone:
        before = await clone.read()
        await detach(clone.ctx, await clone.held())
        await hand_back(clone.ctx, await clone.held())
        assert (await clone.read(), await clone.member()) == (before, (None, None))

        text = materialized(clone.id, b'{"mine":1}', [], before.base, edited=True)
        await rewrite(clone.ctx, await clone.held(), text, "edit")
        assert await clone.member() == ("edit", None)
        await hand_back(clone.ctx, await clone.held())
        after = await clone.read()
        assert (after.text, after.base, after.own) == ({"mine": 1}, before.base, True)
        assert await clone.member() == (None, True)

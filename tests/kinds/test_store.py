"""All processes on one database have the same kinds; they change on purpose, while no server runs."""

import asyncio
from pathlib import Path

import pytest

from graft.kinds.registry import Kinds, KindsError, load_kinds
from graft.kinds.store import check_kinds, replace_kinds
from tests.support.database import opened
from tests.support.factories.entities import entity
from tests.support.factories.integrations import integration, manifest_member, published
from tests.support.world import running

PIPELINE = "[pipeline]\nprefix = 'ppl'\nmerge_keys = { '/stages' = 'id' }\nschema = { type = 'object' }\n"
DATASET = "[dataset]\nprefix = 'dts'\n"


def kinds_of(folder: Path, text: str) -> Kinds:
    return load_kinds(file_of(folder, text))


def file_of(folder: Path, text: str) -> Path:
    file = folder / "kinds.toml"
    file.write_text(text)
    return file


async def test_the_first_process_stores_its_kinds_and_one_with_the_same_starts(
    database_url: str, app_role: str, data_dir: Path
):
    kinds = kinds_of(data_dir, PIPELINE + DATASET)
    async with opened(database_url, role=app_role) as database:
        await check_kinds(database, kinds)
        await check_kinds(database, kinds_of(data_dir, DATASET + "# the order does not matter\n" + PIPELINE))
        with pytest.raises(KindsError):
            await check_kinds(database, load_kinds())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "dataset is missing here; pipeline is missing here."),
        (PIPELINE, "dataset is missing here."),
        (PIPELINE + DATASET + "[report]\nprefix = 'rpt'", "report is not in the database."),
        (PIPELINE + "[dataset]\nprefix = 'dta'", "dataset has another prefix."),
        (PIPELINE.replace("object", "array") + DATASET, "pipeline has another schema."),
        (PIPELINE.replace("id", "name").replace("object", "array") + DATASET, "another schema and another merge_keys."),
    ],
)
async def test_another_process_is_told_what_differs(
    text: str, told: str, database_url: str, app_role: str, data_dir: Path
):
    async with opened(database_url, role=app_role) as database:
        await check_kinds(database, kinds_of(data_dir, PIPELINE + DATASET))
        with pytest.raises(KindsError) as caught:
            await check_kinds(database, kinds_of(data_dir, text))
    assert told in str(caught.value)
    assert "graft migrate --kinds" in str(caught.value)


async def test_kinds_that_an_earlier_graft_stored_are_those_of_the_same_file(
    database_url: str, app_role: str, data_dir: Path
):
    async with opened(database_url, role=app_role) as database:
        async with database.writing() as db:
            stored = '{"dataset": {"prefix": "dts", "schema": {}, "merge_keys": {}}}'
            await db.execute("insert into kinds (entries) values ($1)", stored.encode())
        await check_kinds(database, kinds_of(data_dir, DATASET))
        with pytest.raises(KindsError, match="dataset has another data_places"):
            await check_kinds(database, kinds_of(data_dir, DATASET + "data_places = ['sample']"))


async def test_a_key_is_the_same_however_it_is_declared(database_url: str, app_role: str, data_dir: Path):
    async with opened(database_url, role=app_role) as database:
        async with database.writing() as db:
            stored = '{"pipeline": {"prefix": "ppl", "schema": {"type": "object"}, "merge_keys": {"/stages": "id"}}}'
            await db.execute("insert into kinds (entries) values ($1)", stored.encode())
        for declared in ("'id'", "['id']", "{ key = 'id' }", "{ key = ['id'], ordered = false }"):
            await check_kinds(database, kinds_of(data_dir, PIPELINE.replace("'id'", declared)))
        for declared in ("['id', 'at']", "{ key = 'id', ordered = true }", "{ set = true }", "{ aligned = true }"):
            with pytest.raises(KindsError, match="pipeline has another merge_keys"):
                await check_kinds(database, kinds_of(data_dir, PIPELINE.replace("'id'", declared)))


async def test_of_several_that_are_first_one_decides(database_url: str, app_role: str, data_dir: Path):
    files = [kinds_of(data_dir, f"[kind{at}]\nprefix = 'kn{'abcdefgh'[at]}'\n") for at in range(8)]
    async with opened(database_url, role=app_role, size=8) as database:
        done = await asyncio.gather(*(check_kinds(database, kinds) for kinds in files), return_exceptions=True)
    assert sorted(str(type(outcome)) for outcome in done) == sorted([str(type(None)), *[str(KindsError)] * 7])


async def test_an_application_with_other_kinds_does_not_start(database_url: str, app_role: str, data_dir: Path):
    async with running(database_url, app_role):
        with pytest.raises(KindsError, match="pipeline is not in the database"):
            async with running(database_url, app_role, kinds_file=file_of(data_dir, PIPELINE)):
                pass


async def test_kinds_change_on_purpose_while_nobody_serves(database_url: str, app_role: str, data_dir: Path):
    kinds = kinds_of(data_dir, PIPELINE)
    async with opened(database_url, role=app_role, size=1) as database:
        async with running(database_url, app_role):
            with pytest.raises(KindsError, match="at work on this database"):
                await replace_kinds(database, kinds)
        assert await replace_kinds(database, kinds)
        assert not await replace_kinds(database, kinds)
        await check_kinds(database, kinds)
        assert await replace_kinds(database, load_kinds())
        await check_kinds(database, load_kinds())


async def test_a_process_that_starts_meanwhile_sees_the_new_kinds(database_url: str, app_role: str, data_dir: Path):
    """It connects after the one that changes them has looked who is there, and reads before that one commits."""
    old = kinds_of(data_dir, DATASET)
    async with opened(database_url, role=app_role) as database:
        await check_kinds(database, old)
        async with database.writing() as db:
            await db.execute("select 1 from kinds for update")
            starting = asyncio.create_task(check_kinds(database, old))
            await asyncio.sleep(0.2)
            assert not starting.done()
            await db.execute("update kinds set entries = '{}'")
        with pytest.raises(KindsError, match="dataset is not in the database"):
            await starting


@pytest.mark.parametrize("text", ["", PIPELINE.replace("ppl", "pip")])
async def test_a_kind_that_has_entities_can_neither_go_nor_change_its_prefix(
    text: str, database_url: str, app_role: str, data_dir: Path
):
    file = file_of(data_dir, PIPELINE + DATASET)
    async with running(database_url, app_role, kinds_file=file) as world:
        await entity(await world.workspace("alpha"), "pipeline", "nightly")
    async with opened(database_url, role=app_role, size=1) as database:
        with pytest.raises(KindsError, match=r"they can neither go nor change their prefix: pipeline\.$"):
            await replace_kinds(database, kinds_of(data_dir, text))
        assert await replace_kinds(database, kinds_of(data_dir, PIPELINE))
        assert await replace_kinds(database, kinds_of(data_dir, PIPELINE.replace("object", "array")))


async def test_a_kind_of_a_published_member_stays(database_url: str, app_role: str, data_dir: Path):
    file = file_of(data_dir, PIPELINE)
    async with running(database_url, app_role, kinds_file=file) as world:
        alpha = await world.workspace("alpha")
        made = await entity(alpha, "pipeline", "nightly")
        draft = await integration(alpha, manifest={"members": [manifest_member(made)]})
        await published(alpha, draft["id"])
        await alpha.delete(f"/api/entities/{made['id']}")
        assert (await alpha.delete(f"/api/entities/{made['id']}/purge")).status == 200
    async with opened(database_url, role=app_role, size=1) as database:
        with pytest.raises(KindsError, match="pipeline"):
            await replace_kinds(database, load_kinds())

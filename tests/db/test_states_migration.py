"""Installs that an earlier Graft made: their variables become states, and what it froze keeps its text."""

from typing import Any

import pytest

from graft import clock, ids
from graft.db.connection import set_codecs
from graft.db.migrate import migrate, migrations
from tests.support.database import connected

pytestmark = pytest.mark.slow

STATES = next(name for name, _ in migrations() if name.endswith("_states.sql"))
NIL = "0" * 26


class Older:
    """Rows as the code before wrote them: a version with one member, and a workspace."""

    def __init__(self, owner: Any) -> None:
        self.owner, self.now = owner, clock.now()
        self.workspace, self.integration, self.version = ids.new_ids(3)

    async def begin(self) -> None:
        await self.owner.execute(
            "insert into workspaces (id, slug, name, created_at, updated_at) values ($1, 'w', 'w', $2, $2)",
            self.workspace,
            self.now,
        )
        await self.owner.execute(
            """insert into integrations (id, workspace_id, slug, name, publisher, manifest, variables_schema, auth_config,
               created_at, updated_at) values ($1, $2, 'i', 'i', 'w', '{}', '{}', '{}', $3, $3)""",
            self.integration,
            self.workspace,
            self.now,
        )
        await self.owner.execute(
            """insert into integration_versions (id, integration_id, version, manifest_snapshot,
               variables_schema_snapshot, auth_config_snapshot, member_entity_versions, dependencies, permissions,
               allow_multiple_installs, published_at, precedence)
               values ($1, $2, '1.0.0', '{"members":[],"defaults":{"variables":{"m":"manifest"}}}',
               '{"properties":{"s":{"default":"schema"},"m":{"default":"other"}}}', '{}', '{}', '[]', '{}', true, $3, '')""",
            self.version,
            self.integration,
            self.now,
        )

    async def install(self, variables: str, *, deleted: bool = False) -> str:
        install_id = ids.new_id()
        await self.owner.execute(
            """insert into installs (id, workspace_id, integration_id, version_id, variables, member_policy,
               allow_multiple, installed_at, updated_at, deleted_at)
               values ($1, $2, $3, $4, $5, 'auto_all', true, $6, $6, $7)""",
            install_id,
            self.workspace,
            self.integration,
            self.version,
            variables.encode(),
            self.now,
            self.now if deleted else None,
        )
        return install_id

    async def clone(
        self, install_id: str, text: bytes | None, *, detached: str | None = None, deleted: Any = None
    ) -> str:
        """A clone with its member; `text`: its own, rendered with variables of its own. `deleted`: (member, entity)."""
        clone_id, version_id = ids.new_ids(2)
        member_at, entity_at = deleted or (None, None)
        await self.owner.execute(
            """insert into entities (id, workspace_id, origin_install_id, base_id, version_id, created_at, updated_at,
               kind, slug, name, definition, refs, deleted_at)
               values ($1, $2, $3, 1, $4, $5, $5, 'function', 'f', 'f', $6, $7, $8)""",
            clone_id,
            self.workspace,
            install_id,
            version_id,
            self.now,
            text,
            None if text is None else [],
            entity_at,
        )
        await self.owner.execute(
            """insert into install_members (id, install_id, workspace_id, added_at, slug, detached_by, deleted_at)
               values ($1, $2, $3, $4, $5, $6, $7)""",
            clone_id,
            install_id,
            self.workspace,
            self.now,
            f"f-{clone_id}",
            detached,
            member_at,
        )
        if text is not None:
            await self.owner.execute(
                """insert into entity_versions (id, workspace_id, entity_id, definition, refs, base_id, base_variables,
                   base_ids, edited, created_at) values ($1, $2, $3, $4, '{}', 1, '{"s":"then"}', '{}', false, $5)""",
                version_id,
                self.workspace,
                clone_id,
                text,
                self.now,
            )
        return clone_id


async def test_installs_of_an_earlier_graft_keep_what_they_had(empty_database_url: str, app_role: str):
    before = [found for found in migrations() if found[0] < STATES]
    await migrate(empty_database_url, app_role=app_role, known=before)
    async with connected(empty_database_url) as owner:
        await set_codecs(owner)
        older = Older(owner)
        await older.begin()
        live = await older.install('{"s":"schema","m":"mine","x":null,"n":1.50}')
        gone = await older.install('{"s":"given"}', deleted=True)
        hour = older.now.replace(year=older.now.year - 1)
        clones = {
            "plain": await older.clone(live, None),
            "edited": await older.clone(live, b'{"mine":1}', detached="edit"),
            "frozen": await older.clone(live, b'{"then":1}'),
            "by hand": await older.clone(live, None, deleted=(None, hour)),
            "by an upgrade": await older.clone(live, None, deleted=(hour, hour)),
            "by an uninstall": await older.clone(gone, None, deleted=(older.now, older.now)),
            "restored by hand": await older.clone(live, b'{"mine":2}', detached="edit", deleted=(hour, None)),
            "restored, then gone": await older.clone(gone, None, deleted=(hour, older.now)),
        }
        reference = ids.new_id()
        await owner.execute(
            """insert into install_members (id, install_id, workspace_id, base_id, pinned_ids, added_at, slug)
               values ($1, $2, $3, 2, '{}', $4, 'ref')""",
            reference, live, older.workspace, older.now,
        )  # fmt: skip

        await migrate(empty_database_url, app_role=app_role)

        states = {
            row["install_id"]: (bytes(row["given"]), bytes(row["filled"]))
            for row in await owner.fetch(
                "select i.id as install_id, s.given, s.filled from installs i join variable_states s on s.id = i.variables_id"
            )
        }
        # what equals the default of the version was filled in, and no number lost a digit
        assert states[live] == (b'{ "m" : "mine", "n" : 1.50 }', b'{"s":"schema","m":"mine","x":null,"n":1.50}')
        assert states[gone] == (b'{ "s" : "given" }', b'{"s":"given"}')

        handed_back = await owner.fetch("select id from install_members where handed_back")
        assert [row["id"] for row in handed_back] == [clones["frozen"]]
        pinned = await owner.fetchval("select pinned_variables_id from install_members where id = $1", reference)
        assert pinned == await owner.fetchval("select variables_id from installs where id = $1", live)
        deleted = dict(await owner.fetch("select id, deleted_by from entities where deleted_at is not null"))
        expected = {
            "by hand": "person",
            "by an upgrade": "upgrade",
            "by an uninstall": "uninstall",
            "restored, then gone": "person",
        }
        assert deleted == {clones[name]: by for name, by in expected.items()}

        texts = await owner.fetch(
            """select v.entity_id, s.filled from entity_versions v
               join variable_states s on s.id = v.variables_id and s.workspace_id = v.workspace_id"""
        )
        assert {row["entity_id"]: bytes(row["filled"]) for row in texts} == dict.fromkeys(
            (clones["edited"], clones["frozen"], clones["restored by hand"]), b'{"s":"then"}'
        )
        # one text of one install is one state
        assert await owner.fetchval("select count(distinct variables_id) from entity_versions") == 1

        # what a person restored after an upgrade had removed it is a member again, and nobody's but the workspace's
        members = {
            row["id"]: (row["detached_by"], row["deleted_at"], row["deleted_by"])
            for row in await owner.fetch("select id, detached_by, deleted_at, deleted_by from install_members")
        }
        assert members[clones["restored by hand"]] == ("edit", None, None)
        assert members[clones["restored, then gone"]] == ("call", older.now, "uninstall")
        assert members[clones["by an upgrade"]] == (None, hour, "upgrade")

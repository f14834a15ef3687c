"""Rows for every table that a list reads, the same in each run: two workspaces that call, and others around them."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from graft import ids
from graft.auth.secrets import derive
from graft.auth.tokens import new_token, token_hash
from graft.db.connection import set_codecs
from graft.manifest.semver import sort_key
from tests.support.factories.workspaces import SECRET

Row = dict[str, Any]
# by table, in the order in which foreign keys let them in; in a table by id
Rows = dict[str, dict[Any, Row]]
TABLES = (
    "workspaces", "users", "workspace_members", "publishers", "api_keys", "integrations", "integration_reviews",
    "integration_versions", "version_yanks", "templates", "version_members", "auth_states", "solutions", "variable_states", "installs", "entities",
    "entity_versions", "install_members", "operations", "permissions", "events", "platform_events",
)  # fmt: skip

# Few and alike, so that what is hidden matches what is asked; those of the callers are among those of the others.
WORDS = ["mail", "Mail 100%", "e_mail", "tool", "TOOL", "été", "o'neil", "zeta"]
KINDS = {"function": "fun", "agent": "agt", "schema": "sch"}
RETENTION = ["short", "medium", "long", "none"]
TRUST = ["first_party", "vendor_official", "verified_partner", "verified_publisher", "community"]
_START = datetime(2026, 1, 1, tzinfo=UTC)


class Draw:
    """Values that the seed decides."""

    def __init__(self, seed: str) -> None:
        self.choice = random.Random(seed)

    def id(self) -> str:
        """As a random id sorts anywhere, hidden rows stand between the others."""
        return ids.encode(self.choice.randbytes(16))

    def of(self, *values: Any) -> Any:
        return self.choice.choice(values)

    def word(self) -> str:
        return self.choice.choice(WORDS)

    def maybe(self, value: Any) -> Any:
        return value if self.choice.random() < 0.7 else None

    def moment(self) -> datetime:
        """Often the same one."""
        return _START + timedelta(days=self.choice.randrange(4))

    def instant(self) -> datetime:
        """Never the same one twice."""
        return _START + timedelta(microseconds=self.choice.randrange(10**12))

    def document(self) -> bytes:
        return json.dumps({"note": self.word(), "n": self.choice.randrange(10**6)}).encode()

    def dated(self) -> Row:
        return {"created_at": self.moment(), "updated_at": self.moment()}


def loose(table: str, row: Row, draw: Draw) -> Row:
    """Another content for the columns of `row` on which nothing else rests."""
    own = row["id"] if isinstance(row["id"], int) else row["id"][:8]
    named = {"name": draw.word(), "description": draw.maybe(draw.word())}
    made: dict[str, Row] = {
        "workspaces": {**named, "slug": f"{draw.word()}-{own}", "retention_tier": draw.of(*RETENTION), **draw.dated()},
        "users": {"name": draw.word(), "email": f"{draw.word()}-{own}@example.com", **draw.dated()},
        "workspace_members": draw.dated(),
        "publishers": {"name": f"{draw.word()}-{own}", "created_at": draw.moment()},
        "api_keys": {"name": draw.word(), "expires_at": draw.maybe(_START + timedelta(days=36500)), **draw.dated()},
        "integrations": {
            **named, **drafts(draw), "slug": f"{draw.word()}-{own}", "trust_tier": draw.of(*TRUST),
            "icon_url": draw.maybe("https://example.com/a.png"), **draw.dated(),
        },
        "integration_reviews": {"reason": draw.maybe(draw.word()), "created_at": draw.moment()},
        "integration_versions": {
            "manifest_snapshot": draw.document(), "changelog": draw.maybe(draw.word()), "published_at": draw.instant(),
        },
        "version_yanks": {"reason": draw.word(), "yanked_at": draw.moment()},
        "version_members": {**named, "entity_slug": f"{draw.word()}-{own}"},
        "auth_states": {"name": draw.word(), "type": draw.of("api_key", "oauth2"), **draw.dated()},
        "solutions": {**named, **draw.dated()},
        "variable_states": {
            "given": b"{}", "filled": json.dumps({"word": draw.word()}).encode(), "created_at": _START,
        },
        "installs": {
            "member_policy": draw.of("auto_all", "auto_defaults", "manual"), "installed_at": draw.instant(),
        },
        "entities": {**named, **draw.dated()},
        "entity_versions": {"definition": draw.document(), "created_at": draw.moment()},
        "install_members": {"enabled": draw.of(True, False), "added_at": draw.moment()},
        "operations": {"reason": draw.maybe(draw.word()), "created_at": draw.moment()},
        "permissions": draw.dated(),
        "events": {"type": draw.of("integration.created", "entity.created"), "created_at": draw.moment()},
        "platform_events": {"type": draw.of("user.created", "user.updated"), "created_at": draw.moment()},
    }  # fmt: skip
    return made.get(table, {})


def drafts(draw: Draw) -> Row:
    """What only editors of an integration read."""
    return {"manifest": draw.document(), "variables_schema": draw.document(), "auth_config": draw.document()}


class Builder:
    """Adds rows to `rows`, each with what it rests on."""

    def __init__(self, rows: Rows, seed: str) -> None:
        self.rows = rows
        self.draw = Draw(seed)
        self.tokens: dict[str, str] = {}

    def add(self, table: str, row: Row) -> str:
        row = {"id": self.draw.id(), **row}
        self.rows[table][row["id"]] = {**row, **loose(table, row, self.draw)}
        return row["id"]

    def number(self, table: str, row: Row) -> int:
        """`add`, where ids are numbers."""
        made = 1 + max(self.rows[table], default=0)
        self.add(table, {"id": made, **row})
        return made

    def some(self, table: str, **columns: Any) -> str:
        """The id of any row with these values."""
        found = [row["id"] for row in self.rows[table].values() if columns.items() <= row.items()]
        return self.draw.choice.choice(found)

    def workspace(self, **columns: Any) -> str:
        workspace = self.add("workspaces", {"created_by": None, "deleted_at": None, **columns})
        for _ in range(2):
            self.add("publishers", {"workspace_id": workspace, "created_by": None})
        return workspace

    def user(self) -> str:
        return self.add("users", {"created_by": None, "deleted_at": None, "platform_admin": False})

    def member(self, workspace: str, user: str, tier: str, *, deleted: bool = False) -> None:
        self.add(
            "workspace_members",
            {
                "workspace_id": workspace, "user_id": user, "tier": tier, "created_by": self.draw.maybe(user),
                "deleted_at": self.draw.moment() if deleted else None,
            },
        )  # fmt: skip

    def key(self, kind: Any, user: str, workspace: str | None = None, tier: str | None = None) -> str:
        token = new_token(kind)
        key = self.add(
            "api_keys",
            {
                "kind": kind, "workspace_id": workspace, "user_id": user, "tier": tier, "created_by": user,
                "hash": token_hash(derive(SECRET).tokens, token), "hint": f"{kind}…", "last_used_at": None,
                "deleted_at": None,
            },
        )  # fmt: skip
        self.tokens[key] = token
        return key

    def entity(self, workspace: str, *, deleted: bool = False, **columns: Any) -> str:
        """An entity, of several versions where its workspace wrote it."""
        row: Row = {
            "workspace_id": workspace, "origin_install_id": None, "base_id": None, "kind": self.draw.of(*KINDS),
            "created_by": None, "version_id": self.draw.id(), "definition": self.draw.document(), "refs": [],
            **self.deleted(deleted), **columns,
        }  # fmt: skip
        row.setdefault("id", self.draw.id())
        row["slug"] = f"{self.draw.word()}-{row['id'][:8]}"
        self.add("entities", row)
        if row["definition"] is not None:
            for version in (row["version_id"], self.draw.id()):
                self.entity_version(row, version)
        return row["id"]

    def entity_version(self, entity: Row, version: str) -> None:
        self.add(
            "entity_versions",
            {
                "id": version, "workspace_id": entity["workspace_id"], "entity_id": entity["id"], "refs": [],
                "base_id": entity["base_id"], "created_by": self.draw.maybe(self.some("users")),
            },
        )  # fmt: skip

    def integration(self, workspace: str, visibility: str, state: str = "alive", versions: int = 2) -> str:
        """An integration that is alive, deleted or purged, with so many versions, published under any name."""
        integration = self.add(
            "integrations",
            {
                "workspace_id": workspace, "publisher": self.rows["publishers"][self.some("publishers")]["name"],
                "visibility": visibility, "current_version_id": None, "current_version": None,
                "current_precedence": None,
                "created_by": self.draw.maybe(self.some("users")),
                "purged_at": self.draw.moment() if state == "purged" else None, **self.deleted(state != "alive"),
            },
        )  # fmt: skip
        row = self.rows["integrations"][integration]
        for number in range(versions):
            row["current_version"] = f"{number + 1}.0.0"
            row["current_precedence"] = sort_key(row["current_version"])
            row["current_version_id"] = self.version(integration, row["current_version"])
        if visibility == "public":
            self.add(
                "integration_reviews",
                {
                    "integration_id": integration, "state": self.draw.of("approved", "rejected", "pending"),
                    "requested_by": row["created_by"], "reviewed_by": None, "reviewed_at": self.draw.moment(),
                },
            )  # fmt: skip
        return integration

    def version(self, integration: str, number: str) -> str:
        """A version of two members: one that is cloned, one that is referred to."""
        workspace = self.rows["integrations"][integration]["workspace_id"]
        version = self.add(
            "integration_versions",
            {
                "integration_id": integration, "version": number, "variables_schema_snapshot": b"{}",
                "auth_config_snapshot": b"{}", "member_entity_versions": b"{}", "dependencies": b"[]",
                "permissions": [], "allow_multiple_installs": True, "published_by": None,
                "precedence": sort_key(number),
            },
        )  # fmt: skip
        if self.draw.of(True, False):
            self.add("version_yanks", {"id": version, "integration_id": integration, "yanked_by": None})
        sources = [row for row in self.rows["entities"].values() if row["workspace_id"] == workspace]
        for slug, source in zip(("cloned", "shown"), self.draw.choice.sample(sources, 2), strict=True):
            self.number(
                "version_members",
                {
                    "version_id": version, "slug": slug, "kind": source["kind"], "role": "member",
                    "template_id": self.some("templates"), "source_entity_id": source["id"],
                    "source_workspace_id": workspace, "source_version_id": self.draw.id(), "required": True,
                    "default_enabled": True, "fork_on_install": slug == "cloned", "depends_on": [],
                },
            )  # fmt: skip
        return version

    def install(self, workspace: str, integration: str, *, deleted: bool = False, parent: str | None = None) -> str:
        """An install of any version, with its members, its clone and the solution that groups it."""
        version = self.some("integration_versions", integration_id=integration)
        gone = self.deleted(deleted)
        solution = self.add("solutions", {"workspace_id": workspace, "created_by": None, **gone})
        install_id = self.draw.id()
        variables = self.add("variable_states", {"id": install_id, "workspace_id": workspace, "install_id": install_id})
        install = self.add(
            "installs",
            {
                "id": install_id, "variables_id": variables,
                "workspace_id": workspace, "integration_id": integration, "version_id": version, **gone,
                "auth_state_id": self.draw.maybe(self.some("auth_states", workspace_id=workspace)),
                "parent_install_id": parent, "solution_id": solution, "allow_multiple": True,
                "installed_by": self.draw.maybe(self.some("users")), "last_upgraded_at": self.draw.maybe(_START),
                "updated_at": self.draw.moment(),
            },
        )  # fmt: skip
        for member in [row for row in self.rows["version_members"].values() if row["version_id"] == version]:
            row = {
                "id": self.draw.id(), "workspace_id": workspace, "install_id": install, "slug": member["slug"], **gone,
                "base_id": None if member["fork_on_install"] else member["id"], "added_by": None, "detached_by": None,
            }  # fmt: skip
            if member["fork_on_install"]:
                row["detached_by"] = self.draw.of(None, "edit")
                edited = {} if row["detached_by"] else {"definition": None, "refs": None}
                origin = {"origin_install_id": install, "base_id": member["id"], "kind": member["kind"]}
                self.entity(workspace, deleted=deleted, id=row["id"], **origin, **edited)
            self.add("install_members", row)
        operation = None
        for kind in ("install", "upgrade", "undo"):
            operation = self.add(
                "operations",
                {
                    "workspace_id": workspace, "install_id": install, "kind": kind, "from_version_id": None,
                    "to_version_id": version, "before": b"{}", "created_by": self.draw.maybe(self.some("users")),
                    "undoes": operation if kind == "undo" else None,
                },
            )  # fmt: skip
        return install

    def grant(self, table: str, object_id: str, subject: str | None, tier: str, *, revoked: bool = False) -> None:
        """A permission on an integration or an entity."""
        row = self.rows[table][object_id]
        kind = None if subject is None else "user" if subject in self.rows["users"] else "workspace"
        self.add(
            "permissions",
            {
                "object_kind": row.get("kind", "integration"), "object_id": object_id, "subject_kind": kind,
                "object_workspace_id": row["workspace_id"], "subject_id": subject, "tier": tier, "created_by": None,
                "deleted_at": self.draw.moment() if revoked else None,
            },
        )  # fmt: skip

    def stock(self, workspace: str, *, hidden: bool = False) -> None:
        """What a workspace has before anybody installs anything; `hidden`: nothing that all may see."""
        for _ in range(3):
            self.number("templates", {"digest": self.draw.choice.randbytes(32), "body": b'{"text":"${variables.word}"}',
                                      "refs": [], "variables": ["word"]})  # fmt: skip
            self.add("auth_states", {"workspace_id": workspace, "hint": "…", "credentials": b"", "created_by": None,
                                     **self.deleted(self.draw.of(True, False))})  # fmt: skip
        for tier in ("viewer", "admin"):
            user = self.user()
            self.member(workspace, user, tier)
            self.key("secret", user, workspace, tier)
            self.key("session", user)
            gone = self.user()
            self.member(workspace, gone, tier, deleted=True)
        for deleted in (False, False, False, False, True):
            self.entity(workspace, deleted=deleted)
        for visibility in ("private", "unlisted", "public"):
            if not (hidden and visibility == "public"):
                self.integration(workspace, visibility)
            self.integration(workspace, visibility, "deleted")
        self.integration(workspace, "private", versions=0)
        self.integration(workspace, "private", "purged")
        self.add("platform_events", {"subject_prefix": "usr", "subject_id": self.some("users"), "data": b"{}",
                                     "actor_id": self.draw.maybe(self.some("users"))})  # fmt: skip
        # of the last three only admins read
        subjects = {"int": "integrations", "fun": "entities",
                    "ats": "auth_states", "apikey": "api_keys", "wspmem": "workspace_members"}  # fmt: skip
        for prefix, table in subjects.items():
            for _ in range(3):
                self.add("events", {"workspace_id": workspace, "subject_prefix": prefix, "data": b"{}",
                                    "subject_id": self.some(table, workspace_id=workspace),
                                    "actor_id": self.draw.maybe(self.some("users"))})  # fmt: skip

    def deleted(self, deleted: bool) -> Row:
        return {
            "deleted_at": self.draw.moment() if deleted else None,
            "retention_tier": self.draw.of(*RETENTION) if deleted else None,
        }


def empty() -> Rows:
    return {table: {} for table in TABLES}


async def insert(dsn: str, rows: Rows) -> None:
    """Write all rows as the owner of the tables, those of one table in the order of their ids, parents first."""
    connection = await asyncpg.connect(dsn)
    try:
        await set_codecs(connection)
        for table in TABLES:
            for names, values in _batches(rows[table]).items():
                places = ", ".join(f"${number}" for number in range(1, len(names) + 1))
                await connection.executemany(f"insert into {table} ({', '.join(names)}) values ({places})", values)
        await connection.execute("analyze")
    finally:
        await connection.close()


def _batches(rows: dict[Any, Row]) -> dict[tuple[str, ...], list[list[Any]]]:
    """The rows by the columns that they have, children after all others."""
    found: dict[tuple[str, ...], list[list[Any]]] = {}
    for row in sorted(rows.values(), key=lambda row: (row.get("parent_install_id") is not None, row["id"])):
        found.setdefault(tuple(row), []).append(list(row.values()))
    return found

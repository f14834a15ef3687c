"""What one tenant's worst clients do to a server, each kind by a key of its own: prepared here, sent by `bench.offender`."""

import gzip
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import servers
from bench.calls import Caller
from bench.database import connected
from bench.marketplace import make_key, make_session, make_workspaces
from bench.offender import Offence, Sent
from bench.packages import Package, import_path, make_entities
from graft import ids
from graft.ids import Id

_LISTS = 16
_BODIES = 8
_IMPORTS = 16
_UNREAD_PAGES = 8
_UNREAD_OTHERS = 100
_PIPELINED = 40
_PATCHES = 16
_UPGRADES = 14
# As large as the bounds of bodies allow, or nearly.
_DRAFT_BYTES = 8_100_000
_INSTALL_BYTES = 1_000_000
_ENTITY_BYTES = 370_000
_YAML_BYTES = 4_000_000
_LARGE_DRAFTS = 40

# An offence of as many tenants as there are workspaces, and no longer of one.
BY_MANY = "upgrades by 14 keys"

# Copies of the draft, each under its own slug.
_COPY = """
insert into integrations
select c.* from integrations t, generate_series(1, $2::int) g,
  jsonb_populate_record(t, jsonb_build_object('id', uuidv7(), 'slug', t.slug || g)) c
where t.id = $1
"""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it happens: the server, a superuser's connection to its database, somebody else's package; and how heavy the
    heavy ones are: 1 in a full run. `folder`: where bodies are kept."""

    port: int
    dsn: str
    connection: Any
    package: Package
    folder: Path
    weight: float


class Offender:
    """The tenant: one workspace with any number of keys."""

    def __init__(self, ground: Ground, workspace_id: Id) -> None:
        self._ground = ground
        self._workspace_id = workspace_id
        self.locked: Id | None = None

    async def _caller(self, tier: str = "editor") -> Caller:
        token = await make_key(self._ground.connection, self._workspace_id, servers.secrets().tokens, tier)
        return Caller(self._ground.port, token, self._workspace_id)

    async def offences(self) -> list[Offence]:
        """All of them. The first use of what they need is behind them then."""
        return [
            await self._slow_lists(),
            await self._large_bodies(),
            await self._imports(),
            *await self._unread(),
            await self._behind_a_lock(),
            *await self._upgrades(),
        ]

    async def _slow_lists(self) -> Offence:
        """Lists of everybody's integrations for which no index helps, and whose totals were never asked for."""
        caller = await self._caller("viewer")
        keys = ("currentVersion", "trustTier", "name", "updatedAt", "publisher")
        order = [{key: "desc" if number % 2 else "asc"} for number, key in enumerate(keys)]
        asked: list[dict[str, Any]] = [{"orderBy": order}]
        for number in range(200):
            other = {"versions": {"none": {"version": {"ne": f"0.0.{number}"}}}}
            described = {"OR": [{"description": {"contains": f"{number} {part}"}} for part in range(60)]}
            asked += [{"filter": other, "orderBy": order}, {"filter": described}]
        paths = [
            f"/api/integrations?{urlencode({name: json.dumps(value) for name, value in each.items()})}"
            for each in asked
        ]
        return Offence("slow lists", _LISTS, [_sent(caller, "GET", path) for path in paths])

    async def _large_bodies(self) -> Offence:
        """Bodies that are nothing but values: a viewer's, who may not even make what they speak of, and an editor's."""
        viewer, editor = await self._caller("viewer"), await self._caller()
        draft = self._body("draft", b'{"manifest":{"x-a":[', b"[]", _DRAFT_BYTES, b"]}}")
        install = self._body("install", b'{"workspaceId":"x","acceptPermissions":[', b"1", _INSTALL_BYTES, b"]}")
        head = f'{{"workspaceId":"{editor.workspace}","kind":"schema","slug":"r","name":"n","definition":{{"'.encode()
        key = b"k" * (_ENTITY_BYTES // 2) + b'":['
        reference = f'"fun_{ids.new_id()}"'.encode()
        entity = self._body("entity", head + key, reference, _ENTITY_BYTES // 2, b"]}}")
        requests = [
            _sent(viewer, "POST", "/api/integrations", draft),
            _sent(viewer, "POST", self._ground.package.path, install),
            _sent(editor, "POST", "/api/entities", entity),
            _sent(editor, "POST", "/api/integrations", draft),
        ]
        return Offence("large bodies", _BODIES, requests)

    async def _imports(self) -> Offence:
        """Uploads of some kilobytes that are megabytes of YAML."""
        caller = await self._caller()
        head = b'openapi: 3.0.0\ninfo: {title: t, version: "1"}\npaths: {}\nx-a:\n'
        line = b"- a\n"
        path = self._ground.folder / "document"
        path.write_bytes(gzip.compress(head + line * self._share(_YAML_BYTES // len(line))))
        return Offence("imports", _IMPORTS, [_sent(caller, "POST", import_path(caller.workspace, "worst"), path)])

    async def _unread(self) -> list[Offence]:
        """Pages of the largest drafts, and a public document again and again, of which nobody reads a byte."""
        caller = await self._caller()
        made = await make_entities(
            self._ground.connection, self._workspace_id, "member-" + "m" * 80, self._share(10_000)
        )
        members = [{"slug": slug, "entityId": f"fun_{entity}", "kind": "function"} for entity, slug in made]
        body = {"workspaceId": caller.workspace, "slug": "large", "name": "Large", "manifest": {"members": members}}
        draft = caller.call("POST", "/api/integrations", body).json["id"]
        await self._ground.connection.execute(_COPY, draft.removeprefix("int_"), self._share(_LARGE_DRAFTS))
        page = f"/api/integrations?workspace_id={caller.workspace}&limit={_LARGE_DRAFTS}"
        public = Sent(_head("GET", "/openapi.json", {}))
        return [
            Offence("unread pages", _UNREAD_PAGES, [_sent(caller, "GET", page, closing=False)], unread=True),
            Offence("unread documents", _UNREAD_OTHERS, [public], unread=True, pipelined=_PIPELINED),
        ]

    async def _behind_a_lock(self) -> Offence:
        """Changes of one draft, whose row somebody holds (`holding`)."""
        caller = await self._caller()
        body = {"workspaceId": caller.workspace, "slug": "locked", "name": "Locked"}
        draft = caller.call("POST", "/api/integrations", body).json["id"]
        self.locked = Id(draft.removeprefix("int_"))
        change = self._ground.folder / "change"
        change.write_bytes(b'{"name":"Changed"}')
        return Offence("behind a lock", _PATCHES, [_sent(caller, "PATCH", f"/api/integrations/{draft}", change)])

    async def _upgrades(self) -> list[Offence]:
        """Upgrades of what the neighbour is the author of, in many workspaces: by one session, and by a key of each."""
        ground, keys = self._ground, servers.secrets().tokens
        made = await make_workspaces(ground.connection, keys, "offender-too-", _UPGRADES)
        session = await make_session(ground.connection, [workspace_id for workspace_id, _ in made], keys)
        callers = [Caller(ground.port, token, workspace_id) for workspace_id, token in made]
        paths = [
            f"/api/integration-installs/{ground.package.install(caller, 0).json['id']}/upgrade" for caller in callers
        ]
        by_session = [_sent(Caller(ground.port, session, self._workspace_id), "POST", path) for path in paths]
        by_keys = [_sent(caller, "POST", path) for caller, path in zip(callers, paths, strict=True)]
        return [Offence("upgrades", _UPGRADES, by_session), Offence(BY_MANY, _UPGRADES, by_keys)]

    def _body(self, name: str, head: bytes, value: bytes, size: int, tail: bytes) -> Path:
        """A file of a body that repeats a value until it has about so many bytes."""
        path = self._ground.folder / name
        path.write_bytes(head + b",".join([value] * self._share(size // (len(value) + 1))) + tail)
        return path

    def _share(self, number: int) -> int:
        return max(1, round(number * self._ground.weight))

    @asynccontextmanager
    async def holding(self) -> AsyncGenerator[None]:
        """Inside, a session of the database holds the row that the changes of one draft wait for."""
        async with connected(self._ground.dsn) as connection, connection.transaction():
            await connection.execute("select 1 from integrations where id = $1 for update", self.locked)
            yield


async def make_offender(ground: Ground) -> Offender:
    made = await make_workspaces(ground.connection, servers.secrets().tokens, "offender-", 1)
    return Offender(ground, made[0][0])


def _sent(caller: Caller, method: str, path: str, body: Path | None = None, *, closing: bool = True) -> Sent:
    headers = {"Authorization": f"Bearer {caller.token}"}
    if body is not None:
        headers |= {"Content-Type": "application/json", "Content-Length": str(body.stat().st_size)}
    if closing:
        headers["Connection"] = "close"
    return Sent(_head(method, path, headers), str(body or ""))


def _head(method: str, path: str, headers: dict[str, str]) -> str:
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Host": servers.HOST, **headers}.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n"

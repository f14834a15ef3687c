"""The two worlds: one, and another that differs in rows alone that a group of callers may not see.

Who sees what is written down here a second time, over plain rows and for a group of callers at once.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.api_lists.worlds_rows import Builder, Row, Rows, drafts, empty, loose

CALLERS = ("session", "admin", "editor", "viewer", "publishable", "looker", "nobody")
BELOW = ("viewer", "publishable", "looker", "nobody")


@dataclass(frozen=True)
class Audience:
    """Callers: their workspaces by the tier that the best of them has there, their users and their own keys.

    browsers: whether they are publishable keys, whom no grant opens anything, not even one to everybody
    """

    workspaces: frozenset[str]
    editors: frozenset[str]
    admins: frozenset[str]
    users: frozenset[str]
    keys: frozenset[str]
    browsers: bool = False


@dataclass(frozen=True)
class Cast:
    """Names of the workspaces and users that callers are, by role; `tokens` by caller."""

    home: str
    second: str
    others: tuple[str, str]
    keys: dict[str, str]
    users: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict[str, str])

    def browsers(self) -> Audience:
        """The publishable key, which is nobody."""
        nobody = frozenset[str]()
        return Audience(nobody, nobody, nobody, nobody, frozenset({self.keys["publishable"]}), browsers=True)

    def audience(self, *, below: bool) -> Audience:
        """All callers; or those `below`: in one workspace, as viewers."""
        names = BELOW if below else CALLERS
        return Audience(
            frozenset({self.home} if below else {self.home, self.second}),
            frozenset(() if below else {self.home, self.second}),
            frozenset(() if below else {self.home}),
            frozenset(self.users[name] for name in names if name in self.users),
            frozenset(self.keys[name] for name in names),
        )


def plain_world() -> tuple[Rows, Cast]:
    """The rows of the first world, and who calls."""
    rows = empty()
    build = Builder(rows, "plain")
    home, second, *others = [build.workspace() for _ in range(4)]
    build.workspace(deleted_at=build.draw.moment(), created_by=None)
    for workspace in (home, second, *others):
        build.stock(workspace)
    users = {name: build.user() for name in ("session", "looker", "nobody")}
    build.member(home, users["session"], "admin")
    build.member(second, users["session"], "editor")
    build.member(home, users["looker"], "viewer")
    # roles that no longer count, and a workspace that only its admin may restore
    build.member(others[0], users["session"], "admin", deleted=True)
    for tier in ("admin", "viewer"):
        closed = build.workspace(deleted_at=build.draw.moment())
        build.stock(closed)
        build.member(closed, users["session"], tier)
    keys = {name: build.key("session", user) for name, user in users.items()}
    clerk = build.some("workspace_members", workspace_id=home, deleted_at=None)
    clerk = rows["workspace_members"][clerk]["user_id"]
    for tier in ("admin", "editor", "viewer"):
        keys[tier] = build.key("secret", clerk, home, tier)
    keys["publishable"] = build.key("publishable", clerk, home, "viewer")
    cast = Cast(home, second, (others[0], others[1]), keys, users)
    _dealings(build, cast)
    cast.tokens.update({name: build.tokens[key] for name, key in keys.items()})
    return rows, cast


def _dealings(build: Builder, cast: Cast) -> None:
    """What passes between workspaces: grants, and installs of each other's."""
    user, guest = cast.users["session"], cast.users["nobody"]
    subjects = [(cast.home, "viewer"), (cast.second, "editor"), (user, "editor"), (user, "admin"), (guest, "viewer")]
    for owner in cast.others:
        for subject, tier in (*subjects, (None, "viewer")):
            build.grant("integrations", build.integration(owner, "private"), subject, tier)
            build.grant("entities", build.entity(owner), subject, tier)
        build.grant("integrations", build.integration(owner, "private"), cast.home, "admin", revoked=True)
        build.grant("entities", build.entity(owner), cast.home, "admin", revoked=True)
        for workspace in (cast.home, cast.second):
            for deleted in (False, False, False, True, True, True):
                build.install(workspace, build.integration(owner, "private"), deleted=deleted)
            build.install(workspace, build.integration(owner, "public", "deleted"))
            build.install(workspace, build.some("integrations", workspace_id=owner, visibility="public"))
            parent = build.install(workspace, build.integration(owner, "unlisted"))
            build.install(workspace, build.some("integrations", visibility="unlisted"), parent=parent)
    strangers(build, cast, (*cast.others, cast.second))
    strangers(build, cast, (cast.home,))


def strangers(build: Builder, cast: Cast, workspaces: tuple[str, ...]) -> None:
    """What these workspaces do among themselves, and with the public and the own ones of the callers."""
    for workspace in workspaces:
        for owner in (cast.home, cast.second, workspace):
            for deleted in (False, False, False, True):
                made = build.some("integrations", workspace_id=owner, visibility="private", current_version="2.0.0")
                parent = build.install(workspace, made, deleted=deleted)
                build.install(workspace, build.some("integrations", visibility="public"), parent=parent)
        for other in (*cast.others, *cast.users.values()):
            build.grant("entities", build.entity(workspace), other, "viewer", revoked=True)
            made = build.some("integrations", workspace_id=workspace, purged_at=None, visibility="private")
            build.grant("integrations", made, other, "admin", revoked=True)
        build.member(workspace, cast.users["session"], "admin", deleted=True)
        build.grant("integrations", build.integration(workspace, "private"), build.user(), "editor")
        build.grant("entities", build.entity(workspace), build.workspace(), "admin")


AccessedIntegration = Callable[[Row], bool]


def seen_by(rows: Rows, audience: Audience) -> dict[str, AccessedIntegration]:
    """For each table, whether somebody of the audience may see a row, in a list or by its id."""
    own = audience.workspaces
    subjects = audience.users | own
    alive = [row for row in rows["permissions"].values() if row["deleted_at"] is None]
    everybody = {row["object_id"] for row in alive if row["subject_id"] is None and not audience.browsers}
    granted = everybody | {row["object_id"] for row in alive if row["subject_id"] in subjects}
    rulers = audience.users | audience.admins
    ruled = {row["object_id"] for row in alive if row["subject_id"] in rulers and row["tier"] == "admin"}
    held = [row for row in rows["installs"].values() if row["workspace_id"] in own and row["deleted_at"] is None]
    integrations, versions = {row["integration_id"] for row in held}, {row["version_id"] for row in held}
    roles = [row for row in rows["workspace_members"].values() if row["deleted_at"] is None]
    led = {row["workspace_id"] for row in roles if row["user_id"] in audience.users and row["tier"] == "admin"}
    users = audience.users | {row["user_id"] for row in roles if row["workspace_id"] in own}
    based = {row["base_id"] for table in ("entities", "entity_versions", "install_members")
             for row in rows[table].values() if row["workspace_id"] in own}  # fmt: skip

    def open_to(integration: Row) -> bool:
        return integration["visibility"] != "private" or integration["id"] in granted

    def integration(row: Row) -> bool:
        return row["purged_at"] is None and (
            row["workspace_id"] in own or (row["deleted_at"] is None and (open_to(row) or row["id"] in integrations))
        )

    def version(row: Row) -> bool:
        # one that an own install holds shows its date by its members, also when its integration is gone
        of = rows["integrations"][row["integration_id"]]
        return row["id"] in versions or (integration(of) and (of["workspace_id"] in own or open_to(of)))

    def entity(row: Row) -> bool:
        return row["workspace_id"] in own or (row["deleted_at"] is None and row["id"] in granted)

    def mine(row: Row) -> bool:
        return row["workspace_id"] in own

    return {
        "workspaces": lambda row: row["id"] in (own if row["deleted_at"] is None else led),
        "users": lambda row: row["id"] in users,
        "api_keys": lambda row: (
            row["id"] in audience.keys
            or row["workspace_id"] in audience.admins
            or (row["kind"] == "session" and row["user_id"] in audience.users)
        ),
        "integrations": integration,
        "integration_reviews": lambda row: mine(rows["integrations"][row["integration_id"]]),
        "integration_versions": version,
        "version_yanks": lambda row: version(rows["integration_versions"][row["id"]]),
        "templates": lambda _row: True,
        "version_members": lambda row: row["id"] in based or version(rows["integration_versions"][row["version_id"]]),
        "entities": entity,
        "entity_versions": lambda row: entity(rows["entities"][row["entity_id"]]),
        # a grant to everybody is in nobody's list, and opens what it names
        "permissions": lambda row: (
            row["object_workspace_id"] in audience.admins
            or row["object_id"] in ruled
            or (row["deleted_at"] is None and (row["object_id"] in everybody and row["subject_id"] is None))
            or (row["deleted_at"] is None and row["subject_id"] in subjects)
        ),
        # a role in a deleted workspace is in no list, and lets its admin find the workspace
        "workspace_members": lambda row: mine(row) or (row["deleted_at"] is None and row["user_id"] in audience.users),
        # who may see what it happened to: of keys, members and auth states that is an admin
        "events": lambda row: (
            mine(row)
            and (row["subject_prefix"] not in {"apikey", "wspmem", "ats"} or row["workspace_id"] in audience.admins)
        ),
        "platform_events": lambda _row: False,
        **dict.fromkeys(("publishers", "auth_states", "solutions", "installs", "install_members", "operations"), mine),
    }


def other_world(rows: Rows, cast: Cast, audience: Audience, seed: str) -> Rows:
    """`rows`, in which what the audience does not see has another content, or is deleted, and there is more of it."""
    other = copy.deepcopy(rows)
    build = Builder(other, seed)
    _change(rows, build, audience)
    _add(rows, build, cast, audience)
    _forget_seen(rows, other, audience)
    _check(rows, other, audience)
    return other


def _change(rows: Rows, build: Builder, audience: Audience) -> None:
    other, draw = build.rows, build.draw
    for table, seen in seen_by(rows, audience).items():
        for row in other[table].values():
            if not seen(rows[table][row["id"]]):
                row.update(loose(table, row, draw))
                if row.get("deleted_at", "never") is None and table != "workspaces" and draw.of(True, False):
                    row.update({name: value for name, value in build.deleted(True).items() if name in row})
    for row in other["integrations"].values():
        if row["workspace_id"] not in audience.editors and not _drafted(other, audience, row["id"]):
            row.update(drafts(draw))


def _add(rows: Rows, build: Builder, cast: Cast, audience: Audience) -> None:
    closed = [row["id"] for row in rows["workspaces"].values() if row["deleted_at"] is not None]
    for workspace in (build.workspace(), *cast.others, *closed):
        build.stock(workspace, hidden=True)
    strangers(build, cast, (*cast.others, *({cast.second} - audience.workspaces)))
    if cast.home not in audience.admins:
        _behind_the_counter(build, cast)
    # Beside the version of an integration that an install shows, and the one of an entity that a reference does.
    for row in rows["integrations"].values():
        if row["visibility"] == "private" and row["current_version"] and row["workspace_id"] not in audience.workspaces:
            for number in ("8.0.0", "9.0.0", "9.1.0"):
                build.version(row["id"], number)
    for row in list(build.rows["entities"].values()):
        if row["workspace_id"] not in audience.workspaces:
            for _ in range(3):
                build.entity_version(row, build.draw.id())


def _drafted(rows: Rows, audience: Audience, integration: str) -> bool:
    """Whether a grant makes somebody of the audience an editor."""
    return any(
        row["object_id"] == integration and row["tier"] != "viewer" and row["deleted_at"] is None
        and row["subject_id"] in audience.users | audience.editors
        for row in rows["permissions"].values()
    )  # fmt: skip


def only_by_id(rows: Rows, other: Rows) -> set[str]:
    """Integrations of the other world alone that whoever knows their id may read: they stand in no list."""
    new = [row for key, row in other["integrations"].items() if key not in rows["integrations"]]
    return {row["id"] for row in new if row["visibility"] == "unlisted" and row["deleted_at"] is None}


def _forget_seen(rows: Rows, other: Rows, audience: Audience) -> None:
    """Take out what came to be seen: versions of what grants open, grants on what it makes one administer."""
    seen, by_id = seen_by(other, audience), only_by_id(rows, other)
    for table in ("integration_versions", "permissions", "entity_versions"):
        for row in [row for key, row in other[table].items() if key not in rows[table]]:
            if seen[table](row) and row.get("integration_id") not in by_id:
                del other[table][row["id"]]
    for table, column in (("version_members", "version_id"), ("version_yanks", "id")):
        for row in [row for row in other[table].values() if row[column] not in other["integration_versions"]]:
            del other[table][row["id"]]


def _behind_the_counter(build: Builder, cast: Cast) -> None:
    """What admins alone see of the callers' own workspace: its keys, and its grants to others."""
    clerk = build.some("workspace_members", workspace_id=cast.home)
    clerk = build.rows["workspace_members"][clerk]["user_id"]
    for tier in ("viewer", "admin"):
        build.key("secret", clerk, cast.home, tier)
    for table in ("integrations", "entities"):
        for owned in [row["id"] for row in build.rows[table].values() if row["workspace_id"] == cast.home]:
            for subject in cast.others:
                build.grant(table, owned, subject, "editor", revoked=build.draw.of(True, False))


def _check(rows: Rows, other: Rows, audience: Audience) -> None:
    """The worlds differ in nothing that is seen, drafts aside, and in every table."""
    here, there = seen_by(rows, audience), seen_by(other, audience)
    drafts_of = set(drafts(Builder(empty(), "").draw))
    by_id = only_by_id(rows, other)

    def integration_of(found: Rows, row: Row) -> str:
        version = found["integration_versions"].get(row.get("version_id", ""), row)
        return version.get("integration_id", row["id"])

    def visible(found: Rows, sees: dict[str, AccessedIntegration], table: str) -> dict[str, Row]:
        left_out = drafts_of if table == "integrations" else set[str]()
        return {
            row["id"]: {name: value for name, value in row.items() if name not in left_out}
            for row in found[table].values()
            if sees[table](row) and integration_of(found, row) not in by_id
        }

    for table in here:
        if table != "templates":
            assert visible(rows, here, table) == visible(other, there, table), table
            assert rows[table] != other[table], table

"""Each table: where its rows are if data is spread over several servers, and which packages write and read them."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """Where a table's rows are on a cluster of several servers.

    REFERENCE: a full copy on every node; read everywhere, written seldom.
    TENANT: distributed by `workspace_id`; the rows of one workspace stay together.
    LOCAL: on one node only.
    """

    REFERENCE = "reference"
    TENANT = "tenant"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Table:
    """`owner` is the package that writes the table, and reads it; `readers` are the other packages that read it.

    The lists of any package may also read the tables that their relations lead to.
    """

    name: str
    kind: Kind
    owner: str
    readers: frozenset[str] = frozenset()


def _table(name: str, kind: Kind, owner: str, readers: str = "") -> Table:
    return Table(name, kind, owner, frozenset(readers.split()))


# Within a kind, a table stands behind those that its foreign keys lead to. The few writers beside the owner are listed,
# with their reasons, in tests/statements/owners.py.
TABLES = (
    _table(
        "workspaces", Kind.REFERENCE, "workspaces", "auth entities installs integrations permissions plans upgrades"
    ),
    _table("users", Kind.REFERENCE, "workspaces", "auth permissions"),
    _table("workspace_members", Kind.REFERENCE, "workspaces", "auth"),
    _table("publishers", Kind.REFERENCE, "workspaces", "integrations"),
    _table("api_keys", Kind.REFERENCE, "workspaces", "auth"),
    _table("platform_events", Kind.REFERENCE, "events"),
    _table("permissions", Kind.REFERENCE, "permissions", "entities integrations versions workspaces"),
    _table("integrations", Kind.REFERENCE, "integrations", "entities imports installs versions workspaces"),
    _table("integration_reviews", Kind.REFERENCE, "integrations"),
    _table("integration_versions", Kind.REFERENCE, "versions", "entities installs integrations"),
    _table("version_yanks", Kind.REFERENCE, "versions"),
    _table("burnt_versions", Kind.REFERENCE, "versions"),
    _table("templates", Kind.REFERENCE, "versions", "definitions entities installs"),
    _table("version_members", Kind.REFERENCE, "versions", "definitions entities installs kinds operations"),
    _table("workspace_locks", Kind.TENANT, "workspaces"),
    _table("auth_states", Kind.TENANT, "workspaces", "installs"),
    _table("solutions", Kind.TENANT, "installs"),
    _table("variable_states", Kind.TENANT, "installs", "definitions entities history versions"),
    _table(
        "installs",
        Kind.TENANT,
        "installs",
        "definitions entities integrations operations upgrades versions workspaces",
    ),
    _table("entities", Kind.TENANT, "entities", "definitions imports installs kinds operations upgrades versions"),
    _table("entity_versions", Kind.TENANT, "definitions", "entities history installs upgrades"),
    _table("install_members", Kind.TENANT, "installs", "definitions entities history operations versions"),
    _table("operations", Kind.TENANT, "operations", "history"),
    _table("upgrade_plans", Kind.TENANT, "plans"),
    _table("events", Kind.TENANT, "events"),
    _table("graft_migrations", Kind.LOCAL, "db", "cli"),
    _table("kinds", Kind.LOCAL, "kinds"),
    _table("secret_check", Kind.LOCAL, "auth", "cli"),
    _table("changes", Kind.LOCAL, "db", "cli"),
    _table("changes_horizon", Kind.LOCAL, "db"),
)

REFERENCE = tuple([table.name for table in TABLES if table.kind is Kind.REFERENCE])
TENANT = tuple([table.name for table in TABLES if table.kind is Kind.TENANT])
LOCAL = tuple([table.name for table in TABLES if table.kind is Kind.LOCAL])

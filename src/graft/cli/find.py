"""The ids of what people name: by an id, by a slug, by `publisher/slug`."""

from typing import Any

from graft import ids, jsontext
from graft.cli.client import Client
from graft.cli.failure import Code, Failure


def find_id(client: Client, prefix: str, plural: str, given: str, **shorthands: str) -> str:
    """The id itself, or the id of the only row with this slug. `shorthands` narrow the list that is searched."""
    if ids.parse(prefix, given) is not None:
        return given

    noun = plural[:-1]
    if not given.isascii() or "_" in given:
        raise Failure(
            f"{given} is no id of {'an' if noun[0] in 'aeiou' else 'a'} {noun}: that is {prefix}_ and 26 characters.",
            Code.WRONG_USAGE,
        )
    rows = _rows(client, f"/api/{plural}", {"slug": given}, **shorthands)
    if len(rows) == 1:
        return rows[0]["id"]
    if rows:
        raise Failure(f"Several {plural} have the slug {given}: name one by its id.", Code.WRONG_USAGE)
    raise Failure(f"There is no {noun} with the slug {given}, or this token may not see it.", Code.NOT_FOUND)


def find_install(client: Client, given: str, workspace: str | None) -> str:
    """The id of an install: itself, or of the one of an integration in a workspace."""
    if ids.parse("intins", given) is not None:
        return given

    found = _installs(client, given, workspace)
    if len(found) == 1:
        return found[0]["id"]
    if found:
        named = ", ".join(row["id"] for row in found)
        raise Failure(f"{given} is installed more than once; name one by its id: {named}.", Code.WRONG_USAGE)
    raise Failure(f"{given} is not installed in {workspace}, or this token may not see it.", Code.NOT_FOUND)


def find_integration(client: Client, given: str, workspace: str | None) -> str:
    """The id of an integration: itself, or of the one of this name in the lists, or installed in the workspace."""
    if ids.parse("int", given) is not None:
        return given

    rows = _rows(client, "/api/integrations", _named(given, "an integration", "int"))
    # an unlisted one is in no list, and its installs show it
    found = {row["id"] for row in rows} or (
        {row["integrationId"] for row in _installs(client, given, workspace)} if workspace else set[str]()
    )
    if len(found) == 1:
        return found.pop()
    if found:
        raise Failure(f"Several integrations are called {given}: write publisher/slug, or an id.", Code.WRONG_USAGE)
    raise Failure(f"There is no integration {given}, or this token may not see it.", Code.NOT_FOUND)


def find_version(client: Client, given: str, integration_id: str) -> str:
    """The id of a version: itself, or of the one with this number."""
    if ids.parse("intver", given) is not None:
        return given

    parameters = {"integration_id": integration_id, "version": given, "limit": "1"}
    rows = client.call("GET", "/api/integration-versions", None, **parameters)["data"]
    if not rows:
        raise Failure(f"There is no version {given}, or this token may not see it.", Code.NOT_FOUND)
    return rows[0]["id"]


def _installs(client: Client, given: str, workspace: str | None) -> list[Any]:
    named = _named(given, "an install", "intins")
    if workspace is None:
        raise Failure(f"{given}: name its workspace by --workspace or GRAFT_WORKSPACE.", Code.WRONG_USAGE)
    workspace_id = find_id(client, "wsp", "workspaces", workspace)
    return _rows(client, "/api/integration-installs", {"integration": named}, workspace_id=workspace_id)


def _named(given: str, what: str, prefix: str) -> dict[str, str]:
    """The filter of an integration that is called `publisher/slug`, or `slug`."""
    publisher, _, slug = given.rpartition("/")
    if not given.isascii() or "_" in given or not slug:
        raise Failure(
            f"{given} is neither an id of {what} ({prefix}_ and 26 characters) nor publisher/slug.", Code.WRONG_USAGE
        )
    return {"slug": slug, "publisher": publisher} if publisher else {"slug": slug}


def _rows(client: Client, path: str, filter_: object, **shorthands: str) -> list[Any]:
    """The first rows that a filter finds."""
    return client.call("GET", path, filter=jsontext.encode(filter_).decode(), limit="5", **shorthands)["data"]

"""The members of an install by what people call them, those that went too."""

from graft import ids
from graft.cli.client import Client
from graft.cli.failure import Code, Failure


def slugs_of_members(client: Client, install_id: str) -> dict[str, str]:
    """Slugs by ids."""
    found = client.call("GET", f"/api/integration-installs/{install_id}/members")["members"]
    return {member["id"]: member["sourceMemberSlug"] for member in found}


def find_member(client: Client, install_id: str, given: str, slugs: dict[str, str] | None = None) -> str:
    """The id of a member that a person named by it or by a slug. `slugs`: those of `slugs_of_members`, if known."""
    if ids.parse("intmem", given) is not None:
        return given

    known = slugs_of_members(client, install_id) if slugs is None else slugs
    found = [id_ for id_, slug in known.items() if slug == given]
    if not found:
        raise Failure(f"The install has no member {given}.", Code.NOT_FOUND)
    if len(found) > 1:
        raise Failure(f"Several members had the slug {given}: {', '.join(found)}.", Code.WRONG_USAGE)
    return found[0]

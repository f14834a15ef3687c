"""Decide which members a draft has after an import, and which are put aside. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from graft.openapi_import import FUNCTION, PREFIXES, ImportPlan, manifest_members, numbered

# Members of a draft whose operations left the document, by `entityId`, in the order in which they left. They are kept,
# so that they come back as their author had set them.
Aside = dict[str, Any]


def merge_members(
    members: Sequence[Mapping[str, Any]], import_plan: ImportPlan, aside: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], Aside]:
    """The members of the draft, and those put aside.

    - A member whose operation is still in the document stays as it is, and so does one of another origin.
    - One whose operation left the document is put aside.
    - An operation without a member gets the one that was put aside, else a new one. If its slug is taken by now, the
      slug gets a number.
    """
    removed = {f"{PREFIXES[FUNCTION]}_{entity.id}" for entity in import_plan.gone}
    kept = [member for member in members if member["entityId"] not in removed]
    known = {member["entityId"] for member in kept}
    slugs = {member["slug"] for member in kept}
    put_aside: Aside = {name: member for name, member in aside.items() if name not in known}
    put_aside |= {member["entityId"]: member for member in members if member["entityId"] in removed}

    for new in manifest_members(import_plan):
        if new["entityId"] in known:
            continue
        member = put_aside.pop(new["entityId"], new)
        slug = numbered(member["slug"], slugs)
        slugs.add(slug)
        kept.append({**member, "slug": slug})

    return kept, put_aside

"""Which members a draft has after an import, and which are aside: pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from graft.openapi_import import FUNCTION, PREFIXES, ImportPlan, manifest_members, numbered

# Members by the ids of their entities.
Aside = dict[str, Any]


def merged(
    members: Sequence[Mapping[str, Any]], import_plan: ImportPlan, aside: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any]], Aside]:
    """The members, and what is aside: entries for the same entities keep what their author set, others stay.

    The entries of operations that are gone go aside, and come back with them. A slug that somebody else has by now
    gets a number.
    """
    gone = {f"{PREFIXES[FUNCTION]}_{entity.id}" for entity in import_plan.gone}
    kept = [member for member in members if member["entityId"] not in gone]
    known = {member["entityId"] for member in kept}
    slugs = {member["slug"] for member in kept}
    put_aside: Aside = {name: member for name, member in aside.items() if name not in known}
    put_aside |= {member["entityId"]: member for member in members if member["entityId"] in gone}

    for new in manifest_members(import_plan):
        if new["entityId"] in known:
            continue
        member = put_aside.pop(new["entityId"], new)
        slug = numbered(member["slug"], slugs)
        slugs.add(slug)
        kept.append({**member, "slug": slug})

    return kept, put_aside

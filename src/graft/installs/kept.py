"""Which rows of an install stay because what the workspace made its own names them: pure."""

from collections.abc import Iterable, Sequence

from graft.ids import Id
from graft.installs.rows import InstalledMember


def kept_by(
    own: Sequence[InstalledMember], candidates: Iterable[InstalledMember], live: Iterable[InstalledMember]
) -> set[Id]:
    """The ids of those candidates that `own` names, directly or through others of them. `live`: all live rows."""
    by_slug = {row.slug: row.entity_id for row in live}
    waiting: dict[Id, list[InstalledMember]] = {}
    for row in candidates:
        waiting.setdefault(row.entity_id, []).append(row)
    kept: set[Id] = set()
    pending = list(own)
    while pending:
        row = pending.pop()
        follows = row.state == "following"
        named = [by_slug[slug] for slug in row.base.refs if slug in by_slug] if follows else row.names
        for named_id in named:
            # an entity of the author may be seen under two slugs
            for found in waiting.pop(named_id, ()):
                kept.add(found.id)
                pending.append(found)
    return kept


def staying(rows: Sequence[InstalledMember]) -> list[InstalledMember]:
    """What an uninstallation keeps: the clones that the workspace edited or detached, and all that they reach."""
    live = [found for found in rows if not found.removed and not found.deleted]
    own = [found for found in live if found.detached_by is not None or (found.clone and found.edited)]
    kept = {found.id for found in own} | kept_by(own, live, live)
    return [found for found in live if found.id in kept]

"""What an upgrade must do, predicted with plain dictionaries that share no code with Graft.

A version is {slug: member}; a member is {entity, kind, role, fork, required, default, n, refs, version}: `n` and `refs`
(slugs) are its content. An install is a list of rows {slug, clone, kind, entity, n, refs, version, detached, literal,
edited, dead, gone}: `literal` is the text that the workspace wrote or froze (`named`: whom that names), `dead` is
deleted by hand, `gone` is removed.
"""

import itertools
from typing import Any

Member = dict[str, Any]
Version = dict[str, Member]
Row = dict[str, Any]
Token = tuple[str, int]

_keys = itertools.count()


def may_answer(row: Row, member: Member) -> bool:
    """A reference is one entity of the author; a clone is whatever its slug is."""
    return row["kind"] == member["kind"] and (row["clone"] or row["entity"] == member["entity"])


def fits(row: Row, member: Member, clone: bool) -> bool:
    return row["clone"] == clone and may_answer(row, member)


def token(row: Row) -> Token:
    """What a text names a row by: a clone is itself, a reference is the author's entity."""
    return ("clone", row["key"]) if row["clone"] else ("entity", row["entity"])


def slugs_now(rows: list[Row]) -> dict[str, Token]:
    return {row["slug"]: token(row) for row in rows if not row["gone"]}


def content(member: Member) -> tuple[Any, ...]:
    """What the version gives: two members of equal content read the same."""
    return member["n"], tuple(member["refs"])


def reach(version: Version, start: set[str]) -> set[str]:
    """What these slugs need, through references."""
    found: set[str] = set()
    pending = sorted(start)
    while pending:
        slug = pending.pop()
        if slug not in found:
            found.add(slug)
            pending += version[slug]["refs"]
    return found


def shapes(version: Version, chosen: set[str]) -> dict[str, bool]:
    """slug → whether it is a clone: closure schemas are where a clone reaches them through closure schemas."""
    cloned: set[str] = set()
    pending = [slug for slug in sorted(chosen) if version[slug]["role"] == "member" and version[slug]["fork"]]
    while pending:
        for slug in version[pending.pop()]["refs"]:
            if version[slug]["role"] == "closure" and slug not in cloned:
                cloned.add(slug)
                pending.append(slug)
    return {slug: version[slug]["fork"] if version[slug]["role"] == "member" else slug in cloned for slug in chosen}


def first_choice(version: Version, policy: str) -> set[str]:
    """The members that a policy takes."""
    return {
        slug
        for slug, member in version.items()
        if member["role"] == "member"
        and (member["required"] or policy == "auto_all" or (policy == "auto_defaults" and member["default"]))
    }


def new_row(slug: str, member: Member, clone: bool) -> Row:
    return {
        "key": next(_keys), "slug": slug, "clone": clone, "detached": None, "literal": None, "edited": False, "dead": False, "gone": False,
        **taken(member),
    }  # fmt: skip


def taken(member: Member) -> Row:
    """What a row has from the version."""
    return {name: member[name] for name in ("kind", "entity", "n", "refs", "version")}


def install(version: Version, policy: str) -> list[Row]:
    chosen = reach(version, first_choice(version, policy))
    return [new_row(slug, version[slug], clone) for slug, clone in sorted(shapes(version, chosen).items())]


def differs(old: Member | None, new: Member | None) -> bool:
    """Whether the version would have changed the member."""
    if old is None or new is None:
        return old is not new
    return (content(old), old["kind"], old["fork"]) != (content(new), new["kind"], new["fork"])


def names(row: Row, tokens: dict[str, Token]) -> set[Token]:
    """Whom a row's text names; a text of the version names slugs."""
    return set(row["named"]) if row["literal"] is not None else {tokens[slug] for slug in row["refs"] if slug in tokens}


def upgrade(rows: list[Row], old: Version, new: Version, policy: str) -> dict[str, list[str]]:
    """Change `rows` as the upgrade must, and give its four lists."""
    lists: dict[str, list[str]] = {"updated": [], "added": [], "removed": [], "skipped": []}
    for row in rows:
        row.pop("was", None)
    live = {row["slug"] for row in rows if not row["gone"]}
    before = reach(old, {slug for slug in live if slug in old and old[slug]["role"] == "member"})
    tokens = slugs_now(rows)
    renames = closure_renames(rows, old, new)
    view = {renames.get(slug, slug): member for slug, member in old.items()}
    live = {renames.get(row["slug"], row["slug"]): row for row in rows if not row["gone"]}
    start = {slug for slug in live if slug in new and new[slug]["role"] == "member"}
    start |= {slug for slug in first_choice(new, policy) if slug not in view or new[slug]["required"]}
    shape = shapes(new, reach(new, start))
    alone = [row for row in live.values() if row["detached"] or row["dead"]]
    needed = kept(tokens, live, alone, shape, new)
    old = view
    rename(rows, renames)
    for slug in sorted(shape):
        row, member, clone = live.get(slug), new[slug], shape[slug]
        if row is not None and fits(row, member, clone):
            if row in alone:
                lists["skipped"] += [slug] if differs(old.get(slug), member) else []
                freeze(row, tokens, behind=content(row) != content(member))
            else:
                bring_up(lists, row, member)
            continue
        if row is not None and (row in alone or slug in needed):
            freeze(row, tokens, behind=True)
            if may_answer(row, member):
                lists["skipped"] += [slug] if differs(old.get(slug), member) else []
                continue
            lists["skipped"].append(slug)
            row["slug"] = f"{slug}~{row['kind']}"
        elif row is not None:
            remove(lists, row)
        add(lists, rows, slug, member, clone)
    for slug in sorted(live.keys() - shape.keys()):
        row = live[slug]
        if row in alone or slug in needed:
            lists["skipped"] += [slug] if row.get("was", slug) in before else []
            freeze(row, tokens, behind=True)
        else:
            remove(lists, row)
    return {name: sorted(slugs) for name, slugs in lists.items()}


def remove(lists: dict[str, list[str]], row: Row) -> None:
    """A row goes under the slug that it had."""
    row["slug"] = row.get("was", row["slug"])
    lists["removed"].append(row["slug"])
    row["gone"] = True


def closure_renames(rows: list[Row], old: Version, new: Version) -> dict[str, str]:
    """A closure schema that became a member, or back, is the same row.

    Of two rows of its entity, that is the one which the old version has, else the newer one.
    """
    live = {row["slug"]: row for row in rows if not row["gone"]}
    found: dict[str, str] = {}
    for slug, member in new.items():
        leaving = [
            was
            for was, row in live.items()
            if (row["entity"], row["kind"]) == (member["entity"], member["kind"])
            and (was not in new or new[was]["kind"] != row["kind"])
        ]
        if not leaving or slug in live:
            continue
        had = [was for was in leaving if was in old and old[was]["entity"] == member["entity"]]
        was = (had or leaving)[-1]
        if member["role"] == "closure" or was.startswith("schema:"):
            found[was] = slug
    return found


def rename(rows: list[Row], renames: dict[str, str]) -> None:
    for row in rows:
        if not row["gone"] and row["slug"] in renames:
            row["was"], row["slug"] = row["slug"], renames[row["slug"]]


def kept(
    tokens: dict[str, Token], live: dict[str, Row], alone: list[Row], shape: dict[str, bool], new: Version
) -> set[str]:
    """The slugs of rows that would go but that rows which are left alone name, directly or through such clones."""
    goes = {
        slug
        for slug, row in live.items()
        if row not in alone
        and (slug not in shape or not fits(row, new[slug], shape[slug]))
    }  # fmt: skip
    found: set[str] = set()
    pending = list(alone)
    while pending:
        named = names(pending.pop(), tokens)
        for slug in goes - found:
            if token(live[slug]) in named:
                found.add(slug)
                pending.append(live[slug])
    return found


def freeze(row: Row, tokens: dict[str, Token], *, behind: bool) -> None:
    """A row that is left behind keeps the text that it has, and goes on naming the same."""
    if row["literal"] is None and behind:
        row["literal"], row["named"] = "frozen", names(row, tokens)


def bring_up(lists: dict[str, list[str]], row: Row, member: Member) -> None:
    behind = content(row) != content(member)
    repinned = not row["clone"] and row["version"] != member["version"]
    if behind or row["edited"] or repinned:
        lists["updated"].append(row["slug"])
    if behind or repinned or row["literal"] is not None:
        row.update(taken(member), literal=None, edited=False)


def add(lists: dict[str, list[str]], rows: list[Row], slug: str, member: Member, clone: bool) -> None:
    lists["added"].append(slug)
    for row in reversed(rows):
        if row["gone"] and row["slug"] == slug and fits(row, member, clone):
            row.update(taken(member), gone=False, literal=None, edited=False, dead=False)
            return
    rows.append(new_row(slug, member, clone))

"""What an upgrade must do, predicted with plain dictionaries that share no code with Graft.

A version is {members, declared}: `declared` is {variable: default}, `members` {slug: member}. A member is {entity, kind,
name, source, fork, required, default, depends, n, refs, uses}: `n`, `refs` (slugs) and `uses` (variables) are its
content, `source` the author's text that it is made of. A closure schema has a slug with a colon.

An install is {policy, version, given, rows}. A row is {key, slug, clone, kind, entity, name, given_name, source,
content, text, base, own, detached, dead, gone}: `text` is what it reads as, ids as tokens, always; `content` is what
it was last given, `base` that as it read. `own`: the workspace wrote the text, or had it written down. `dead`: a person
deleted it. `gone`: an upgrade did.
"""

import itertools
from collections.abc import Callable, Iterable
from typing import Any

Member = dict[str, Any]
Version = dict[str, Any]
Row = dict[str, Any]
Install = dict[str, Any]
Text = dict[str, Any]
Token = tuple[str, int]

_keys = itertools.count()


# what a text is


def token(row: Row) -> Token:
    """What a text names a row by: a clone is itself, a reference is the author's entity."""
    return ("clone", row["key"]) if row["clone"] else ("entity", row["entity"])


def content(member: Member) -> Text:
    return {"n": member["n"], "refs": list(member["refs"]), "uses": list(member["uses"])}


def rendered(member: Member, values: dict[str, Any], tokens: dict[str, Token]) -> Text:
    """Each variable stands there twice: by itself, and inside of a longer string."""
    found = [values[name] for name in member["uses"]]
    return {
        "n": member["n"],
        "refs": [tokens[slug] for slug in member["refs"]],
        "vals": [*found, *(f"<{'' if value is None else value}>" for value in found)],
    }


def filled(version: Version, given: dict[str, Any]) -> dict[str, Any]:
    return {name: given.get(name, default) for name, default in version["declared"].items()}


def kept_values(version: Version, given: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """What is given from now on: names that are not declared are dropped, null takes a value back."""
    both = {name: value for name, value in given.items() if name in version["declared"]} | body
    return {name: value for name, value in both.items() if value is not None}


# what a version gives


def is_closure(slug: str) -> bool:
    return ":" in slug


def reach(members: dict[str, Member], start: Iterable[str]) -> set[str]:
    """What these slugs need, through references and declared dependencies."""
    found: set[str] = set()
    pending = list(start)
    while pending:
        slug = pending.pop()
        if slug not in found:
            found.add(slug)
            pending += [*members[slug]["refs"], *members[slug]["depends"]]
    return found


def shapes(members: dict[str, Member], chosen: set[str]) -> dict[str, bool]:
    """slug → whether it is a clone: closure schemas are where a clone reaches them through closure schemas."""
    cloned: set[str] = set()
    pending = [slug for slug in sorted(chosen) if not is_closure(slug) and members[slug]["fork"]]
    while pending:
        for slug in members[pending.pop()]["refs"]:
            if is_closure(slug) and slug not in cloned:
                cloned.add(slug)
                pending.append(slug)
    return {slug: slug in cloned if is_closure(slug) else members[slug]["fork"] for slug in sorted(chosen)}


def policy_takes(members: dict[str, Member], policy: str) -> set[str]:
    return {
        slug
        for slug, member in members.items()
        if not is_closure(slug)
        and (member["required"] or policy == "auto_all" or (policy == "auto_defaults" and member["default"]))
    }


def install(version: Version, policy: str, given: dict[str, Any]) -> Install:
    members = version["members"]
    shape = shapes(members, reach(members, policy_takes(members, policy)))
    rows = [new_row(slug, members[slug], clone) for slug, clone in shape.items()]
    kept = kept_values(version, {}, given)
    tokens = {row["slug"]: token(row) for row in rows}
    for row in rows:
        give(row, members[row["slug"]], filled(version, kept), tokens)
    return {"policy": policy, "version": version, "given": kept, "rows": rows}


def new_row(slug: str, member: Member, clone: bool) -> Row:
    return {
        "key": next(_keys), "slug": slug, "clone": clone, "name": member["name"], "given_name": member["name"],
        "own": False, "detached": None, "dead": False, "gone": False,
        "kind": member["kind"], "entity": member["entity"],
    }  # fmt: skip


def give(row: Row, member: Member, values: dict[str, Any], tokens: dict[str, Token]) -> None:
    """Let a row read as the version has it; a name that the workspace gave stays."""
    if row["name"] == row["given_name"] or not row["clone"]:
        row["name"] = member["name"]
    text = rendered(member, values, tokens)
    row.update(
        given_name=member["name"], entity=member["entity"], source=member["source"], content=content(member),
        text=text, base=text, own=False, detached=None, dead=False, gone=False,
    )  # fmt: skip


# which row is which member


def can_be(row: Row, member: Member) -> bool:
    """A reference is one entity of the author; a clone is whatever its slug is."""
    return row["kind"] == member["kind"] and (row["clone"] or row["entity"] == member["entity"])


def same_entity(row: Row, member: Member) -> bool:
    return (row["entity"], row["kind"]) == (member["entity"], member["kind"])


def home(slug: str) -> str:
    """The slug that a row had before it stood aside."""
    return slug.partition("~")[0]


def pair(rows: list[Row], old: dict[str, Member], new: dict[str, Member]) -> dict[str, Row]:
    """Slug of the new version → the row that is this member, of rows that are there."""

    def best_first(row: Row) -> tuple[bool, int]:
        known = row["slug"] in old and same_entity(row, old[row["slug"]])
        return not known, -row["key"]

    found: dict[str, Row] = {}

    def take(fitting: Callable[[str, Member, Row], bool]) -> None:
        for slug, member in new.items():
            taken = {row["key"] for row in found.values()}
            free = [row for row in rows if row["key"] not in taken and fitting(slug, member, row)]
            if slug not in found and free:
                found[slug] = min(free, key=best_first)

    # an entity that is seen on both sides is seen once
    take(lambda slug, new, row: not (is_closure(slug) or new["fork"] or row["clone"]) and same_entity(row, new))
    take(lambda slug, new, row: not is_closure(slug) and row["slug"] == slug and can_be(row, new))
    take(lambda slug, new, row: not is_closure(slug) and home(row["slug"]) == slug and can_be(row, new))
    take(lambda slug, new, row: is_closure(slug) and is_closure(row["slug"]) and same_entity(row, new))
    take(lambda _slug, new, row: same_entity(row, new))
    return found


def ancestors(old: dict[str, Member], new: dict[str, Member]) -> dict[str, Member]:
    """Slug of the new version → the member of the old one that it was, by the same rules."""
    rows: list[Row] = [{"key": -at, "slug": slug, "clone": True, **old[slug]} for at, slug in enumerate(old)]
    return {slug: old[row["slug"]] for slug, row in pair(rows, old, new).items()}


def differs(old: Member | None, new: Member) -> bool:
    """Whether the new version changes the member by itself."""
    if old is None:
        return True
    return any(old[name] != new[name] for name in ("n", "refs", "uses", "name", "kind", "fork"))


class Decision:
    """Which members the new version gives an install, which rows they are, and which rows stay though it does not."""

    def __init__(self, made: Install, new: Version, attached: set[int]) -> None:
        old, self.new = made["version"]["members"], new["members"]
        self.live = [row for row in made["rows"] if not row["gone"]]
        self.alone = {
            row["key"] for row in self.live if (row["detached"] or row["dead"]) and row["key"] not in attached
        }
        self.paired = pair(self.live, old, self.new)
        self.was = ancestors(old, self.new)
        start = {slug for slug in self.paired if not is_closure(slug)}
        for slug in policy_takes(self.new, made["policy"]):
            if slug not in self.was or self.new[slug]["required"]:
                start.add(slug)
        self.shape = shapes(self.new, reach(self.new, start))
        self.fitting = {
            row["key"]
            for slug, row in self.paired.items()
            if slug in self.shape and row["clone"] == self.shape[slug] and can_be(row, self.new[slug])
        }
        self.kept = self._kept()
        self.answer = {
            slug: row
            for slug, row in self.paired.items()
            if slug in self.shape and row["key"] in self.fitting | self.alone | self.kept
        }
        self.revived = self._revived([row for row in made["rows"] if row["gone"]])

    def _kept(self) -> set[int]:
        """The rows that would go, but that rows which are left alone name, directly or through such rows."""
        goes = {row["key"]: row for row in self.live if row["key"] not in self.fitting | self.alone}
        found: set[int] = set()
        pending = [row for row in self.live if row["key"] in self.alone]
        while pending:
            named = pending.pop()["text"]["refs"]
            more = [row for key, row in goes.items() if key not in found and token(row) in named]
            found |= {row["key"] for row in more}
            pending += more
        return found

    def _revived(self, gone: list[Row]) -> dict[str, Row]:
        """Slug of a member without a row → the row that it left behind in the same shape, the newest one."""
        found: dict[str, Row] = {}
        for matches in (_same_slug, _same_entity):
            for slug, clone in self.shape.items():
                member = self.new[slug]
                taken = {row["key"] for row in found.values()}
                for row in sorted(gone, key=lambda row: -row["key"]):
                    free = slug not in self.answer and slug not in found and row["key"] not in taken
                    if free and row["clone"] == clone and can_be(row, member) and matches(row, slug, member):
                        found[slug] = row
        return found

    def tokens(self, fresh: Callable[[str], Token]) -> dict[str, Token]:
        """What texts of the new version name each slug by."""
        return {
            slug: token(self.answer[slug])
            if slug in self.answer
            else ("entity", self.new[slug]["entity"])
            if not clone
            else token(self.revived[slug])
            if slug in self.revived
            else fresh(slug)
            for slug, clone in self.shape.items()
        }


def _same_slug(row: Row, slug: str, _member: Member) -> bool:
    return not is_closure(slug) and home(row["slug"]) == slug


def _same_entity(row: Row, _slug: str, member: Member) -> bool:
    return same_entity(row, member)


def upgrade(made: Install, new: Version, body: dict[str, Any]) -> dict[str, list[str]]:
    """Change the install as the upgrade must, and give its four lists."""
    given = kept_values(new, made["given"], body)
    values = filled(new, given)
    attached = _equal_edits(made, new, values)
    decision = Decision(made, new, attached)
    old = made["version"]["members"]
    had = reach(old, {row["slug"] for row in decision.live if _is_declared(row, old)})
    lists: dict[str, list[str]] = {"updated": [], "added": [], "removed": [], "skipped": []}

    added = {
        slug: decision.revived.get(slug) or new_row(slug, new["members"][slug], clone)
        for slug, clone in decision.shape.items()
        if slug not in decision.answer
    }
    tokens = decision.tokens(lambda slug: token(added[slug]))
    staying = {row["key"]: slug for slug, row in decision.answer.items()}
    for row in decision.live:
        if row["key"] not in staying:
            _leave(lists, row, decision, there=row["slug"] in had and _is_member(row, old))
    for slug, row in decision.answer.items():
        member = new["members"][slug]
        if row["key"] in decision.alone or row["key"] not in decision.fitting:
            if differs(decision.was.get(slug), member):
                lists["skipped"].append(slug)
            elif row["slug"] != slug:
                lists["updated"].append(slug)
        else:
            _bring_up(lists, slug, row, member, (values, tokens), attached=row["key"] in attached)
        row["slug"] = slug
    for slug, row in added.items():
        lists["added"].append(slug)
        give(row, new["members"][slug], values, tokens)
        row["slug"] = slug
        if row not in made["rows"]:
            made["rows"].append(row)
    made.update(version=new, given=given)
    return {name: sorted(slugs) for name, slugs in lists.items()}


def _equal_edits(made: Install, new: Version, values: dict[str, Any]) -> set[int]:
    """The clones whose edits are what the version gives them."""
    decision = Decision(made, new, set())
    tokens = decision.tokens(lambda slug: ("fresh", 0))
    return {
        row["key"]
        for slug, row in decision.answer.items()
        if row["key"] in decision.fitting and row["detached"] == "edit" and not row["dead"]
        and row["text"] == rendered(new["members"][slug], values, tokens)
    }  # fmt: skip


def _is_member(row: Row, version: dict[str, Member]) -> bool:
    """Whether the row is the member of the version that it has the slug of."""
    member = version.get(row["slug"])
    return member is not None and can_be(row, member) and (not is_closure(row["slug"]) or same_entity(row, member))


def _is_declared(row: Row, version: dict[str, Member]) -> bool:
    return not is_closure(row["slug"]) and _is_member(row, version)


def _leave(lists: dict[str, list[str]], row: Row, decision: Decision, *, there: bool) -> None:
    """A row that is no member afterwards goes, or stays behind as it is, aside where its slug is taken."""
    if row["key"] not in decision.alone | decision.kept:
        lists["removed"].append(row["slug"])
        row["gone"] = True
        return
    aside = row["slug"] in decision.shape
    if aside or there:
        lists["skipped"].append(row["slug"])
    if aside:
        # which of its asides it gets is not the model's to say
        row["slug"] = f"{home(row['slug'])}~{row['kind']}"


def _bring_up(
    lists: dict[str, list[str]],
    slug: str,
    row: Row,
    member: Member,
    reading: tuple[dict[str, Any], dict[str, Token]],
    *,
    attached: bool,
) -> None:
    text = rendered(member, *reading)
    behind = row["content"] != content(member) or row["given_name"] != member["name"]
    repinned = not row["clone"] and row["source"] != member["source"]
    if behind or repinned or attached or row["text"] != text or row["slug"] != slug or edited(row):
        lists["updated"].append(slug)
    give(row, member, *reading)


# what a person does


def edited(row: Row) -> bool:
    return row["own"] and row["text"] != row["base"]


def edit(row: Row, text: Text) -> None:
    """Equal JSON is no edit; one that brings the text back to its base attaches the clone."""
    if text == row["text"]:
        return
    back = text == row["base"] and row["detached"] != "call"
    row.update(text=text, own=not back, detached=None if back else row["detached"] or "edit")


def detach(row: Row) -> None:
    row.update(own=True, detached="call")


def attach(row: Row) -> None:
    """Hand the clone back; one that reads as its base needs no text of its own."""
    row.update(own=row["text"] != row["base"], detached=None)


def restore(install: Install, row: Row) -> None:
    """What an upgrade removed is the workspace's own from then on, under a slug that is free."""
    if row["gone"]:
        taken = {other["slug"] for other in install["rows"] if not other["gone"]}
        slug = row["slug"] if row["slug"] not in taken else f"{home(row['slug'])}~{row['kind']}"
        row.update(gone=False, detached="call", slug=slug)
    row["dead"] = False


def staying(rows: list[Row]) -> set[int]:
    """The keys of the rows that an uninstallation leaves: what was edited or detached, and all that it names."""
    there = [row for row in rows if not row["gone"] and not row["dead"]]
    pending = [row for row in there if row["detached"] or edited(row)]
    found = {row["key"] for row in pending}
    while pending:
        named = pending.pop()["text"]["refs"]
        more = [row for row in there if row["key"] not in found and token(row) in named]
        found |= {row["key"] for row in more}
        pending += more
    return found

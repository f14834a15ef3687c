"""One run of the demonstration: the life of an integration made of two versions of a document, and the proof of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from demo import calls, verify
from demo.calls import Party
from demo.compare import Difference, Thing, compare
from demo.documents import read, title, with_variables
from demo.meaning import Meaning, meaning_of
from demo.merging import Merged, merge_and_undo
from demo.output import Report, show
from demo.server import Running
from demo.verify import Lists, Member, Slugs
from graft.cli.client import Client
from graft.cli.failure import Failure
from graft.jsontext import Json

_SHOWN_MEMBERS = 4
# Columns of a terminal that has room for all of a member.
_WIDE = 76


class Documents(NamedTuple):
    """Two versions of a document as they are imported, what they say, and how that differs."""

    name: str
    first: Json
    second: Json
    old: Meaning
    difference: Difference


class Installed(NamedTuple):
    """An install in its workspace, and what was edited there: its clone and the bytes that must stay."""

    party: Party
    install_id: str
    edited: dict[Thing, tuple[str, bytes]]


class Outcome(NamedTuple):
    """What the last two lines tell."""

    members: int
    closure: int
    lists: Lists
    merged: Merged

    def lines(self) -> str:
        counts = " ".join(f"{name}={len(slugs)}" for name, slugs in zip(Lists._fields, self.lists, strict=True))
        return f"{self.merged.line()}\ndemo: ok members={self.members} closure={self.closure} {counts}"


def live(console: Console, server: Running, number: int, first: Path, second: Path) -> Outcome:
    """The whole life, in two new workspaces. Raises `Failure` with everything that is not as the documents say."""
    report = Report(console)
    report.say(f"{first.name}, then {second.name}:")
    documents = prepared(report, first, second)
    with (
        Client(server.url, server.token) as admin,
        calls.new_party(admin, server.url, f"author-{number}", "admin") as author,
        calls.new_party(admin, server.url, f"installer-{number}", "editor") as installer,
    ):
        draft_id = calls.new_draft(author, documents.name)
        old_slugs = _publish_first(report, author, draft_id, documents)
        installed = _install(report, installer, draft_id, documents, old_slugs)
        new_slugs = _publish_second(report, author, draft_id, documents)
        with report.step("upgrade the install there") as step:
            lists = calls.upgrade(installer, installed.install_id)
            step.result = ", ".join(f"{len(slugs)} {name}" for name, slugs in zip(Lists._fields, lists, strict=True))
        with report.step("verify") as step:
            problems, step.result = _verified(documents, installed, old_slugs, new_slugs, lists)
        merged, more = merge_and_undo(report, installer, installed.install_id, _edited_members(installed))
    report.table()
    if problems or more:
        raise Failure("\n".join(["The demonstration found something wrong:", *problems, *more]))
    closure = sum(isinstance(thing, str) for thing in new_slugs)
    return Outcome(len(new_slugs) - closure, closure, lists, merged)


def prepared(report: Report, first: Path, second: Path) -> Documents:
    """Read both documents and compare them."""
    with report.step("read and compare the documents") as step:
        old, new = (with_variables(read(path)) for path in (first, second))
        old_meaning, new_meaning = _meaning(first, old), _meaning(second, new)
        difference = compare(old_meaning, new_meaning)
        found = (("changed", difference.changed), ("added", difference.added), ("removed", difference.removed))
        step.result = ", ".join(f"{len(things)} {name}" for name, things in found)
    return Documents(title(new), old, new, old_meaning, difference)


def _meaning(path: Path, document: Json) -> Meaning:
    try:
        return meaning_of(document)
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        raise Failure(f"{path} is no OpenAPI document that can be compared.") from error


def _publish_first(report: Report, author: Party, draft_id: str, documents: Documents) -> Slugs:
    with report.step("import version 1") as step:
        step.result = calls.import_document(author, draft_id, documents.first)
    with report.step("publish 1.0.0") as step:
        calls.ask_for_variables(author, draft_id)
        slugs = calls.publish(author, draft_id, "1.0.0")
        calls.make_unlisted(author, draft_id)
        step.result = _counted(slugs)
    return slugs


def _publish_second(report: Report, author: Party, draft_id: str, documents: Documents) -> Slugs:
    with report.step("import version 2") as step:
        step.result = calls.import_document(author, draft_id, documents.second)
    with report.step("publish 2.0.0") as step:
        slugs = calls.publish(author, draft_id, "2.0.0")
        step.result = _counted(slugs)
    return slugs


def _install(report: Report, installer: Party, draft_id: str, documents: Documents, slugs: Slugs) -> Installed:
    """Install version 1, show its members, and edit two of them."""
    with report.step("install into the second workspace") as step:
        install_id = calls.install(installer, draft_id)
        members = calls.members(installer, install_id)
        step.result = f"{sum(member.is_clone for member in members)} clones of {len(members)} members"
    _show_members(report, members)
    clones = {member.source_member_slug: member.entity_id for member in members}
    edited: dict[Thing, tuple[str, bytes]] = {}
    with report.step("edit two clones there") as step:
        for thing in _chosen(documents, slugs):
            entity_id = clones[slugs[thing]]
            edited[thing] = entity_id, calls.edit(installer, entity_id)
        step.result = ", ".join(slugs[thing] for thing in edited)
    return Installed(installer, install_id, edited)


def _chosen(documents: Documents, slugs: Slugs) -> Iterator[Thing]:
    """An operation and a schema to edit: such as the new version changes, first such as name what it removes."""
    difference, old = documents.difference, documents.old

    def order(thing: Thing) -> tuple[bool, bool, Thing]:
        said = old.schemas[thing] if isinstance(thing, str) else old.operations[thing]
        return thing not in difference.changed, difference.removed.isdisjoint(said.schemas), thing

    yield from sorted(difference.pairs, key=order)[:1]
    yield from sorted(
        (thing for thing in slugs if isinstance(thing, str) and thing not in difference.removed), key=order
    )[:1]


def _verified(
    documents: Documents, installed: Installed, old_slugs: Slugs, new_slugs: Slugs, lists: Lists
) -> tuple[list[str], str]:
    """Everything that is wrong, and what was looked at."""
    difference, edited = documents.difference, installed.edited
    expected = verify.predicted(difference, documents.old, old_slugs, new_slugs, edited)
    members = calls.members(installed.party, installed.install_id)
    clones = calls.clones(installed.party)
    kept = {old_slugs[thing] for thing in difference.removed} & expected.skipped
    problems = [
        *verify.slug_problems(difference, old_slugs, new_slugs),
        *verify.list_problems(expected, lists),
        *verify.member_problems({*new_slugs.values(), *kept}, members),
        *verify.clone_problems(clones, installed.party.workspace_id),
        *_edit_problems(installed.party, edited, old_slugs),
    ]
    if {clone.id for clone in clones} != {member.entity_id for member in members}:
        problems.append("the workspace has other entities than its members")
    return problems, f"{len(Lists._fields)} lists, {len(edited)} edits, the references in {len(clones)} clones"


def _edited_members(installed: Installed) -> dict[str, str]:
    """The clones that were edited, by the slugs that they have now."""
    edited = {entity_id for entity_id, _ in installed.edited.values()}
    members = calls.members(installed.party, installed.install_id)
    return {member.source_member_slug: member.entity_id for member in members if member.entity_id in edited}


def _edit_problems(party: Party, edited: Mapping[Thing, tuple[str, bytes]], slugs: Slugs) -> Iterator[str]:
    for thing, (entity_id, before) in edited.items():
        if calls.definition_of(party, entity_id) != before:
            yield f"the edit of {slugs[thing]} did not survive"


def _counted(slugs: Slugs) -> str:
    closure = sum(isinstance(thing, str) for thing in slugs)
    return f"{len(slugs) - closure} members, {closure} schemas that they reach"


def _show_members(report: Report, members: list[Member]) -> None:
    """Some of each kind, and the numbers of all."""
    rows: list[tuple[str, str, str, str]] = []
    for kind in ("function", "schema"):
        found = [member for member in members if member.kind == kind]
        shown = found[:_SHOWN_MEMBERS]
        rows += [
            (member.source_member_slug, kind, "clone" if member.is_clone else "reference", member.entity_id)
            for member in shown
        ]
        if len(found) > len(shown):
            rows.append((f"… {len(found) - len(shown)} more", kind, "", ""))
    report.say("  Its members there:")
    if report.console.width < _WIDE:
        # the id tells the kind
        show(report.console, ("member", "entity"), [(slug, entity_id) for slug, _, _, entity_id in rows])
    else:
        show(report.console, ("member", "kind", "", "entity"), rows)

"""What an upgrade does to each member, as a table: from rows and two versions to the four lists and what is written."""

from collections.abc import Mapping
from typing import Any

import pytest

from graft.ids import Id
from graft.installs.given import Context
from graft.installs.rows import InstalledMember
from graft.upgrades.planned import UpgradePlan
from graft.version_members import VersionMember
from tests.upgrades.built import after, clone, edited, member, planned, reference, said, seen, slugs

Rows = list[InstalledMember]
Version = list[VersionMember]
Said = dict[str, list[str]]

A, B, S = member("a"), member("b"), member("schema:s")
NAMES_S = member("a", refs="schema:s")
OPTIONAL: dict[str, Any] = {"required": False, "default_enabled": False}


def by_call(base: VersionMember, **fields: Any) -> InstalledMember:
    made: dict[str, Any] = {"edited": False, "detached_by": "call"}
    return edited(base, **made | fields)


def restored(base: VersionMember, **fields: Any) -> InstalledMember:
    """The row of a clone that an upgrade removed and a person took back: it reads with what it was pinned with."""
    return clone(base, state="pinned", detached_by="call", version_id=Id("as it was"), **fields)


def stays_and_says(rows: Rows, old: Version, new: Version, expected: Said, **options: Any) -> UpgradePlan:
    """The plan, held to its lists, and to have nothing left to do when it is written."""
    plan = planned(rows, old, new, **options)
    assert said(plan) == expected
    before_and_after = options.get("values", ({}, {}))
    again = planned(
        after(rows, plan), new, new, values=(before_and_after[1],) * 2, policy=options.get("policy", "auto_all")
    )
    assert said(again) == {}
    return plan


# attached members


@pytest.mark.parametrize(
    ("rows", "old", "new", "expected"),
    [
        pytest.param([clone(A)], [A], [member("a")], {}, id="what does not change is not touched"),
        pytest.param([clone(A)], [A], [member("a", 2)], {"updated": ["a"]}, id="what changes moves"),
        pytest.param([clone(A)], [A], [member("a", name="new")], {"updated": ["a"]}, id="a name alone too"),
        pytest.param([clone(A)], [A], [member("a", description="new")], {"updated": ["a"]}, id="and a description"),
        pytest.param([clone(A)], [A], [], {"removed": ["a"]}, id="what the version drops goes"),
        pytest.param([seen(reference("a"))], [reference("a")], [], {"removed": ["a"]}, id="a reference too"),
        pytest.param([clone(A)], [A], [A, B], {"added": ["b"]}, id="what is new comes"),
        pytest.param([clone(NAMES_S), clone(S)], [NAMES_S, S], [member("a", 2), S],
                     {"updated": ["a"], "removed": ["schema:s"]}, id="a schema that nothing needs any more goes"),
        pytest.param([clone(A)], [A], [member("a", refs="schema:s"), S],
                     {"updated": ["a"], "added": ["schema:s"]}, id="and one that is needed comes"),
        pytest.param([clone(A)], [member("a", 2)], [member("a", 2)], {"updated": ["a"]}, id="what is behind is brought up"),
        pytest.param([seen(reference("a"))], [reference("a")], [reference("a", source_version_id=Id("later"))],
                     {"updated": ["a"]}, id="a reference names another text of its author, though an equal one"),
        pytest.param([clone(A)], [A], [member("a", source_version_id=Id("later"))], {}, id="which a clone does not"),
        pytest.param([clone(A)], [A], [reference("a")], {"added": ["a"], "removed": ["a"]}, id="a clone no more"),
        pytest.param([seen(reference("a"))], [reference("a")], [A], {"added": ["a"], "removed": ["a"]}, id="a clone now"),
        pytest.param([clone(A)], [A], [member("a", kind="schema")], {"added": ["a"], "removed": ["a"]}, id="another kind"),
        pytest.param(
            [clone(member("a", refs="b")), clone(B)], [member("a", refs="b"), B], [member("a", refs="b"), reference("b")],
            {"updated": ["a"], "added": ["b"], "removed": ["b"]}, id="what names it reads otherwise",
        ),
    ],
)  # fmt: skip
def test_an_attached_member_is_what_the_version_gives(rows: Rows, old: Version, new: Version, expected: Said):
    stays_and_says(rows, old, new, expected)


def test_what_does_not_change_writes_nothing():
    rows = [clone(NAMES_S), clone(S), seen(reference("b"))]
    version = [NAMES_S, S, reference("b")]
    assert planned(rows, version, version).changes_nothing


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param({"x": 1}, {"x": 1}, {}, id="the same"),
        pytest.param({"x": 1}, {"x": 2}, {"updated": ["a"]}, id="another"),
        pytest.param({"x": 1}, {"x": True}, {"updated": ["a"]}, id="true is not 1"),
        pytest.param({"x": 1}, {"x": 1.0}, {"updated": ["a"]}, id="nor does 1.0 read as 1"),
        pytest.param({}, {"x": None}, {}, id="no value reads as null"),
        pytest.param({"x": 1, "y": 1}, {"x": 1, "y": 2}, {}, id="of a variable that it does not ask for"),
    ],
)
@pytest.mark.parametrize("make", [clone, seen], ids=["clone", "reference"])
def test_a_value_that_moves_moves_what_reads_it(
    make: Any, before: Mapping[str, Any], now: Mapping[str, Any], expected: Said
):
    row = make(member("a", uses="x"))
    version = [member("a", uses="x", fork_on_install=row.clone)]
    plan = stays_and_says([row], version, version, expected, values=(before, now))
    assert [given.id for given in plan.rebase] == (["a#"] if expected and row.clone else [])


# what a policy adds


@pytest.mark.parametrize(
    ("policy", "flags", "expected"),
    [
        ("auto_all", {}, {"added": ["b"]}),
        ("auto_defaults", {}, {}),
        ("auto_defaults", {"default_enabled": True}, {"added": ["b"]}),
        ("manual", {"default_enabled": True}, {}),
        ("manual", {"required": True}, {"added": ["b"]}),
    ],
)
def test_the_policy_takes_new_members(policy: str, flags: dict[str, Any], expected: Said):
    stays_and_says([clone(A)], [A], [A, member("b", **OPTIONAL | flags)], expected, policy=policy)


def test_what_was_there_and_not_chosen_stays_out_also_under_another_slug():
    there = member("b", **OPTIONAL)
    renamed = member("x", of="b", **OPTIONAL)
    stays_and_says([clone(A)], [A, there], [A, there], {})
    stays_and_says([clone(A)], [A, there], [A, renamed], {})


def test_what_was_there_comes_when_it_is_required_or_needed():
    there = member("b", **OPTIONAL)
    stays_and_says([clone(A)], [A, there], [A, B], {"added": ["b"]})
    needing = member("a", 2, depends_on=["b"])
    stays_and_says([clone(A)], [A, there], [needing, there], {"updated": ["a"], "added": ["b"]})


def test_a_row_that_does_not_fit_asks_for_nothing():
    left = edited(member("x"))
    optional = member("x", kind="schema", **OPTIONAL)
    plan = stays_and_says([clone(A), left], [A], [A, optional], {}, policy="manual")
    assert (plan.insert, slugs(plan)) == ([], {})


# members that are left alone

ALONE = [
    pytest.param(edited, id="edited"),
    pytest.param(by_call, id="detached by the call"),
    pytest.param(lambda base: clone(base, deleted=True), id="deleted by hand"),
    pytest.param(restored, id="restored by hand"),
]


@pytest.mark.parametrize("make", ALONE)
@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param([A], {}, id="no change"),
        pytest.param([member("a", 2)], {"skipped": ["a"]}, id="another text"),
        pytest.param([member("a", name="new")], {"skipped": ["a"]}, id="another name"),
        pytest.param([], {"skipped": ["a"]}, id="dropped"),
        pytest.param([reference("a")], {"skipped": ["a"]}, id="a reference now"),
        pytest.param([member("a", kind="schema")], {"skipped": ["a"], "added": ["a"]}, id="another kind"),
        pytest.param([member("x", of="a")], {"updated": ["x"]}, id="another slug"),
        pytest.param([member("x", 2, of="a")], {"skipped": ["x"]}, id="another slug and text"),
    ],
)
def test_what_the_workspace_made_its_own_is_skipped_where_the_version_changes_it(
    make: Any, new: Version, expected: Said
):
    row = make(A)
    plan = stays_and_says([row], [A], new, expected)
    assert not plan.rebase
    assert row.id not in {gone.id for gone, _ in plan.remove}


def test_a_deleted_clone_that_reads_its_version_keeps_what_that_said():
    row = clone(member("a", refs="b", uses="x"), deleted=True)
    rows = [row, clone(B)]
    moved = planned(rows, [row.base, B], [row.base, B], values=({"x": 1}, {"x": 2}))
    assert moved.pin == [(row, {"b": "b#"})]
    behind = planned(rows, [row.base, B], [member("a", 2), B])
    assert behind.pin == [(row, {"b": "b#"})]
    assert planned(rows, [row.base, B], [row.base, B]).pin == []


def test_a_restored_clone_is_left_alone_when_its_slug_comes_back():
    plan = stays_and_says([restored(A)], [], [member("a", 2)], {"skipped": ["a"]})
    assert plan.ids == {"a": "a#"}
    assert not plan.insert


def test_what_was_left_behind_is_said_once():
    stays_and_says([edited(A)], [B], [member("b", 2)], {"added": ["b"]})


def test_an_edit_that_the_version_makes_as_well_is_attached():
    plan = stays_and_says([edited(A)], [A], [member("a", 2)], {"updated": ["a"]}, attach=["a#"])
    assert [given.id for given in plan.rebase] == ["a#"]
    assert [update.detached_by for update in plan.members] == [None]


@pytest.mark.parametrize(
    ("row", "compared"),
    [
        (edited(A), ["a#"]),
        (by_call(A), []),
        (edited(A, deleted=True), []),
        (clone(A, state="handed_back", edited=True), []),
        (restored(A), []),
    ],
    ids=["edited", "detached by the call", "edited and deleted", "handed back", "restored"],
)
def test_only_the_text_of_an_edit_is_compared(row: InstalledMember, compared: list[str]):
    assert [given.id for given in planned([row], [A], [member("a", 2)]).edited] == compared


# what was handed back, and what was pinned


def test_a_clone_that_was_handed_back_is_overwritten_at_the_version_that_it_has():
    plan = stays_and_says([clone(A, state="handed_back", edited=True)], [A], [A], {"updated": ["a"]})
    assert [given.id for given in plan.rebase] == ["a#"]


def test_a_pinned_clone_that_reads_as_its_version_follows_it_and_nothing_is_said():
    base = member("a", refs="b", uses="x")
    given = Context({"x": 1}, {"a": Id("a#"), "b": Id("b#")}, {Id("a#"), Id("b#")}).give(
        Id("a#"), None, base, clone=True
    )
    row = clone(base, state="pinned", names=[Id("b#")], version_id=given.version_id)
    plan = stays_and_says([row, clone(B)], [base, B], [base, B], {}, values=({"x": 1}, {"x": 1}))
    assert [found.id for found in plan.rebase] == ["a#"]


@pytest.mark.parametrize("make", [clone, seen])
def test_a_pinned_member_that_reads_otherwise_is_updated(make: Any):
    base = member("a", uses="x", fork_on_install=make is clone)
    row = make(base, state="pinned", version_id=Id("with another value"))
    stays_and_says([row], [base], [base], {"updated": ["a"]}, values=({"x": 1}, {"x": 1}))


def test_what_is_removed_is_pinned_to_what_its_text_named():
    rows = [clone(NAMES_S), clone(S)]
    plan = planned(rows, [NAMES_S, S], [])
    assert {row.slug: named for row, named in plan.remove} == {"a": {"schema:s": "schema:s#"}, "schema:s": {}}


def test_a_text_of_its_own_needs_no_pins_when_it_goes():
    plan = planned([clone(A, state="handed_back", edited=True)], [A], [])
    assert [(row.slug, named) for row, named in plan.remove] == [("a", None)]


# what something names that is left alone


def test_what_an_edit_names_stays_until_the_edit_goes():
    rows = [edited(NAMES_S, ["schema:s#"]), clone(S, version_id=Id("of s"))]
    plan = stays_and_says(rows, [NAMES_S, S], [], {"skipped": ["a", "schema:s"]})
    assert plan.pin == [(rows[1], {})]
    rows = after(rows, plan)
    handed_back = [clone(NAMES_S, state="handed_back", names=rows[0].names, edited=True), rows[1]]
    stays_and_says(handed_back, [], [], {"removed": ["a", "schema:s"]})


def test_a_reference_that_is_kept_is_pinned_in_its_row():
    kept = reference("b", refs="c", uses="x")
    rows = [edited(A, ["b", "c"]), seen(kept), seen(reference("c"))]
    plan = stays_and_says(rows, [A, kept, reference("c")], [], {"skipped": ["a", "b", "c"]}, values=({"x": 1}, {}))
    assert {update.row.slug: update.pinned for update in plan.members} == {"b": {"c": "c"}, "c": {}}


def test_what_is_named_and_still_there_moves_on():
    rows = [edited(NAMES_S, ["schema:s#"]), clone(S)]
    stays_and_says(rows, [NAMES_S, S], [NAMES_S, member("schema:s", 2)], {"updated": ["schema:s"]})


def test_what_is_named_and_would_change_its_shape_goes_on_answering_for_its_slug():
    rows = [edited(A, ["b#"]), clone(B), clone(member("c", refs="b"))]
    new = [A, reference("b"), member("c", refs="b")]
    plan = stays_and_says(rows, [A, B, rows[2].base], new, {"skipped": ["b"]})
    assert plan.ids["b"] == "b#"


# slugs that move


@pytest.mark.parametrize("changed", [1, 2])
def test_a_member_that_changes_its_slug_keeps_its_row(changed: int):
    plan = stays_and_says([clone(A)], [A], [member("x", changed, of="a")], {"updated": ["x"]})
    assert slugs(plan) == {"a#": "x"}
    assert [given.id for given in plan.rebase] == (["a#"] if changed == 2 else [])


@pytest.mark.parametrize("make", [clone, edited], ids=["attached", "edited"])
def test_a_closure_schema_that_is_declared_keeps_its_row_and_back(make: Any):
    names, declared = member("a", refs="s"), member("s", of="schema:s", kind="schema")
    rows = [clone(NAMES_S), make(S)]
    plan = planned(rows, [NAMES_S, S], [names, declared])
    assert (slugs(plan)["schema:s#"], plan.ids["s"]) == ("s", "schema:s#")
    assert said(plan).keys() <= {"updated", "skipped"}
    back = planned(after(rows, plan), [names, declared], [NAMES_S, S])
    assert slugs(back)["schema:s#"] == "schema:s"
    assert said(back).keys() <= {"updated", "skipped"}


def test_clones_are_what_their_slugs_say_when_members_exchange_them():
    new = [member("a", of="b", n=2), member("b", of="a", n=1)]
    plan = stays_and_says([clone(A), clone(member("b", 2))], [A, member("b", 2)], new, {"updated": ["a", "b"]})
    assert {given.id: given.member.slug for given in plan.rebase} == {"a#": "a", "b#": "b"}


def test_references_are_their_entities_when_members_exchange_slugs():
    rows = [seen(reference("a")), seen(reference("b"))]
    plan = stays_and_says(
        rows,
        [reference("a"), reference("b")],
        [reference("a", of="b"), reference("b", of="a")],
        {"updated": ["a", "b"]},
    )
    assert slugs(plan) == {"a#": "b", "b#": "a"}


def test_a_reference_takes_the_slug_of_a_clone_and_the_clone_another():
    rows = [clone(A), seen(reference("b"))]
    plan = planned(rows, [A, reference("b")], [reference("a", of="b"), member("b", of="a")])
    assert (said(plan), slugs(plan)) == ({"updated": ["a", "b"]}, {"a#": "b", "b#": "a"})


# what stands aside


def test_a_row_stands_aside_for_another_kind_and_comes_back_with_its_own():
    schema, function = member("a", kind="schema"), member("a", of="f")
    rows = [edited(schema)]
    away = stays_and_says(rows, [schema], [function], {"skipped": ["a"], "added": ["a"]})
    assert slugs(away) == {"a#": "a~schema"}
    back = stays_and_says(after(rows, away), [function], [schema], {"skipped": ["a"], "removed": ["a"]})
    assert slugs(back)["a#"] == "a"
    assert not back.insert


def test_a_row_that_stands_aside_avoids_every_slug_that_was_there():
    rows = [edited(member("a", kind="schema")), edited(member("x", kind="schema"), slug="a~schema")]
    plan = planned(rows, [], [member("a")])
    assert slugs(plan) == {"a#": "a~schema~"}


def test_rows_that_step_aside_and_come_home_never_meet():
    """Schema, function, another schema, and the function again, which names the first schema."""
    first, second = member("a", of="e1", kind="schema"), member("a", of="e2", kind="schema")
    plain, naming = member("a", of="ff"), member("a", of="ff", refs="schema:e1", n=2)
    rows = [edited(first)]
    history: list[tuple[Version, Version, Said, dict[str, str]]] = [
        ([first], [plain], {"skipped": ["a"], "added": ["a"]}, {"a#": "a~schema", "a+": "a"}),
        ([plain], [second], {"skipped": ["a"], "removed": ["a"]}, {"a#": "a"}),
        ([second], [naming, member("schema:e1", of="e1")], {"skipped": ["schema:e1"], "added": ["a"]},
         {"a#": "schema:e1", "a+": "a"}),
        ([naming, member("schema:e1", of="e1")], [], {"skipped": ["schema:e1"], "removed": ["a"]}, {"a#": "schema:e1"}),
    ]  # fmt: skip
    for old, new, expected, live in history:
        rows = after(rows, stays_and_says(rows, old, new, expected))
        assert {str(row.id): row.slug for row in rows if not row.removed} == live


def test_what_stayed_behind_under_a_slug_is_not_the_member_of_another_kind_there():
    left = edited(member("x"))
    optional = member("x", kind="schema", **OPTIONAL)
    stays_and_says([clone(A), left], [A, optional], [A], {}, policy="manual")


# what comes back


def test_a_member_that_comes_back_is_the_row_that_it_left():
    gone = clone(A, state="pinned", removed=True)
    plan = stays_and_says([gone], [], [member("a", 2)], {"added": ["a"]})
    assert (plan.ids, plan.insert) == ({"a": "a#"}, [])


def test_a_member_that_comes_back_in_another_shape_is_a_new_row():
    plan = stays_and_says([clone(A, state="pinned", removed=True)], [], [reference("a")], {"added": ["a"]})
    assert [given.id for _, given in plan.insert] == ["a+"]


def test_a_removed_row_asks_for_nothing():
    gone = edited(A, ["b#"], removed=True, detached_by=None)
    stays_and_says([gone, clone(B)], [B], [], {"removed": ["b"]})

"""Which row is which member: by slug, by the author's entity, and what stays because something names it."""

from typing import Any

import pytest

from graft.ids import Id
from graft.installs.kept import kept_by
from graft.installs.rows import InstalledMember
from graft.installs.selection import Choice
from graft.upgrades.match import fits, is_member, match_removed
from graft.version_members import VersionMember
from graft.versions.match import match_members, match_rows
from tests.upgrades.built import clone, edited, member, reference, seen

Rows = list[InstalledMember]
Version = list[VersionMember]

A, B = member("a"), member("b")
S = member("schema:s")
DECLARED = member("s", of="schema:s", kind="schema")


def aside(base: VersionMember, **fields: Any) -> InstalledMember:
    slug = f"{base.slug}~{base.kind}"
    return edited(base, **{"id": Id(f"{slug}#"), "slug": slug, **fields})


@pytest.mark.parametrize(
    ("rows", "new", "pairs"),
    [
        pytest.param([clone(A)], [member("a", 2)], {"a": "a#"}, id="a declared member is its slug"),
        pytest.param([clone(A)], [member("a", of="b")], {"a": "a#"}, id="whatever entity a clone is made of"),
        pytest.param([clone(A)], [member("a", kind="schema")], {}, id="but of one kind"),
        pytest.param([seen(reference("a"))], [reference("a", of="b")], {}, id="and a reference is one entity"),
        pytest.param([clone(A)], [member("x", of="a")], {"x": "a#"}, id="what is left over is its entity"),
        pytest.param(
            [clone(A), clone(B)], [member("a", of="b"), member("b", of="a")], {"a": "a#", "b": "b#"},
            id="clones under slugs that are exchanged stay where they are",
        ),
        pytest.param(
            [seen(reference("a")), seen(reference("b"))], [reference("a", of="b"), reference("b", of="a")],
            {"a": "b#", "b": "a#"}, id="references move",
        ),
        pytest.param(
            [clone(A), seen(reference("b"))], [reference("a", of="b"), member("b", of="a")], {"a": "b#", "b": "a#"},
            id="a reference is its entity also where a clone has the slug",
        ),
        pytest.param([clone(S)], [member("schema:s-2", of="schema:s")], {"schema:s-2": "schema:s#"},
                     id="a closure schema is its entity"),
        pytest.param([clone(S)], [member("schema:s", of="another")], {}, id="and nothing else"),
        pytest.param([clone(S)], [DECLARED], {"s": "schema:s#"}, id="a closure schema that is declared"),
        pytest.param([clone(DECLARED)], [S], {"schema:s": "s#"}, id="and back"),
        pytest.param(
            [clone(S, slug="s")], [member("s", of="another", kind="schema")], {"s": "schema:s#"},
            id="a schema that was declared under its slug is that member, though its base is of the closure",
        ),
        pytest.param([aside(A)], [member("a", 2)], {"a": "a~function#"}, id="what stood aside comes home"),
        pytest.param([aside(A), clone(A)], [member("a", 2)], {"a": "a#"}, id="unless another is there"),
        pytest.param(
            [aside(A), clone(member("a", kind="schema"))], [member("a", 2)], {"a": "a~function#"},
            id="of the kind that comes back",
        ),
        pytest.param(
            [aside(A), seen(reference("a", of="b"))], [member("a", of="c")], {"a": "a~function#"},
            id="though another entity is seen under the slug",
        ),
    ],
)  # fmt: skip
def test_a_row_is_found(rows: Rows, new: Version, pairs: dict[str, str]):
    installed = {row.base.slug: row.base for row in rows}
    assert {slug: row.id for slug, row in match_rows(rows, installed, new).items()} == pairs


@pytest.mark.parametrize(
    ("installed", "found"),
    [
        pytest.param({"schema:s": S}, "1", id="the one that the installed version has"),
        pytest.param({}, "2", id="else the newer one"),
    ],
)
def test_of_two_rows_of_one_entity_the_other_stayed_behind(installed: dict[str, VersionMember], found: str):
    rows = [clone(S, id=Id("1")), edited(S, id=Id("2"), slug="schema:s-7")]
    assert match_rows(rows, installed, [member("schema:s-3", of="schema:s")])["schema:s-3"].id == found


def test_no_row_is_two_members():
    new = [member("b", of="a"), member("a", of="b")]
    assert {slug: row.id for slug, row in match_rows([clone(A)], {"a": A}, new).items()} == {"a": "a#"}


def test_members_are_matched_as_rows_are():
    new = [member("x", of="a"), member("b", 2), DECLARED, member("fresh")]
    assert match_members([A, B, S], new) == {"x": A, "b": B, "s": S}


@pytest.mark.parametrize(
    ("row", "version", "there"),
    [
        pytest.param(clone(A), A, True, id="its member"),
        pytest.param(clone(A), member("a", of="b"), True, id="of another entity"),
        pytest.param(clone(A), member("a", kind="schema"), False, id="of another kind"),
        pytest.param(clone(S), member("schema:s", of="another"), False, id="another schema under the number"),
        pytest.param(clone(A), B, False, id="no member"),
    ],
)
def test_a_row_is_the_member_of_its_slug_or_stayed_behind_there(
    row: InstalledMember, version: VersionMember, there: bool
):
    assert is_member(row, {version.slug: version}) == there


def chosen(*members: VersionMember, cloned: bool = True) -> list[Choice]:
    return [Choice(found, "kept", cloned) for found in members]


def gone(base: VersionMember, **fields: Any) -> InstalledMember:
    return clone(base, removed=True, **fields)


@pytest.mark.parametrize(
    ("rows", "choices", "pairs"),
    [
        pytest.param([gone(A)], chosen(member("a", 2)), {"a": "a#"}, id="by its slug"),
        pytest.param([gone(A)], chosen(member("x", of="a")), {"x": "a#"}, id="else by its entity"),
        pytest.param([gone(A)], chosen(member("a", kind="schema")), {}, id="not with another kind"),
        pytest.param([gone(A)], chosen(reference("a"), cloned=False), {}, id="not as a reference"),
        pytest.param([gone(A, slug="a~function")], chosen(A), {"a": "a#"}, id="from where it stood aside"),
        pytest.param([gone(A, id=Id("1")), gone(A, id=Id("2"))], chosen(A), {"a": "2"}, id="the newer one"),
        pytest.param([gone(S)], chosen(member("schema:s", of="another")), {}, id="a closure schema not by its slug"),
        pytest.param([gone(S)], chosen(member("schema:s-2", of="schema:s")), {"schema:s-2": "schema:s#"},
                     id="but by its entity"),
        pytest.param([gone(A)], chosen(member("x", of="a"), A), {"a": "a#"}, id="its slug before its entity"),
    ],
)  # fmt: skip
def test_a_removed_row_comes_back_in_its_shape(rows: Rows, choices: list[Choice], pairs: dict[str, str]):
    assert {slug: row.id for slug, row in match_removed(rows, choices).items()} == pairs


@pytest.mark.parametrize(
    ("own", "others", "kept"),
    [
        pytest.param(edited(A, ["b#"]), [clone(B)], {"b#"}, id="what an edit names"),
        pytest.param(edited(A), [clone(B)], set[str](), id="not what it does not name"),
        pytest.param(clone(member("a", refs="b"), deleted=True), [clone(B)], {"b#"}, id="what a version's text names"),
        pytest.param(
            edited(A, ["b#"]), [clone(member("b", refs="c")), clone(member("c"))], {"b#", "c#"}, id="and what that names"
        ),
        pytest.param(
            edited(A, ["b#"]), [edited(B, ["c#"], detached_by=None), clone(member("c"))], {"b#", "c#"},
            id="by a text of its own too",
        ),
        pytest.param(edited(A, ["b"]), [seen(reference("b"))], {"b#"}, id="a reference by the author's entity"),
        pytest.param(edited(A, ["b#"]), [clone(member("b", refs="b a"))], {"b#"}, id="in circles"),
    ],
)  # fmt: skip
def test_what_is_left_alone_keeps_what_it_names(own: InstalledMember, others: Rows, kept: set[str]):
    assert kept_by([own], others, [own, *others]) == kept


def test_what_moves_on_with_its_version_keeps_nothing():
    own, moving, leaving = edited(A, ["b#"]), clone(member("b", refs="c")), clone(member("c"))
    assert kept_by([own], [leaving], [own, moving, leaving]) == set()


def test_only_a_row_of_the_same_shape_fits():
    cloned, referred = Choice(A, "kept", clone=True), Choice(reference("a"), "kept", clone=False)
    assert (fits(clone(A), cloned), fits(clone(A), referred)) == (True, False)
    assert (fits(seen(reference("a")), referred), fits(seen(reference("b")), referred)) == (True, False)

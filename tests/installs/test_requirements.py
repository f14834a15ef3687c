"""What a version asks of a workspace, and which installs another one needs."""

import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from graft.errors import Conflict, Invalid
from graft.ids import Id
from graft.installs.requirements import (
    _spec,
    all_needing,
    broken_by_moves,
    check_dependencies,
    check_variables,
    moved,
    needing,
    refuse_second,
)
from graft.installs.rows import ActiveInstall
from graft.manifest import manifest
from graft.versions.rows import FoundVersion


def dependencies(*needs: str, optional: bool = False) -> msgspec.Raw:
    """`needs`: slugs of `p` with a range, as `base ^1`."""
    wanted = [dict(zip(("integration", "range"), f"p/{need}".split(" ", 1), strict=True)) for need in needs]
    return msgspec.Raw(json.dumps([{**found, "optional": True} if optional else found for found in wanted]).encode())


def version(*needs: str, optional: bool = False, schema: Any = None) -> FoundVersion:
    """A version that needs these, and values as `schema` says."""
    return FoundVersion(
        id=Id("version"),
        integration_id=Id("of top"),
        version="1.0.0",
        manifest_snapshot=msgspec.Raw(b"{}"),
        variables_schema_snapshot=msgspec.Raw(json.dumps(schema).encode()),
        auth_config_snapshot=msgspec.Raw(b"{}"),
        dependencies=dependencies(*needs, optional=optional),
        permissions=[],
        allow_multiple_installs=True,
    )


def install(slug: str, *needs: str, optional: bool = False, **fields: Any) -> ActiveInstall:
    """An active install of `p/<slug>`, which needs this."""
    made: dict[str, Any] = {
        "id": slug, "workspace_id": "w", "integration_id": f"of {slug}", "version_id": "v", "variables_id": "s",
        "auth_state_id": None, "member_policy": "manual", "parent_install_id": None, "solution_id": None,
        "accepted_permissions": [], "allow_multiple": False, "last_upgraded_at": None, "deleted_at": None,
        "retention_tier": None, "publisher": "p", "slug": slug, "name": slug, "version": "1.0.0",
        "dependencies": dependencies(*needs, optional=optional), "auth_type": None, "auth_lives": None,
        "given": msgspec.Raw(b"{}"), "filled": msgspec.Raw(b"{}"),
    }  # fmt: skip
    return ActiveInstall(**made | fields)


def slugs(rows: list[ActiveInstall]) -> list[str]:
    return [row.slug for row in rows]


BASE = install("base")


@pytest.mark.parametrize(
    ("others", "children", "dependents"),
    [
        pytest.param([install("top", "base ^1")], [], ["top"], id="a dependent"),
        pytest.param([install("top", "base ^1", optional=True)], [], [], id="an optional dependency is missed by nobody"),
        pytest.param([install("top", "base ^2")], [], [], id="what it did not meet before it does not break"),
        pytest.param([install("top", "other *")], [], [], id="what needs another"),
        pytest.param([install("child", parent_install_id="base")], ["child"], [], id="a child"),
        pytest.param(
            [install("top", "base ^1"), install("base", id="second")], [], [], id="a second install is enough"
        ),
        pytest.param(
            [install("top", "base ^1"), install("base", id="second", version="2.0.0")], [], ["top"],
            id="unless it does not fit",
        ),
    ],
)  # fmt: skip
def test_who_would_miss_an_install(others: list[ActiveInstall], children: list[str], dependents: list[str]):
    found = needing([BASE], [BASE, *others])
    assert (slugs(found[0]), slugs(found[1])) == (children, dependents)


def test_installs_that_need_each_other_are_missed_by_nobody_when_they_go_together():
    one, other = install("one", "other *"), install("other", "one *")
    assert slugs(needing([one], [one, other])[1]) == ["other"]
    assert needing([one, other], [one, other]) == ([], [])


def test_all_that_cannot_do_without_it_go_first():
    rows = [install("base"), install("top", "middle *"), install("middle", "base ^1"), install("other", "base ^2")]
    rows += [install("child", parent_install_id="middle"), install("second", "top *", "middle *")]
    found = slugs(all_needing(rows[0], rows))
    assert set(found) == {"base", "middle", "top", "child", "second"}
    assert found[-2:] == ["middle", "base"]


def test_what_another_install_can_stand_for_does_not_take_its_dependents_along():
    rows = [install("base"), install("base", id="spare"), install("top", "base ^1")]
    assert slugs(all_needing(rows[0], rows)) == ["base"]
    rows[1] = install("base", id="spare", parent_install_id="base")
    assert set(slugs(all_needing(rows[0], rows))) == {"base", "top"}


def calls(work: Callable[[], object]) -> int:
    """How many functions are called by it."""
    count = 0

    def note(_frame: FrameType, event: str, _value: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def chain(length: int) -> list[ActiveInstall]:
    """Installs each of which needs the one before, and twenty others."""
    others = [f"other-{number} ^1" for number in range(20)]
    return [install(f"i-{at}", *([f"i-{at - 1} ^1"] if at else []), *others) for at in range(length)]


@pytest.mark.parametrize(
    "work",
    [
        lambda rows: all_needing(rows[0], rows),
        lambda rows: needing(rows[:1], rows),
        lambda rows: broken_by_moves({rows[0].id: replace(version(), version="2.0.0")}, rows),
    ],
    ids=["all that need", "needing", "broken"],
)
def test_work_grows_with_the_installs_of_the_workspace_and_no_faster(work: Callable[[list[ActiveInstall]], object]):
    few, many = chain(50), chain(200)
    work(few)
    assert calls(lambda: work(many)) < 5 * calls(lambda: work(few))


def test_a_range_is_parsed_once_whatever_the_number_of_installs():
    parsed = _spec.cache_info().misses
    rows = chain(50)
    all_needing(rows[0], rows)
    assert _spec.cache_info().misses - parsed <= 1


@pytest.mark.parametrize(
    ("others", "target", "broken"),
    [
        pytest.param([install("top", "base ^1")], "2.0.0", ["p/top"], id="a version that does not fit any more"),
        pytest.param([install("top", "base ^1")], "1.9.0", [], id="one that does"),
        pytest.param([install("top", "base ^1", optional=True)], "2.0.0", [], id="optional"),
        pytest.param([install("top", "base ^2")], "3.0.0", [], id="what was broken before"),
        pytest.param(
            [install("top", "base ^1"), install("base", id="second")],
            "2.0.0",
            [],
            id="a second install is enough",
        ),
    ],
)
def test_which_dependents_an_upgrade_breaks(others: list[ActiveInstall], target: str, broken: list[str]):
    assert broken_by_moves({BASE.id: replace(version(), version=target)}, [BASE, *others]) == broken


def test_installs_that_move_together_are_judged_by_the_state_after_all_of_them():
    top, other = install("top", "base ^1"), install("other", "base ^1")
    target = replace(version(), version="2.0.0")
    moves = {BASE.id: target, top.id: replace(version("base ^2"), version="2.0.0")}
    assert broken_by_moves(moves, [BASE, top]) == []
    assert broken_by_moves(moves, [BASE, top, other]) == ["p/other"]
    after = [moved(row, moves[row.id]) for row in (BASE, top)]
    check_dependencies(moves[top.id], after)
    with pytest.raises(Conflict):
        check_dependencies(moves[top.id], [BASE, top])


@pytest.mark.parametrize(
    ("needs", "missing", "unfit"),
    [
        (["base ^1"], None, None),
        (["other ^1"], ["p/other ^1"], []),
        (["base ^2"], ["p/base ^2"], ["p/base 1.0.0"]),
        (["base ^2", "other *", "base >=1"], ["p/base ^2", "p/other *"], ["p/base 1.0.0"]),
    ],
)
def test_what_is_missing_is_named_with_what_is_there_and_does_not_fit(
    needs: list[str], missing: list[str] | None, unfit: list[str] | None
):
    if missing is None:
        check_dependencies(version(*needs), [BASE])
        return
    with pytest.raises(Conflict) as refused:
        check_dependencies(version(*needs), [BASE])
    assert refused.value.code == "dependency-missing"
    assert refused.value.extra == {"missing": missing, "unfit": unfit}


def test_an_optional_dependency_is_never_missing():
    check_dependencies(version("other ^1", "base ^2", optional=True), [BASE])


def test_a_second_install_is_refused_by_name_under_the_same_parent():
    refuse_second(Id("of base"), Id("parent"), [BASE])
    refuse_second(Id("of another"), None, [BASE])
    with pytest.raises(Conflict) as refused:
        refuse_second(Id("of base"), None, [BASE])
    assert refused.value.extra == {"installs": ["intins_base"]}


SCHEMA = {
    "type": "object",
    "properties": {"host": {"type": "string", "default": "a"}, "port": {"type": "integer"}, "note": {"type": "string"}},
    "additionalProperties": False,
}
MANIFEST = {"members": [], "defaults": {"variables": {"host": "b"}}}


@pytest.mark.parametrize(
    ("given", "kept", "filled"),
    [
        pytest.param(
            {}, {}, {"host": "b", "port": None, "note": None}, id="the manifest's default before the schema's"
        ),
        pytest.param({"host": "c"}, {"host": "c"}, {"host": "c", "port": None, "note": None}, id="a value before both"),
        pytest.param({"host": "b"}, {"host": "b"}, {"host": "b", "port": None, "note": None}, id="though it is equal"),
        pytest.param({"host": None}, {}, {"host": "b", "port": None, "note": None}, id="null takes a value back"),
    ],
)
def test_what_was_given_and_what_was_filled_in_are_kept_apart(given: Any, kept: Any, filled: Any):
    values = check_variables(version(schema=SCHEMA), manifest.parse(MANIFEST), given)
    assert json.loads(values.given) == kept
    assert {name: values.variables.get(name) for name in filled} == filled
    assert json.loads(values.filled) == values.variables


def test_every_value_that_does_not_fit_is_named():
    with pytest.raises(Invalid) as refused:
        check_variables(version(schema=SCHEMA), manifest.parse(MANIFEST), {"port": "x", "note": 1, "other": None})
    assert {problem.pointer for problem in refused.value.problems} >= {"/variables/port", "/variables/note"}

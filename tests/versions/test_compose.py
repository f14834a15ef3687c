"""Which members a version would have, and under which slugs its closure stands: decided without a database."""

from typing import Any

import pytest

from graft import ids, jsontext
from graft.ids import Id
from graft.kinds.registry import load_kinds
from graft.manifest import manifest
from graft.templates import references
from graft.versions.compose import Rules, compose, name_closure
from graft.versions.rows import DraftEntity

KINDS = load_kinds()
A, B, C, D = (Id(ids.encode(bytes([number]) * 16)) for number in (1, 2, 3, 4))


def schema(entity_id: Id, slug: str = "error", definition: Any = None, kind: str = "schema") -> DraftEntity:
    text = jsontext.encode(definition or {})
    named = references(text, KINDS.prefixes)
    return DraftEntity(entity_id, A, kind, slug, slug, None, A, text, named, literal=False, deleted=False)


@pytest.mark.parametrize(
    ("closure", "before", "named"),
    [
        ("one of a slug has it", {}, {A: "schema:error"}),
        ("of two, the later has a number", {}, {A: "schema:error", B: "schema:error-2"}),
        ("who had the number keeps it alone", {A: "schema:error", B: "schema:error-2"}, {B: "schema:error-2"}),
        ("who had the slug keeps it beside an earlier one", {B: "schema:error"}, {A: "schema:error-2", B: "schema:error"}),
        ("a new one takes no number that was used", {A: "schema:error", B: "schema:error-2"}, {C: "schema:error-3"}),
        ("numbers are not closed up", {A: "schema:error", C: "schema:error-3"},
         {A: "schema:error", B: "schema:error-2", C: "schema:error-3"}),
        ("both had other numbers", {A: "schema:error-3", B: "schema:error"}, {A: "schema:error-3", B: "schema:error"}),
        ("a slug of other words is not kept", {A: "schema:other-2"}, {A: "schema:error"}),
        ("nor one that only begins so", {A: "schema:error-x"}, {A: "schema:error"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_closure_schema_keeps_its_slug_and_no_slug_moves_to_another(
    closure: str, before: dict[Id, str], named: dict[Id, str]
):
    found = name_closure([schema(entity_id) for entity_id in named], before)
    assert {entity.id: slug for slug, entity in found.items()} == named


def test_an_entity_whose_slug_ends_in_a_number_is_told_from_a_numbered_one():
    found = name_closure([schema(A), schema(B), schema(C, "error-2")], {})
    assert {entity.id: slug for slug, entity in found.items()} == {
        A: "schema:error", B: "schema:error-2", C: "schema:error-2-2",
    }  # fmt: skip


def test_ten_thousand_of_one_slug_each_have_a_number():
    closure = [schema(Id(ids.new_id())) for _ in range(10_000)]
    assert len(name_closure(closure, {closure[5_000].id: "schema:error-7"})) == 10_000


def composed(members: list[tuple[str, DraftEntity]], others: list[DraftEntity], before: dict[Id, str] | None = None):
    entries = [
        {"slug": slug, "entityId": KINDS.wire_id(entity.kind, entity.id), "kind": entity.kind}
        for slug, entity in members
    ]
    entities = {entity.id: entity for entity in [*(entity for _, entity in members), *others]}
    rules = Rules({"type": "object", "properties": {"x": {}}}, KINDS, 1024, before or {})
    found, broken = compose(manifest.parse({"members": entries}), entities, rules)
    return found, [(slug, problem) for slug, problems in broken for problem in problems]


def test_a_schema_that_becomes_a_declared_member_leaves_the_closure_and_its_slug_is_not_given_away():
    caller = schema(D, "caller", {"in": [f"sch_{A}", f"sch_{B}"]}, "function")
    found, broken = composed([("caller", caller), ("shape", schema(A))], [schema(B)], {A: "schema:error"})
    assert broken == []
    assert [(member.slug, member.role, member.entity.id) for member in found] == [
        ("caller", "member", D), ("shape", "member", A), ("schema:error-2", "closure", B),
    ]  # fmt: skip
    assert found[0].template.refs == ("shape", "schema:error-2")


def test_a_declared_member_that_goes_back_into_the_closure_is_a_new_one_there():
    caller = schema(D, "caller", {"in": [f"sch_{A}", f"sch_{B}"]}, "function")
    found, _ = composed([("caller", caller)], [schema(A), schema(B)], {B: "schema:error"})
    assert {member.slug: member.entity.id for member in found} == {
        "caller": D, "schema:error": B, "schema:error-2": A,
    }  # fmt: skip


def test_problems_of_all_entities_come_at_once_with_their_places():
    caller = schema(D, "caller", {"in": f"sch_{A}", "of": f"sch_{C}", "t": "${ variables.x }"}, "function")
    found, broken = composed(
        [("caller", caller)], [schema(A, "error", {"t": "${variables.y} ${variables.}" + "x" * 1024})]
    )
    assert [member.slug for member in found] == ["schema:error"]
    assert sorted((slug, problem.pointer, problem.code) for slug, problem in broken) == [
        ("caller", "/manifest/members/0/entityId", "malformed-placeholder"),
        ("caller", "/manifest/members/0/entityId", "unresolved-reference"),
        ("schema:error", "/manifest/members", "definition-too-large"),
        ("schema:error", "/manifest/members", "malformed-placeholder"),
        ("schema:error", "/manifest/members", "undeclared-variable"),
    ]

"""Tiers by role and by grant."""

from hypothesis import given, settings
from hypothesis import strategies as st

from graft.auth.caller import NOBODY, Caller, Tier
from graft.ids import Id

WORKSPACES = [Id(f"{number:026}") for number in range(1, 4)]
USER, OTHER = Id("5" * 26), Id("6" * 26)
tiers = st.sampled_from([Tier.VIEWER, Tier.EDITOR, Tier.ADMIN])
roles = st.dictionaries(st.sampled_from(WORKSPACES), tiers)
grants = st.lists(st.tuples(st.sampled_from([None, USER, OTHER, *WORKSPACES]), tiers))


def _session(roles: dict[Id, Tier]) -> Caller:
    return Caller(NOBODY, "session", USER, roles)


@settings(max_examples=300)
@given(roles, grants)
def test_a_grant_is_worth_what_it_says_to_the_user_and_at_most_the_role_through_a_workspace(
    roles: dict[Id, Tier], grants: list[tuple[Id | None, Tier]]
):
    def worth(subject: Id | None, tier: Tier) -> Tier:
        if subject is None:
            return Tier.VIEWER
        if subject == USER:
            return tier
        return min(tier, roles[subject]) if subject in roles else Tier.NONE

    assert _session(roles).granted(grants) == max([worth(*grant) for grant in grants], default=Tier.NONE)


@settings(max_examples=200)
@given(roles, tiers)
def test_the_subjects_at_a_tier_are_those_through_which_a_grant_can_have_it(roles: dict[Id, Tier], tier: Tier):
    caller = _session(roles)
    for subject in (USER, *WORKSPACES):
        assert (subject in caller.subjects(tier)) == (caller.granted([(subject, Tier.ADMIN)]) >= tier)


def test_a_key_is_its_workspace_and_not_the_user_who_made_it():
    key = Caller(NOBODY, "secret", USER, {WORKSPACES[0]: Tier.EDITOR})
    assert key.granted([(USER, Tier.ADMIN)]) == Tier.NONE
    assert USER not in key.subjects()
    assert key.granted([(WORKSPACES[0], Tier.ADMIN)]) == Tier.EDITOR


def test_a_list_of_workspaces_is_never_empty():
    assert _session({}).workspaces() == [NOBODY]
    assert _session({WORKSPACES[0]: Tier.VIEWER}).workspaces(Tier.EDITOR) == [NOBODY]


def test_a_platform_admin_is_admin_everywhere():
    assert Caller(NOBODY, "session", USER, {}, platform_admin=True).tier_in(WORKSPACES[0]) == Tier.ADMIN
    assert _session({}).tier_in(WORKSPACES[0]) == Tier.NONE

"""The decisions on conflicts that a body gives: read, and looked at when the conflicts are known: pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graft.errors import Problem, raise_if_any
from graft.jsontext import pointer
from graft.merge import Resolution, Value
from graft.upgrades.merge_edit import Decisions
from graft.upgrades.merge_edits import Merges

# What a member's part of a body may be.
_FORM = "Expected `mine`, `theirs` or an object with the one key `value`."


def read_decisions(resolutions: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Resolution]]:
    """`Invalid` names each that is none."""
    raise_if_any(_problems(resolutions))
    return {key: {place: _decision(choice) for place, choice in places.items()} for key, places in resolutions.items()}


def refuse_unknown(decisions: Decisions, merges: Sequence[Merges]) -> None:
    """`Invalid` names each decision to which the plan has no conflict, or of which nobody can tell whose it is."""
    raise_if_any(_unknown(decisions, merges))


def still_decided(
    resolutions: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, Mapping[str, str]],
    now: Mapping[str, Mapping[str, str]],
) -> dict[str, dict[str, Any]]:
    """The decisions that are between the same values as `before`."""
    kept = {
        key: {
            place: choice
            for place, choice in places.items()
            if place in now.get(key, {}) and now[key][place] == before.get(key, {}).get(place)
        }
        for key, places in resolutions.items()
    }
    return {key: places for key, places in kept.items() if places}


def _problems(resolutions: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for key, places in resolutions.items():
        for place, choice in places.items():
            if choice not in ("mine", "theirs") and not (isinstance(choice, dict) and choice.keys() == {"value"}):
                yield Problem(pointer("resolutions", key, place), "invalid-resolution", _FORM)


def _decision(choice: Any) -> Resolution:
    return Value(choice["value"]) if isinstance(choice, dict) else choice


def _unknown(decisions: Decisions, merges: Sequence[Merges]) -> Iterator[Problem]:
    detail = "The plan has no such conflict."
    for key, places in decisions.items():
        of_installs = sum(key in found.decided for found in merges)
        if of_installs > 1:
            told = "Several installs of the plan have a member of this slug; name it by its id."
            yield Problem(pointer("resolutions", key), "ambiguous-member", told)
        elif not of_installs:
            for place in places:
                yield Problem(pointer("resolutions", key, place), "unknown-conflict", detail)
    for found in merges:
        for key, place in found.unknown:
            yield Problem(pointer("resolutions", key, place), "unknown-conflict", detail)

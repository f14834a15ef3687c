"""Edits as tenants make them, and what each of them means on a newer version: told by meaning, by no merge."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graft.jsontext import Json, canonical

# The way down: a key, the (in, name) of a parameter, or an index.
Step = str | tuple[str, str] | int
Steps = tuple[Step, ...]

SETS = ("required", "enum", "tags", "security")
_TEXTS = ("description", "summary", "title")
# What names a thing, or ties it to others, is nothing that a tenant rewords.
_FIXED = ("$ref", "in", "name", "operationId", "method", "path", "inputSchemaId", "outputSchemaId")
_WORDS = ("please", "only", "internal", "accounts", "tenant", "listed", "here", "never", "without", "approval", "owner")


class Clash(Exception):
    """The newer version changed the place of an edit, or has it no more: a person has to decide."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change. `place` is what it touches: two edits whose places are within each other are not made together."""

    kind: str
    place: Steps
    value: Json = None


def places(value: Json, steps: Steps = ()) -> Iterator[tuple[Steps, Json]]:
    """All places that edits name; what stands in a set has none of its own."""
    yield steps, value
    if isinstance(value, dict):
        for name, one in value.items():
            yield from places(one, (*steps, name))
    elif isinstance(value, list) and steps[-1] not in SETS:
        for step, one in zip(_item_steps(value, steps), value, strict=True):
            yield from places(one, (*steps, step))


def changed_places(base: Json, target: Json, steps: Steps = ()) -> Iterator[Steps]:
    """Where the newer version differs, as exactly as objects tell."""
    if canonical(base) == canonical(target):
        return
    if not isinstance(base, dict) or not isinstance(target, dict):
        yield steps
        return
    for name in base.keys() | target.keys():
        if name in base and name in target:
            yield from changed_places(base[name], target[name], (*steps, name))
        else:
            yield (*steps, name)


def draw(base: Json, count: int, choice: random.Random, near: Sequence[Steps] = ()) -> list[Edit]:
    """Edits that do not touch each other; `near`: only at these places, above or below them, or beside them."""
    found = [(steps, value) for steps, value in places(base) if steps and steps[-1] not in _FIXED]
    found = [(steps, value) for steps, value in found if not near or _is_near(steps, near)]
    edits: list[Edit] = []
    for _ in range(40 * bool(found)):
        if len(edits) == count:
            break
        kind = choice.choices(list(_KINDS), [weight for weight, _ in _KINDS.values()])[0]
        steps, value = choice.choice(found)
        edit = _KINDS[kind][1](kind, steps, value, choice)
        if edit is not None and not any(_within(edit.place, one.place) for one in edits):
            edits.append(edit)
    return edits


def _is_near(steps: Steps, changed: Sequence[Steps]) -> bool:
    return any(_within(steps, one) or steps[:-1] == one[:-1] for one in changed)


def _within(one: Steps, other: Steps) -> bool:
    return one[: len(other)] == other[: len(one)]


def _item_steps(items: Sequence[Json], steps: Steps) -> Sequence[Step]:
    return _parameter_names(items) if steps == ("parameters",) else range(len(items))


def _parameter_names(items: Sequence[Json]) -> list[tuple[str, str]]:
    return [(item["in"], item["name"]) for item in items]


# what can be edited: the kind, its weight, and the edit of it at a place, None where the place is none for it


def _text(kind: str, steps: Steps, value: Json, choice: random.Random) -> Edit | None:
    if not isinstance(value, str) or steps[-1] not in _TEXTS:
        return None
    words = " ".join(choice.sample(_WORDS, 4)).capitalize() + "."
    new = {"reword": words, "append": f"{value} {words}", "prepend": f"{words} {value}"}[kind]
    return Edit("set", steps, new)


def _scalar(_kind: str, steps: Steps, value: Json, choice: random.Random) -> Edit | None:
    if isinstance(value, dict | list) or steps[-1] in _TEXTS or steps[-1] == "url":
        return None
    if isinstance(value, bool):
        return Edit("set", steps, not value)
    return Edit("set", steps, f"{value}x" if isinstance(value, str) else choice.randrange(10_000, 20_000))


def _url(_kind: str, steps: Steps, _value: Json, choice: random.Random) -> Edit | None:
    return Edit("set", steps, f"https://{choice.choice(_WORDS)}.example.com") if steps[-1] == "url" else None


def _new_key(_kind: str, steps: Steps, value: Json, choice: random.Random) -> Edit | None:
    named = steps[-1] in ("properties", "responses", "headers") or isinstance(steps[-1], int)
    return None if named or not isinstance(value, dict) else Edit("put", (*steps, f"x-{choice.choice(_WORDS)}"), "own")


def _gone(_kind: str, steps: Steps, value: Json, _choice: random.Random) -> Edit | None:
    return Edit("remove", steps, value) if isinstance(steps[-1], str) and len(steps) > 1 else None


def _property(kind: str, steps: Steps, value: Json, choice: random.Random) -> Edit | None:
    if steps[-2:-1] != ("properties",):
        return None
    name = f"{choice.choice(_WORDS)}_own"
    if kind == "new property":
        return Edit("put", (*steps[:-1], name), {"type": "string", "description": "Ours."})
    return Edit("remove", steps, value) if kind == "property gone" else Edit("rename", steps, name)


def _member(kind: str, steps: Steps, value: Json, choice: random.Random) -> Edit | None:
    if not isinstance(value, list) or steps[-1] not in SETS:
        return None
    if kind == "member gone":
        return Edit("take", (*steps, choice.randrange(len(value))), choice.choice(value)) if value else None
    word = choice.choice(_WORDS)
    return Edit("give", (*steps, word), {word: []} if steps[-1] == "security" else word)


def _parameter(kind: str, steps: Steps, value: Json, choice: random.Random) -> Edit | None:
    if kind == "new parameter" and steps == ("parameters",):
        name = f"{choice.choice(_WORDS)}_own"
        item = {"in": "query", "name": name, "schema": {"type": "string"}}
        return Edit("put", (*steps, ("query", name)), item)
    if kind == "parameters turned" and steps == ("parameters",) and len(value) > 1:
        return Edit("turn", (*steps, "order"))
    return Edit("remove", steps, value) if kind == "parameter gone" and isinstance(steps[-1], tuple) else None


def _item(kind: str, steps: Steps, value: Json, choice: random.Random) -> Edit | None:
    if not isinstance(value, list) or not value or steps[-1] in (*SETS, "parameters"):
        return None
    if kind == "new item":
        return Edit("append", steps, choice.choice([{"type": "string", "title": choice.choice(_WORDS)}, "own"]))
    if kind == "item gone":
        return Edit("drop", steps, choice.choice(value))
    return Edit("reverse", steps) if canonical(value) != canonical(value[::-1]) else None


_Make = Callable[[str, Steps, Json, random.Random], Edit | None]
_KINDS: Mapping[str, tuple[int, _Make]] = {
    "reword": (16, _text), "append": (14, _text), "prepend": (4, _text), "scalar": (14, _scalar), "url": (5, _url),
    "new key": (8, _new_key), "key gone": (6, _gone), "new property": (8, _property), "property gone": (5, _property),
    "property renamed": (2, _property), "new member": (14, _member), "member gone": (8, _member),
    "new parameter": (8, _parameter), "parameter gone": (4, _parameter), "parameters turned": (1, _parameter),
    "new item": (2, _item), "item gone": (2, _item), "items turned": (1, _item),
}  # fmt: skip


# what an edit means


def replay(edit: Edit, base: Json, document: Any) -> bool:
    """Make the edit on `document`, in place. `Clash` if this is no document that has its place as `base` has it.

    False if a list on the way moved: then what is made is right, and so is to ask a person.
    """
    *above, last = edit.place
    before, holder, sure = _follow(base, document, above)
    if isinstance(last, int) and isinstance(before, list) and edit.kind not in ("take", "give", "turn"):
        last, certain = _index_of(before, holder, last)
        sure = sure and certain
    if isinstance(last, tuple):
        _replay_item(edit, holder, last)
    elif edit.kind in ("take", "give", "turn"):
        _replay_member(edit, holder)
    else:
        sure = _replay_key(edit, before, holder, last) and sure
    return sure


def _follow(before: Any, here: Any, steps: Sequence[Step]) -> tuple[Any, Any, bool]:
    """What stands there in the older document, in this one, and whether no list on the way has moved."""
    sure = True
    for step in steps:
        if type(before) is not type(here):
            raise Clash
        if isinstance(step, tuple):
            keys = _parameter_names(here)
            if step not in keys:
                raise Clash
            before, here = before[_parameter_names(before).index(step)], here[keys.index(step)]
            continue
        there: Any = step
        if isinstance(step, int):
            there, certain = _index_of(before, here, step)
            sure = sure and certain
        elif step not in here:
            raise Clash
        before, here = before[step], here[there]
    return before, here, sure


def _index_of(before: Any, here: Any, index: int) -> tuple[int, bool]:
    """Where an item is now, and whether that is beyond doubt; `Clash` where nobody can tell."""
    if not isinstance(here, list):
        raise Clash
    old, new = [canonical(item) for item in before], [canonical(item) for item in here]
    moved = any(text == other for i, text in enumerate(old) for j, other in enumerate(new) if i != j)
    if len(old) == len(new) and not moved:
        return index, True
    if new.count(old[index]) != 1:
        raise Clash
    return new.index(old[index]), False


def _replay_item(edit: Edit, here: Any, key: tuple[str, str]) -> None:
    """A parameter more or less."""
    if not isinstance(here, list):
        raise Clash
    keys = _parameter_names(here)
    if edit.kind == "put":
        if key in keys:
            raise Clash
        here.append(edit.value)
    elif key in keys:
        if canonical(here[keys.index(key)]) != canonical(edit.value):
            raise Clash
        del here[keys.index(key)]


def _replay_member(edit: Edit, here: Any) -> None:
    """A member of a set more or less; another order means nothing."""
    if not isinstance(here, list):
        raise Clash
    texts = [canonical(member) for member in here]
    if edit.kind == "give" and canonical(edit.value) not in texts:
        here.append(edit.value)
    if edit.kind == "take" and canonical(edit.value) in texts:
        del here[texts.index(canonical(edit.value))]
    if edit.kind == "turn":
        here.reverse()


def _replay_key(edit: Edit, before: Any, here: Any, name: Any) -> bool:
    """A value of an object, or an item of a list, that is set, put, removed, renamed, or changed as a list."""
    if type(before) is not type(here):
        raise Clash
    there = isinstance(here, list) or name in here
    if edit.kind == "put":
        if there and canonical(here[name]) != canonical(edit.value):
            raise Clash
        here[name] = edit.value
        return True

    old: Any = before[edit.place[-1]]  # pyright: ignore[reportArgumentType, reportCallIssue]
    if edit.kind == "remove" and not there:
        return True
    if not there:
        raise Clash
    if edit.kind in ("append", "drop", "reverse"):
        return _replay_list(edit, old, here[name])
    if canonical(here[name]) != canonical(old) and canonical(here[name]) != canonical(edit.value):
        raise Clash
    if edit.kind == "set":
        here[name] = edit.value
    elif edit.kind == "rename":
        here[edit.value] = here.pop(name)
    else:
        del here[name]
    return True


def _replay_list(edit: Edit, old: list[Json], here: Any) -> bool:
    """Another item, one less, or all in another order: sure only in a list that is as it was."""
    if not isinstance(here, list):
        raise Clash
    texts = [canonical(item) for item in here]
    if edit.kind == "append":
        here.append(edit.value)
    elif edit.kind == "reverse":
        if canonical(old) not in (canonical(here), canonical(here[::-1])):
            raise Clash
        here[:] = old[::-1]
    elif canonical(edit.value) in texts:
        del here[texts.index(canonical(edit.value))]
    else:
        raise Clash
    return canonical(old) == b"[" + b",".join(texts) + b"]"

"""A merge over flattened documents, written anew: all values of the keyed view by their paths, side by side.

It shares no code with the library. What an array is read as is decided beforehand, with all sides in sight; equality is
that of texts of its own; orders are compared pair by pair. Slow, and of another making on purpose.
"""

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from tests.merge.edits import fields_of

Path = tuple[str, ...]
# path → the text of a scalar or of a whole array, or what sort of container stands there
Flat = dict[Path, str]
MISSING: Any = object()
CONTAINERS = {"object": "{}", "key": "[key]", "set": "[set]", "aligned": "[index]"}


def naive_merge(base: Any, current: Any, target: Any) -> tuple[Flat, set[tuple[str, str]]]:
    """The flattened merge, with current where conflicts are left, and (pointer, kind) of these."""
    sides = [base, current, target]
    whole = whole_places(sides)
    values = [dict(_places(side, (), whole)) for side in sides]
    result: Flat = {}
    conflicts: set[tuple[str, str]] = set()
    decided: set[Path] = set()

    for path in sorted({path for found in values for path in found}, key=len):
        if any(path[:length] in decided for length in range(len(path) + 1)):
            continue
        here = [found.get(path, MISSING) for found in values]
        sort = _common_sort(path, here, whole)
        kind = "order" if sort == "key" and is_ordered(path) and _orders_clash(path, here) else ""
        if sort in ("object", "key", "aligned") and not kind:
            result[path] = CONTAINERS[sort]
            continue

        decided.add(path)
        if sort == "set":
            result |= {path: CONTAINERS["set"]} | {(*path, text): "" for text in _members(here)}
            continue
        chosen, kind = (here[1], kind) if kind else _choose(here)
        if kind:
            conflicts.add((_pointer(path), kind))
        if chosen is not MISSING:
            result |= flat(chosen, path, whole)
    return result, conflicts


def is_ordered(path: Path) -> bool:
    return path[-1] == "steps"


def _sort(path: Path) -> str:
    """How an array at this place is declared."""
    if fields_of(path):
        return "key"
    return {"tags": "set", "any": "aligned"}.get(path[-1] if path else "", "")


def _common_sort(path: Path, here: list[Any], whole: set[Path]) -> str:
    """What the sides have in common that is merged part by part; nothing where two sides agree anyway."""
    base, current, target = here
    texts = [*map(text_of, here)]
    if texts[0] in texts[1:] or texts[1] == texts[2]:
        return ""
    if all(isinstance(side, dict) for side in here):
        return "object"
    if not isinstance(current, list) or not isinstance(target, list) or path in whole:
        return ""
    return _sort(path) if isinstance(base, list) or base is MISSING else ""


def _choose(here: list[Any]) -> tuple[Any, str]:
    """What stands where nothing is merged part by part, and the kind of the conflict there."""
    base, current, target = here
    texts = [*map(text_of, here)]
    if texts[0] == texts[1]:
        return target, ""
    if texts[0] == texts[2] or texts[1] == texts[2]:
        return current, ""

    loose = [MISSING if side is MISSING else _number_free(side) for side in here]
    near = [side for side in (1, 2) if MISSING not in (base, here[side]) and loose[0] == loose[side]]
    if len(near) == 1:
        return here[3 - near[0]], ""
    if near or (MISSING not in (current, target) and loose[1] == loose[2]):
        return min((current, target), key=lambda side: (len(text_of(side).encode()), text_of(side).encode())), ""
    return current, _kind(here)


def _kind(here: list[Any]) -> str:
    for missing, kind in enumerate(("both-added", "deleted-and-changed", "changed-and-deleted")):
        if here[missing] is MISSING:
            return kind
    return "both-changed" if len({_type(side) for side in here}) == 1 else "type"


def _members(here: list[Any]) -> set[str]:
    base, current, target = ({text_of(item) for item in ([] if side is MISSING else side)} for side in here)
    return ((current | target) - base) | (base & current & target)


def _orders_clash(path: Path, here: list[Any]) -> bool:
    """Whether both sides changed an order that has a meaning, told from pairs of items."""
    base, current, target = ([_key(item, path) for item in ([] if side is MISSING else side)] for side in here)
    both = [key for key in current if key in target]
    mine = {_gap(current, new, both) for new in current if new not in base and new not in target}
    theirs = {_gap(target, new, both) for new in target if new not in base and new not in current}
    if mine & theirs:
        return True

    known = [key for key in both if key in base]
    pairs = [*itertools.permutations(known, 2)]
    orders = [tuple(_before(side, *pair) for pair in pairs) for side in (base, current, target)]
    one_moved = orders[1] != orders[2] and orders[0] in orders[1:]
    new = [key for key in both if key not in base]
    apart = [key for key in current if key in both] != [key for key in target if key in both]
    return apart and not (one_moved and _same_places(current, target, new, known))


def _same_places(current: Sequence[Path], target: Sequence[Path], new: Sequence[Path], known: Sequence[Path]) -> bool:
    """Whether both sides put what is new to both behind the same, and in one order where that is the same."""
    if any(_gap(current, key, known) != _gap(target, key, known) for key in new):
        return False
    return all(
        _before(current, *pair) == _before(target, *pair)
        for pair in itertools.permutations(new, 2)
        if _gap(current, pair[0], known) == _gap(current, pair[1], known)
    )


def _before(keys: Sequence[Path], one: Path, other: Path) -> bool:
    return keys.index(one) < keys.index(other)


def _gap(keys: Sequence[Path], new: Path, both: Sequence[Path]) -> Path | None:
    """The item of both sides that a new one stands behind, however far."""
    return next((key for key in reversed(keys[: keys.index(new)]) if key in both), None)


# which arrays are lists


def whole_places(sides: Iterable[Any]) -> set[Path]:
    """The places of arrays that some side has not as declared, found from above: nothing below such a one is a place."""
    sides = [*sides]
    whole: set[Path] = set()
    while True:
        found = [{path: one for path, one in _places(side, (), whole) if isinstance(one, list)} for side in sides]
        paths = {path for arrays in found for path in arrays} - whole
        worse = {path for path in paths if not _is_list(path, [arrays.get(path) for arrays in found])}
        if not worse:
            return whole
        shortest = min(map(len, worse))
        whole |= {path for path in worse if len(path) == shortest}


def _is_list(path: Path, found: list[list[Any] | None]) -> bool:
    there = [one for one in found if one is not None]
    check: dict[str, Callable[[], bool]] = {
        "key": lambda: all(_has_keys(one, path) for one in there),
        "set": lambda: all(len(set(map(text_of, one))) == len(one) for one in there),
        "aligned": lambda: len(there) == len(found) and _aligned(there),
        "": lambda: False,
    }
    return check[_sort(path)]()


def _aligned(arrays: list[list[Any]]) -> bool:
    base = [*map(text_of, arrays[0])]
    return all(
        len(side) == len(base)
        and not any(base[i] == text_of(side[j]) for i, j in itertools.permutations(range(len(base)), 2))
        for side in arrays[1:]
    )


def _has_keys(items: list[Any], path: Path) -> bool:
    if not all(isinstance(item, dict) for item in items):
        return False
    keys = [_key(item, path) for item in items]
    return all(type(part) is str for key in keys for part in key) and len(set(keys)) == len(keys)


def _key(item: Any, path: Path) -> Path:
    return tuple(item.get(name) for name in fields_of(path))


# flattening


def _places(value: Any, path: Path, whole: set[Path]) -> Iterable[tuple[Path, Any]]:
    """The values of the keyed view; an array that is read as a whole or as a set is one of them."""
    yield path, value
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _places(one, (*path, name), whole)
    elif isinstance(value, list) and path not in whole:
        is_keyed = _sort(path) == "key" and _has_keys(value, path)
        for index, one in enumerate(value if is_keyed or _sort(path) == "aligned" else ()):
            yield from _places(one, path + (_key(one, path) if is_keyed else (str(index),)), whole)


def flat(value: Any, path: Path, whole: set[Path]) -> Flat:
    """A value as text by its places, in no order."""
    result: Flat = {}
    for where, one in _places(value, path, whole):
        if isinstance(one, dict):
            result[where] = CONTAINERS["object"]
        elif isinstance(one, list) and where not in whole:
            result[where] = CONTAINERS[_sort(where)]
            result |= {(*where, text_of(item)): "" for item in one if _sort(where) == "set"}
        else:
            result[where] = text_of(one)
    return result


def text_of(value: Any) -> str:
    """JSON with sorted keys and all digits; nothing of what is not there."""
    if value is MISSING:
        return ""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{text_of(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(text_of, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def _number_free(value: Any) -> Any:
    """The same of values that differ in how their numbers are written."""
    if isinstance(value, dict):
        return ("object", frozenset((key, _number_free(one)) for key, one in value.items()))
    if isinstance(value, list):
        return ("array", tuple(map(_number_free, value)))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return (_type(value), value)
    return ("number", Decimal(value).normalize())


def _type(value: Any) -> str:
    names = {bool: "boolean", int: "number", Decimal: "number", str: "string", dict: "object", list: "array"}
    return names.get(type(value), "null")


def _pointer(path: Path) -> str:
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)

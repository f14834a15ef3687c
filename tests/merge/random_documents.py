"""Random documents with lists of every kind, inside each other too, and random edits of them. Small, so that edits meet."""

import copy
import os
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graft import jsontext
from graft.merge import ABSENT, Conflict, ListRule, Value, compile_lists

LISTS = compile_lists(
    {
        "/params": ListRule(key=("in", "name")),
        "/params/*/*/subs": ListRule(key=("id",)),
        "/steps": ListRule(key=("id",), ordered=True),
        "/steps/*/steps": ListRule(key=("id",), ordered=True),
        "**/tags": ListRule(set=True),
        "**/any": ListRule(aligned=True),
    }
)
# Name of a field that holds a list of objects with a key → its fields.
KEYS = {"params": ("in", "name"), "steps": ("id",), "subs": ("id",)}
NAMES = ["a", "b", "x/y", "", "params", "steps", "subs", "tags", "any", "other"]
CASES = 50_000 if os.environ.get("GRAFT_TORTURE") == "1" else 5_000
_BATCH = 25
SCALARS: list[Any] = [None, True, False, 0, 1, 2, Decimal("1.0"), Decimal("1.00"), Decimal("0.0"), "", "s", "t", "1"]
IDS = ["", "i", "j", "k~", "l"]


class Maker:
    """Makes documents and edits of them by `choice`."""

    def __init__(self, choice: Random) -> None:
        self.choice = choice
        self.notes: list[str] = []

    def note(self, name: str, value: Any) -> None:
        """Something to be told where the test fails."""
        self.notes.append(f"{name} {jsontext.encode(value).decode()}")

    def document(self) -> dict[str, Any]:
        names = ["params", "steps", "tags", "any", "a", "b", "other"]
        return {name: self.named(name, 3) for name in names if self.choice.random() < 0.7}

    def named(self, name: str, depth: int) -> Any:
        """What mostly stands under `name`, now and then something else."""
        if self.choice.random() < 0.06:
            return self.value(depth)
        if name in KEYS:
            return [self.item(KEYS[name], depth - 1) for _ in range(self.choice.randrange(4))]
        if name == "tags":
            return [self.value(0 if self.choice.random() < 0.8 else 1) for _ in range(self.choice.randrange(4))]
        if name in ("any", "other"):
            return [self.value(depth - 1) for _ in range(self.choice.randrange(3))]
        return self.value(depth)

    def item(self, fields: tuple[str, ...], depth: int) -> dict[str, Any]:
        """An item of a list with a key, now and then without."""
        key = {name: self.choice.choice(IDS) for name in fields if self.choice.random() < 0.98}
        names = self.choice.sample(["a", "subs", "steps", "tags", "any"], self.choice.randrange(3)) if depth > 0 else []
        return key | {name: self.named(name, depth) for name in names}

    def value(self, depth: int) -> Any:
        if depth <= 0 or self.choice.random() < 0.5:
            return self.choice.choice(SCALARS)
        if self.choice.random() < 0.2:
            return [self.value(depth - 1) for _ in range(self.choice.randrange(3))]
        names = self.choice.sample(NAMES, self.choice.randrange(4))
        return {name: self.named(name, depth - 1) for name in names}

    def edited(self, document: Any) -> Any:
        """The document with up to four edits; mostly some, so that it rarely is as it was."""
        changed = copy.deepcopy(document)
        for _ in range(self.choice.choice([0, 1, 1, 2, 2, 3, 4])):
            changed = self._edit(changed, self.choice.choice([1, 2, 3, 4]))
        return changed

    def _edit(self, node: Any, depth: int) -> Any:
        """Something else somewhere in `node`, at most `depth` deep."""
        if isinstance(node, dict) and (depth > 0 or self.choice.random() < 0.5):
            return self._edit_object(node, depth)
        if isinstance(node, list) and (depth > 0 or self.choice.random() < 0.8):
            return self._edit_list(node, depth)
        return self.value(1)

    def _edit_object(self, node: dict[str, Any], depth: int) -> dict[str, Any]:
        how = self.choice.random()
        if node and how < 0.6:
            name = self.choice.choice(list(node))
            return node | {name: self._edit(node[name], depth - 1)}
        if node and how < 0.75:
            gone = self.choice.choice(list(node))
            return {name: value for name, value in node.items() if name != gone}
        if how < 0.85:
            return dict(self.choice.sample(list(node.items()), len(node)))
        name = self.choice.choice(NAMES)
        return node | {name: self.named(name, 2)}

    def _edit_list(self, node: list[Any], depth: int) -> list[Any]:
        how = self.choice.random()
        place = self.choice.randrange(len(node) + 1)
        if node and how < 0.45:
            place = self.choice.randrange(len(node))
            return [*node[:place], self._edit(node[place], depth - 1), *node[place + 1 :]]
        if node and how < 0.6:
            place = self.choice.randrange(len(node))
            return node[:place] + node[place + 1 :]
        if how < 0.7:
            return self.choice.sample(node, len(node))
        return [*node[:place], self._new_item(node), *node[place:]]

    def _new_item(self, node: list[Any]) -> Any:
        """An item like those that are there."""
        for fields in KEYS.values():
            if node and isinstance(node[0], dict) and all(name in node[0] for name in fields):
                return self.item(fields, 1)
        return self.value(1)

    def triple(self) -> tuple[Any, Any, Any]:
        """A document, and two versions that were made of it."""
        base = self.document()
        current, target = self.edited(base), self.edited(base)
        for name, side in (("base", base), ("current", current), ("target", target)):
            self.note(name, side)
        return base, current, target

    def shuffled(self, node: Any) -> Any:
        """The same with the keys of its objects in another order."""
        if isinstance(node, list):
            return [*map(self.shuffled, node)]
        if not isinstance(node, dict):
            return node
        return {name: self.shuffled(value) for name, value in self.choice.sample(list(node.items()), len(node))}


def own_answer(conflict: Conflict) -> Value:
    """An answer that is neither side's, and has the key of its item, if it is one."""
    side = conflict.target if conflict.current is ABSENT else conflict.current
    return Value((side if isinstance(side, dict) else {}) | {"answer": 1})


def unordered(node: Any, *names: str) -> bytes:
    """A text that does not depend on the order of lists without one, nor of those under `names`."""
    return jsontext.canonical(_sorted(node, "", {"params", "subs", "tags", *names}))


def _sorted(node: Any, name: str, names: set[str]) -> Any:
    if isinstance(node, dict):
        return {key: _sorted(value, key, names) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    items = [_sorted(item, "", names) for item in node]
    return sorted(items, key=jsontext.canonical) if name in names else items


def law(test: Callable[[Maker], None]) -> Callable[[], None]:
    """A test of a law on random documents, `CASES` of them.

    They are made from seeds, a batch of each, which takes a small part of the time of choices that shrink.
    """

    def batch(seed: int) -> None:
        for number in range(_BATCH):
            maker = Maker(Random(f"{seed} {number}"))
            try:
                test(maker)
            except Exception as error:
                error.add_note("\n".join([f"number {number}", *maker.notes]))
                raise

    batch.__name__ = test.__name__
    bounded = settings(max_examples=CASES // _BATCH, deadline=None, database=None)
    return bounded(given(st.integers(0, 2**48))(batch))

"""Tell the strings of a definition that are data from those in which references and placeholders count.

A key of an object is either a *keyword*, which says what its value is for, or a *name*, which somebody chose. The value
of a data keyword (`example`, `default`, `x-…`) is a *data place*: nothing in it, at any depth, is a reference or a
placeholder. A name is never a keyword, so a property named `default` is a schema like any other.

The key above an object decides which of them its keys are. Under `properties`, `headers` and other maps of names the
keys are names, and the value of each is an object of keywords again. All other objects, also those in arrays, have
keywords. In `responses` and `paths`, `x-…` is an extension beside the names, as OpenAPI has it. Below `components`,
each value is a map of names, whatever its key.
"""

import re
from collections.abc import Callable, Collection, Iterator
from enum import Enum, auto
from typing import Any, NamedTuple, TypeAlias

from graft.jsontext import Json, short_pointer

# The path to a value as a linked list, its last step first. A step of the walk then costs one tuple, and a pointer is
# built only if somebody asks for it.
_Path: TypeAlias = "tuple[_Path, str | int] | None"

DATA_KEYWORDS = ("example", "examples", "default", "enum", "const", "x-*")


class _Keys(Enum):
    """What the keys of an object are.

    MAPS: each value is a map of names. DATA: the object is data, and so is everything below it.
    """

    KEYWORDS = auto()
    NAMES = auto()
    NAMES_AND_EXTENSIONS = auto()
    MAPS = auto()
    DATA = auto()


_MAPS: dict[str, _Keys] = {
    # JSON Schema
    **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"), _Keys.NAMES),
    **dict.fromkeys(("dependencies", "dependentRequired", "mapping"), _Keys.NAMES),
    # OpenAPI. `parameters` is missing: where tools are described to language models, it is a schema.
    **dict.fromkeys(("headers", "content", "encoding", "links", "callbacks", "variables", "scopes"), _Keys.NAMES),
    **dict.fromkeys(("schemas", "requestBodies", "securitySchemes", "pathItems", "webhooks"), _Keys.NAMES),
    **dict.fromkeys(("responses", "paths"), _Keys.NAMES_AND_EXTENSIONS),
    "components": _Keys.MAPS,
}


class Text(NamedTuple):
    """A string value, `holder[key]`; `is_data` if it stands in a data place. `above` is the path to the holder."""

    holder: Any
    key: str | int
    value: str
    is_data: bool
    above: _Path

    @property
    def path(self) -> tuple[str | int, ...]:
        """The keys and indexes from the root of its tree to the string."""
        return tuple(reversed([*self._steps_up()]))

    @property
    def shown(self) -> str:
        """The JSON pointer of the string in its tree, with long names cut."""
        return short_pointer(*self.path)

    @property
    def depth(self) -> int:
        """How many objects and arrays are around the string."""
        return sum(1 for _ in self._steps_up())

    def _steps_up(self) -> Iterator[str | int]:
        yield self.key
        above = self.above
        while above is not None:
            above, step = above
            yield step


class Places:
    """The data places of a kind of definition."""

    def __init__(self, keywords: Collection[str] = DATA_KEYWORDS, names: Collection[str] = ()) -> None:
        """`keywords` are the data keywords; `x-*` stands for all that begin with `x-`.

        `names` are keys that hold a map of names, beside the common ones (`_MAPS`).
        """
        self.keywords, self.names = tuple(keywords), tuple(names)
        exact = [keyword for keyword in keywords if not keyword.endswith("*")]
        self._beginnings = tuple(keyword[:-1] for keyword in keywords if keyword.endswith("*"))
        self._keys_below: dict[str, _Keys] = {
            **_MAPS,
            **dict.fromkeys(names, _Keys.NAMES),
            **dict.fromkeys(exact, _Keys.DATA),
        }

        alternatives = [re.escape(keyword) for keyword in exact]
        alternatives += [re.escape(beginning) + r'[^"\\]*+(?:\\.[^"\\]*+)*+' for beginning in self._beginnings]
        # The look-behind admits the quotes that open keys: from each of the quotes inside a long string, the search for
        # its end would begin anew.
        either = "|".join(alternatives)
        self._data_key = re.compile(rf'"(?<=[{{,]")(?:{either})":'.encode()) if alternatives else None

    def may_be_in(self, definition: bytes) -> bool:
        """Whether compact JSON has a key that could make a data place; most definitions have none."""
        return self._data_key is not None and self._data_key.search(definition) is not None

    def texts(self, tree: Json, wanted: Callable[[str], bool]) -> Iterator[Text]:
        """The wanted string values of a tree, in order of appearance, found without recursion.

        A caller may replace each as it comes (`text.holder[text.key] = …`).
        """
        if not isinstance(tree, (dict, list)):
            return
        pending: list[tuple[Iterator[tuple[str | int, Json]], Json, _Keys, _Path]]
        pending = [(_children(tree), tree, _Keys.KEYWORDS, None)]

        while pending:
            children, holder, keys, above = pending[-1]
            for key, child in children:
                if isinstance(child, str):
                    if wanted(child):
                        yield Text(holder, key, child, self._keys_of(key, child, keys) is _Keys.DATA, above)
                elif isinstance(child, (dict, list)):
                    pending.append((_children(child), child, self._keys_of(key, child, keys), (above, key)))
                    break
            else:
                pending.pop()

    def _keys_of(self, key: str | int, child: Json, keys: _Keys) -> _Keys:
        """What the keys of `child` are, which stands under `key` in an object or array with these `keys`."""
        if keys is _Keys.DATA or isinstance(key, int):
            return keys

        if keys is _Keys.KEYWORDS:
            below = self._keys_below.get(key)
            if below is _Keys.DATA or (below is None and key.startswith(self._beginnings)):
                return _Keys.DATA
            # `headers` may hold a list, which is no map of names
            return below if below is not None and isinstance(child, dict) else _Keys.KEYWORDS

        if keys is _Keys.MAPS:
            return _Keys.NAMES if isinstance(child, dict) else _Keys.KEYWORDS
        if keys is _Keys.NAMES_AND_EXTENSIONS and key.startswith(self._beginnings):
            return _Keys.DATA
        return _Keys.KEYWORDS


def _children(node: Json) -> Iterator[tuple[str | int, Json]]:
    return iter(node.items()) if isinstance(node, dict) else enumerate(node)


COMMON = Places()

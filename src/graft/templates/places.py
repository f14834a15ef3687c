"""Where in a definition a string means something, and where it is data and stays text whatever it looks like.

A key of an object is either a *keyword*, which says what its value is for, or a *name*, which somebody chose. The value
of a data keyword (`example`, `default`, `x-…`) is a *data place*: no reference, no placeholder, at any depth. A name is
never a keyword, so a property named `default` is a schema like any other.

Which it is, the key above decides: the keys of the object under `properties`, `headers` and the other maps of names are
names, and what each of them holds is an object of keywords again. All other objects, also those in arrays, have
keywords. In `responses` and `paths` an `x-…` is an extension beside the names, as OpenAPI has it. What `components`
holds are maps of names, whatever they are called.
"""

import re
from collections.abc import Callable, Collection, Iterator
from enum import Enum, auto
from typing import Any, NamedTuple, TypeAlias

from graft.jsontext import Json, pointer

# The way down to a value, last step outermost: a step costs one tuple, the pointer is built where it is asked for.
_Way: TypeAlias = "tuple[_Way, str | int] | None"

DATA_KEYWORDS = ("example", "examples", "default", "enum", "const", "x-*")


class _Keys(Enum):
    """What the keys of an object are; `DATA`: the object is data, and so is all below it."""

    KEYWORDS = auto()
    NAMES = auto()
    NAMES_AND_EXTENSIONS = auto()
    MAPS = auto()
    DATA = auto()


_MAPS: dict[str, _Keys] = {
    # JSON Schema
    **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"), _Keys.NAMES),
    **dict.fromkeys(("dependencies", "dependentRequired", "mapping"), _Keys.NAMES),
    # OpenAPI; `parameters` is missing, because as an object it is a schema to those who describe tools for models
    **dict.fromkeys(("headers", "content", "encoding", "links", "callbacks", "variables", "scopes"), _Keys.NAMES),
    **dict.fromkeys(("schemas", "requestBodies", "securitySchemes", "pathItems", "webhooks"), _Keys.NAMES),
    **dict.fromkeys(("responses", "paths"), _Keys.NAMES_AND_EXTENSIONS),
    "components": _Keys.MAPS,
}


class Text(NamedTuple):
    """A string value: where it stands (`holder[key]`), and whether it is `meant`, which in a data place it is not."""

    holder: Any
    key: str | int
    value: str
    meant: bool
    above: _Way

    @property
    def pointer(self) -> str:
        """The JSON pointer of the string in its tree."""
        return pointer(*reversed([*self._way_up()]))

    @property
    def depth(self) -> int:
        """How many objects and arrays are around the string."""
        return sum(1 for _ in self._way_up())

    def _way_up(self) -> Iterator[str | int]:
        yield self.key
        way = self.above
        while way is not None:
            way, part = way
            yield part


class Places:
    """The data places of a kind of definition."""

    def __init__(self, keywords: Collection[str] = DATA_KEYWORDS, names: Collection[str] = ()) -> None:
        """`keywords`: those whose value is data, `x-*` standing for all that begin with `x-`.

        `names`: keys that hold a map of names, beside the common ones.
        """
        self.keywords, self.names = tuple(keywords), tuple(names)
        exact = [keyword for keyword in keywords if not keyword.endswith("*")]
        self._begin = tuple(keyword[:-1] for keyword in keywords if keyword.endswith("*"))
        self._below: dict[str, _Keys] = {
            **_MAPS,
            **dict.fromkeys(names, _Keys.NAMES),
            **dict.fromkeys(exact, _Keys.DATA),
        }
        either = [re.escape(keyword) for keyword in exact]
        either += [re.escape(begin) + r'[^"\\]*(?:\\.[^"\\]*)*' for begin in self._begin]
        self._keyword = re.compile(rf'"(?:{"|".join(either)})":'.encode()) if either else None

    def may_be_in(self, definition: bytes) -> bool:
        """Whether compact JSON has a key that could make a data place; most definitions have none."""
        return self._keyword is not None and self._keyword.search(definition) is not None

    def texts(self, tree: Json, wanted: Callable[[str], bool]) -> Iterator[Text]:
        """The wanted string values of a tree, in order of appearance. Whoever reads them may replace each."""
        if not isinstance(tree, (dict, list)):
            return
        pending: list[tuple[Iterator[tuple[str | int, Json]], Json, _Keys, _Way]]
        pending = [(_children(tree), tree, _Keys.KEYWORDS, None)]

        while pending:
            children, holder, keys, way = pending[-1]
            for key, child in children:
                if isinstance(child, str):
                    if wanted(child):
                        yield Text(holder, key, child, self._under(key, child, keys) is not _Keys.DATA, way)
                elif isinstance(child, (dict, list)):
                    pending.append((_children(child), child, self._under(key, child, keys), (way, key)))
                    break
            else:
                pending.pop()

    def _under(self, key: str | int, child: Json, keys: _Keys) -> _Keys:
        """What the keys of `child` are, which stands under `key` of an object (or array) with these keys."""
        if keys is _Keys.DATA or isinstance(key, int):
            return keys
        if keys is _Keys.KEYWORDS:
            below = self._below.get(key)
            if below is _Keys.DATA or (below is None and key.startswith(self._begin)):
                return _Keys.DATA
            # a list of headers is no map of names
            return below if below is not None and isinstance(child, dict) else _Keys.KEYWORDS
        if keys is _Keys.MAPS:
            return _Keys.NAMES if isinstance(child, dict) else _Keys.KEYWORDS
        if keys is _Keys.NAMES_AND_EXTENSIONS and key.startswith(self._begin):
            return _Keys.DATA
        return _Keys.KEYWORDS


def _children(node: Json) -> Iterator[tuple[str | int, Json]]:
    return iter(node.items()) if isinstance(node, dict) else enumerate(node)


COMMON = Places()

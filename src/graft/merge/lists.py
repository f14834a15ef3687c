"""Which arrays of a document are lists of items, and how they are told apart: declared by pointers, compiled once."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graft.jsontext import steps

# A file of kinds declares a handful. More states than this come only of patterns that multiply each other.
_MAX_STATES = 2_000
_ANY_DEPTH = "**"
_ANY_NAME = "*"

# (number of the pattern, tokens matched)
_Position = tuple[int, int]


class ListsError(ValueError):
    """Declarations of lists that cannot be meant. The message names each."""


@dataclass(frozen=True, slots=True)
class ListRule:
    """How one list is read: by exactly one of `key`, `set` and `aligned`.

    key: the fields of an item, all strings, that tell it from the others
    ordered: of a `key` list, whether the order of its items has a meaning
    set: an item is its whole text, the order has no meaning
    aligned: an item is its index, while no side adds, removes or moves one
    """

    key: tuple[str, ...] = ()
    ordered: bool = False
    set: bool = False
    aligned: bool = False


@dataclass(slots=True, eq=False)
class Spot:
    """A place in a document, as far as declarations tell places apart: its rule, and the spots below it."""

    rule: ListRule | None
    named: "dict[str, Spot]" = field(default_factory=dict[str, "Spot"])
    others: "Spot | None" = None

    def below(self, name: str) -> "Spot":
        spot = self.named.get(name) or self.others
        assert spot is not None
        return spot


@dataclass(frozen=True, slots=True)
class Lists:
    """Compiled declarations: `root` is the spot of a whole document."""

    rules: Mapping[str, ListRule]
    root: Spot


def compile_lists(rules: Mapping[str, ListRule]) -> Lists:
    """The lists that `rules` declare, by pointers: `*` stands for one name, `**` at the beginning for any way down.

    The names in a pointer are those of the keyed view: an item of a `key` list takes one for each field. Where several
    declarations fit a place, the one that says it more exactly counts. `ListsError` names each that is wrong.
    """
    problems = [f"{pattern!r}: {problem}" for pattern, rule in rules.items() for problem in _problems(pattern, rule)]
    if problems:
        raise ListsError("; ".join(problems))
    patterns = sorted(((_tokens(pattern), rule) for pattern, rule in rules.items()), key=lambda one: _exactness(one[0]))
    return Lists(dict(rules), _machine([tokens for tokens, _ in patterns], [rule for _, rule in patterns]))


def _problems(pattern: str, rule: ListRule) -> Iterator[str]:
    tokens = _tokens(pattern)
    if not pattern.startswith(("/", _ANY_DEPTH + "/")) or tokens == [_ANY_DEPTH]:
        yield "is no JSON pointer of an array (/name, /name/*/name, **/name)"
    if _ANY_DEPTH in tokens[1:]:
        yield "** stands at the beginning of a pointer only"

    if [bool(rule.key), rule.set, rule.aligned].count(True) != 1:
        yield "a list has either a key, or is a set, or aligned"
    if rule.ordered and not rule.key:
        yield "only a list with a key is ordered"
    if not all(rule.key):
        yield "an empty name is no key of its elements"
    if len(set(rule.key)) < len(rule.key):
        yield "a field stands in its key twice"


def _tokens(pattern: str) -> list[str]:
    """The names of a pattern. `**/name` is short for `/**/name`."""
    return steps(pattern if pattern.startswith("/") else "/" + pattern)


def _exactness(tokens: list[str]) -> tuple[bool, int, list[bool]]:
    """Less for what says a place more exactly."""
    return tokens[0] == _ANY_DEPTH, -len(tokens), [token == _ANY_NAME for token in tokens]


def _machine(patterns: list[list[str]], rules: list[ListRule]) -> Spot:
    """The spots of all patterns together: one for each set of places in patterns at which a document can be."""
    names = {token for tokens in patterns for token in tokens} - {_ANY_NAME, _ANY_DEPTH}
    start = _opened(patterns, {(number, 0) for number in range(len(patterns))})
    spots = {start: Spot(None)}
    queue = deque([start])
    while queue:
        positions = queue.popleft()
        spot = spots[positions]
        for name in (*sorted(names), None):
            after = _opened(patterns, _moved(patterns, positions, name))
            if after not in spots:
                spots[after] = Spot(_rule_at(patterns, rules, after))
                queue.append(after)
            if name is None:
                spot.others = spots[after]
            else:
                spot.named[name] = spots[after]

        if len(spots) > _MAX_STATES:
            raise ListsError("These declarations of lists multiply each other; say them with fewer *.")
        # what the others do needs no entry of its own
        spot.named = {name: below for name, below in spot.named.items() if below is not spot.others}
    return spots[start]


def _opened(patterns: list[list[str]], positions: set[_Position]) -> frozenset[_Position]:
    """These positions, and behind each `**` that may stand for nothing."""
    return frozenset(
        positions | {(number, at + 1) for number, at in positions if patterns[number][at : at + 1] == [_ANY_DEPTH]}
    )


def _moved(patterns: list[list[str]], positions: frozenset[_Position], name: str | None) -> set[_Position]:
    """Where one goes from `positions` by `name`, None for a name that no pattern has."""
    after: set[_Position] = set()
    for number, at in positions:
        token = patterns[number][at] if at < len(patterns[number]) else None
        if token == _ANY_DEPTH:
            after.add((number, at))
        elif token is not None and token in (_ANY_NAME, name):
            after.add((number, at + 1))
    return after


def _rule_at(patterns: list[list[str]], rules: list[ListRule], positions: frozenset[_Position]) -> ListRule | None:
    """The rule of the most exact pattern that ends here; patterns stand in that order."""
    ended = [number for number, at in positions if at == len(patterns[number])]
    return rules[min(ended)] if ended else None

"""Strict JSON: one pass over a body that refuses what JSON leaves open, with every problem at its pointer."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from graft.errors import Problem, invalid, pointer, raise_if_any

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NUMBER_LENGTH = 1_000


class _Repeated(dict[str, Any]):
    """An object in which these keys stand more than once."""

    keys_twice: list[str]


def parse_json(data: bytes, *, depth: int = 32) -> Any:
    """The value of `data`: fractions as `Decimal`, whole numbers of any size as `int`. `Invalid` lists every problem."""
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_fraction,
            parse_int=_whole,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise invalid("", "not-utf-8", f"Byte {error.start} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise invalid("", "not-json", f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise invalid("", "too-deep", f"The document nests deeper than {depth}.") from None
    raise_if_any(_problems(value, depth))
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = _Repeated(found)
    seen: set[str] = set()
    repeated.keys_twice = [key for key, _ in pairs if key in seen or seen.add(key)]
    return repeated


def _fraction(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if (
        number is None
        or len(text) > _NUMBER_LENGTH
        or not number.is_finite()
        or abs(number.adjusted()) > _NUMBER_LENGTH
    ):
        raise invalid("", "number-too-large", f"The number {text[:40]} is out of range.")
    return number


def _whole(text: str) -> int:
    if len(text) > _NUMBER_LENGTH:
        raise invalid("", "number-too-large", f"The number {text[:40]}… has more than {_NUMBER_LENGTH} digits.")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise invalid("", "not-json", f"{text} is no JSON number.")


def _problems(value: Any, limit: int) -> list[Problem]:
    """Walk the tree without recursion; what the parser cannot see is found here."""
    problems: list[Problem] = []
    pending: list[tuple[Any, tuple[str | int, ...]]] = [(value, ())]
    while pending:
        node, path = pending.pop()
        if isinstance(node, str):
            _text(node, path, problems)
        elif isinstance(node, (dict, list)):
            if len(path) >= limit:
                return [Problem(pointer(*path), "too-deep", f"The document nests deeper than {limit}.")]
            if isinstance(node, _Repeated):
                problems += [
                    Problem(pointer(*path, key), "duplicate-key", f"The key {key!r} stands more than once.")
                    for key in node.keys_twice
                ]
            if isinstance(node, dict):
                for key, child in node.items():
                    _text(key, (*path, key), problems)
                    if isinstance(child, (str, dict, list)):
                        pending.append((child, (*path, key)))
            else:
                pending += [
                    (child, (*path, at)) for at, child in enumerate(node) if isinstance(child, (str, dict, list))
                ]
    return problems


def _text(text: str, path: tuple[str | int, ...], problems: list[Problem]) -> None:
    if text.isascii() and "\x00" not in text:
        return
    place = _SURROGATE.sub("\ufffd", pointer(*path)).replace("\x00", "\ufffd")
    if "\x00" in text:
        problems.append(Problem(place, "nul-character", "Text may not hold U+0000."))
    if _SURROGATE.search(text):
        problems.append(Problem(place, "lone-surrogate", "Text may not hold a lone surrogate."))

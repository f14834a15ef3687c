"""The examples of a page: calls in blocks ```http, each with the reply in a block ```json, asked of a running Graft.

A call is `METHOD path`, maybe with its query in further lines, headers, an empty line and a JSON body. Of a reply only
what matters is shown: an object has at least these keys, a list exactly these items, and `…` in a text is anything.
`<name>` is an id or a text that the scene has, or that an earlier reply has at this place.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.client import As, Reply

DOCS = Path(__file__).parents[2] / "docs"
_PAIR = re.compile(r"^```http\n(?P<call>.*?)^```\n\s*^```json\n(?P<reply>.*?)^```\n", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"<[^<>]+>")
_PARAMETERS = re.compile(r"[?&]\s*(?=\w+=)")


@dataclass(frozen=True)
class Example:
    """One call of a page; `caller` is the name of the token, `""` where the page does not say."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    caller: str
    body: Any
    reply: Any


def examples(page: str) -> list[Example]:
    """All calls of a page, in their order."""
    text = (DOCS / page).read_text("utf-8")
    found = [_example(match["call"], match["reply"]) for match in _PAIR.finditer(text)]
    assert len(found) == text.count("```http\n"), f"{page}: a call has no reply"
    return found


def _example(call: str, reply: str) -> Example:
    head, _, body = call.partition("\n\n")
    lines = [line.strip() for line in head.splitlines()]
    caller = "".join(line.removeprefix("Authorization: Bearer ") for line in lines if line.startswith("Authorization"))
    asked = "".join(line for line in lines if not line.startswith("Authorization"))
    method, _, target = asked.partition(" ")
    path, *pairs = _PARAMETERS.split(target)
    query = tuple((name, value) for name, _, value in (pair.partition("=") for pair in pairs))
    return Example(
        method, path, query, caller.strip("<>"), json.loads(body) if body.strip() else None, json.loads(reply)
    )


async def hold(page: str, callers: Mapping[str, As], scene: dict[str, str]) -> None:
    """Ask all of a page, as the caller that each names, else the first one; what replies are called joins the scene."""
    for example in examples(page):
        caller = callers[example.caller] if example.caller else next(iter(callers.values()))
        query = [(name, _filled(value, scene)) for name, value in example.query]
        reply = await caller(example.method, _filled(example.path, scene), _filled(example.body, scene), params=query)
        wrong = [*_wrong_status(example, reply), *_wrong(example.reply, reply.json, scene)]
        assert wrong == [], f"{page}: {example.method} {example.path} {query}: {wrong}\n{reply.json}"


def _filled(tree: Any, scene: Mapping[str, str]) -> Any:
    if isinstance(tree, dict):
        return {key: _filled(value, scene) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_filled(value, scene) for value in tree]
    return _NAME.sub(lambda name: scene[name[0][1:-1]], tree) if isinstance(tree, str) else tree


def _wrong_status(example: Example, reply: Reply) -> Iterator[str]:
    failed = isinstance(example.reply, dict) and example.reply.get("status", 200) >= 400
    if failed != (reply.status >= 400):
        yield f"status {reply.status}"


def _wrong(shown: Any, found: Any, scene: dict[str, str], place: str = "") -> Iterator[str]:
    """Where a reply is not as the page shows it."""
    if isinstance(shown, dict) and isinstance(found, dict):
        for key, value in shown.items():
            yield from _wrong(value, found.get(key, "(absent)"), scene, f"{place}/{key}")
    elif isinstance(shown, list) and isinstance(found, list):
        if len(shown) != len(found):
            yield f"{place}: {len(found)} items"
        for at, (left, right) in enumerate(zip(shown, found, strict=False)):
            yield from _wrong(left, right, scene, f"{place}/{at}")
    elif isinstance(shown, str) and isinstance(found, str):
        name = shown[1:-1]
        if _NAME.fullmatch(shown) and scene.setdefault(name, found) != found:
            yield f"{place}: {found} is not {shown}"
        elif not _NAME.fullmatch(shown) and not _like(_filled(shown, scene), found):
            yield f"{place}: {found!r}"
    elif shown != found or type(shown) is not type(found):
        yield f"{place}: {found!r}"


def _like(shown: str, found: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, shown.split("…"))), found, re.DOTALL) is not None

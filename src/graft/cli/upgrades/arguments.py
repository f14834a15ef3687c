"""What `--set` and `--resolve` say: values of variables, and decisions on the conflicts of a plan."""

import re
from collections.abc import Sequence

import msgspec

from graft import jsontext
from graft.cli.failure import Code, Failure
from graft.cli.input_file import read_file
from graft.jsontext import Json

# A slug has no slash, so a pointer begins at the first `:/`; that of a whole definition is empty.
_DECISION = re.compile(r"(?P<slug>[^/=]+?):(?P<pointer>(?:/.*?)?)=(?P<choice>mine|theirs|@.+)", re.DOTALL)
_FORM = "SLUG:POINTER=mine, =theirs or =@FILE"
# What a server takes in a body, at its most.
_MOST_BYTES = 8 * 1024 * 1024


def variables(given: Sequence[str]) -> dict[str, Json]:
    """The values of `name=text` and of `name:=JSON`. Raises `Failure`."""
    found: dict[str, Json] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (equals and name.removesuffix(":")):
            raise Failure(f"--set {text}: write name=text, or name:=JSON.", Code.WRONG_USAGE)
        if name.endswith(":"):
            found[name[:-1]] = _json(value.encode(), f"--set {name}=")
        else:
            found[name] = value
    return found


def resolutions(given: Sequence[str]) -> dict[str, dict[str, Json]]:
    """Slug → pointer → `"mine"`, `"theirs"` or `{"value": …}`. Raises `Failure`."""
    found: dict[str, dict[str, Json]] = {}
    for text in given:
        decision = _DECISION.fullmatch(text)
        if decision is None:
            raise Failure(f"--resolve {text}: write {_FORM}.", Code.WRONG_USAGE)
        slug, pointer, choice = decision.groups()
        if pointer in found.setdefault(slug, {}):
            raise Failure(f"--resolve {slug}:{pointer} is said twice.", Code.WRONG_USAGE)
        found[slug][pointer] = (
            {"value": _json(read_file(choice[1:], _MOST_BYTES), choice[1:])} if choice.startswith("@") else choice
        )
    return found


def _json(text: bytes, where: str) -> Json:
    try:
        return jsontext.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Failure(f"{where} is no JSON: {error}.", Code.WRONG_USAGE) from error

"""Texts of a document: which of them count, and how they are shortened to be stored."""

from graft.jsontext import Json

MAX_NAME = 200
MAX_DESCRIPTION = 2_000


def text_of(node: Json, name: str) -> str | None:
    """The text under a key of `node`; None if there is none, or nothing but white space."""
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, str) and value.strip() else None


def shortened(text: str, length: int) -> str:
    """The text in at most `length` characters; an ellipsis at the end says that it was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"

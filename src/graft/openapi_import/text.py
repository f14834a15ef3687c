"""Text as a document has it, and as it can be stored."""

from graft.jsontext import Json

MAX_NAME = 200
MAX_DESCRIPTION = 2_000


def text_of(node: Json, name: str) -> str | None:
    """The text that the object `node` has under `name`; None for no text, or only white space."""
    value = node.get(name) if isinstance(node, dict) else None
    return value if isinstance(value, str) and value.strip() else None


def shortened(text: str, length: int) -> str:
    """`text` in at most `length` characters; an ellipsis says that something was cut."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"

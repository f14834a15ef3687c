"""Count the values of a JSON text before it is read: a value takes far more room and time than its text."""


def holds_more(text: str, limit: int) -> bool:
    """Whether a JSON text holds more than `limit` values: objects, arrays and scalars, keys aside.

    It is scanned a few times as a whole, and by no loop of Python. Of a text that is no JSON the answer says only that
    it has as many commas and brackets.
    """
    # a value, and what parts it from the next one
    if len(text) < 2 * limit:
        return False
    if 1 + _separators(text) <= limit:
        return False

    # what stands between quotes is no structure; an escaped quote ends nothing
    bare = text.replace("\\\\", "").replace('\\"', "") if "\\" in text else text
    structure = '"'.join(bare.split('"')[::2])
    for blank in " \t\r\n":
        structure = structure.replace(blank, "")
    return 1 + _separators(structure) - structure.count("[]") - structure.count("{}") > limit


def _separators(text: str) -> int:
    """Each value but the first stands behind one of these; an empty array or object has one for nothing."""
    return text.count(",") + text.count("[") + text.count("{")

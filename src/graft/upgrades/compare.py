"""Compare the texts of edited clones with what a version gives: pure."""

from collections.abc import Iterator, Mapping, Sequence

from graft import jsontext
from graft.batches import batches
from graft.ids import Id
from graft.installs.given import Given
from graft.installs.rows import InstalledRows
from graft.jsontext import Json
from graft.templates import Parts, VariableValue, measure_template, render, rendered_size

# Texts are compared in lots of at most so many stored bytes, a lot by two statements; and of not many texts, because
# what is stored is compressed, some to a hundredth.
_LOT = 8 * 1024 * 1024
_LOT_TEXTS = 32


def rendered_bytes(
    given: Given, bodies: Mapping[int, bytes], parts: Mapping[int, Parts], values: Mapping[str, VariableValue]
) -> int:
    """What the clone would read as, in bytes: what is too large is no text that somebody wrote, and is not built."""
    template_id = given.member.template_id
    measure = given.member.measure or measure_template(bodies[template_id], parts[template_id])
    return rendered_size(measure, values)


def in_lots(edited: Sequence[Given], rows: InstalledRows) -> Iterator[list[Given]]:
    """Edited clones in lots, by the bytes that their texts take as stored, and by their number."""
    return batches(edited, lambda given: rows.clones[given.id].size or 0, _LOT, _LOT_TEXTS)


def same_texts(
    lot: Sequence[Given],
    texts: Mapping[Id, bytes],
    parts: Mapping[int, Parts],
    values: Mapping[str, Json],
    ids: Mapping[str, Id],
) -> set[Id]:
    """The ids of the clones of a lot whose text is what their member gives with these values and ids."""
    return {
        given.id
        for given in lot
        if jsontext.alike(
            jsontext.decode(texts[given.id]), jsontext.decode(render(parts[given.member.template_id], values, ids))
        )
    }

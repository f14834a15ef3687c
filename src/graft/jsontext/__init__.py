"""JSON as text: read and written without losing a digit, read strictly where it comes from outside, and its places.

`StrictReader` reads what strangers send: bodies, filters, documents. `decode` reads what Graft wrote itself.
"""

from graft.jsontext.nesting import first_deeper, nests_deeper
from graft.jsontext.numbers import fraction, whole
from graft.jsontext.pointer import Place, path_to, pointer, pointer_to, printable, short_pointer, steps
from graft.jsontext.strict import MAX_VALUES, StrictReader, text_problem
from graft.jsontext.text import Json, alike, canonical, decode, encode
from graft.jsontext.values import holds_more

__all__ = [
    "MAX_VALUES",
    "Json",
    "Place",
    "StrictReader",
    "alike",
    "canonical",
    "decode",
    "encode",
    "first_deeper",
    "fraction",
    "holds_more",
    "nests_deeper",
    "path_to",
    "pointer",
    "pointer_to",
    "printable",
    "short_pointer",
    "steps",
    "text_problem",
    "whole",
]

"""JSON as text: read and written without losing a digit, read strictly where it comes from outside, and its places.

`StrictReader` reads what strangers send: bodies, filters, documents. `decode` reads what Graft wrote itself.
"""

from graft.jsontext.nesting import first_deeper, nests_deeper
from graft.jsontext.numbers import fraction, whole
from graft.jsontext.pointer import Place, pointer, pointer_to, printable, steps
from graft.jsontext.strict import StrictReader, text_problem
from graft.jsontext.text import Json, alike, canonical, decode, encode

__all__ = [
    "Json",
    "Place",
    "StrictReader",
    "alike",
    "canonical",
    "decode",
    "encode",
    "first_deeper",
    "fraction",
    "nests_deeper",
    "pointer",
    "pointer_to",
    "printable",
    "steps",
    "text_problem",
    "whole",
]

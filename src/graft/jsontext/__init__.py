"""JSON as text: read and written without losing a digit, and the places in it."""

from graft.jsontext.pointer import Place, pointer, pointer_to, printable, steps
from graft.jsontext.text import Json, alike, canonical, decode, encode

__all__ = [
    "Json",
    "Place",
    "alike",
    "canonical",
    "decode",
    "encode",
    "pointer",
    "pointer_to",
    "printable",
    "steps",
]

"""JSON as text: read and written without losing a digit."""

from graft.jsontext.text import Json, alike, canonical, decode, encode

__all__ = ["Json", "alike", "canonical", "decode", "encode"]

"""From the bytes of an upload to the value they hold: gzip or not, JSON or YAML, found out by content."""

import re
import zlib

from graft.errors import invalid
from graft.jsontext import Json, StrictReader, holds_more
from graft.openapi_import.limits import LIMITS, NUMBER_DIGITS, NUMBER_EXPONENT, Limits
from graft.openapi_import.oddities import Oddities
from graft.openapi_import.yaml12 import read_yaml

_GZIP_MAGIC = b"\x1f\x8b"
# What opens with `[`, or with `{` and a quote, is JSON; `{openapi: …}` is YAML in its flow style.
_JSON_OPENING = re.compile(r'[ \t\r\n]*(?:\[|\{[ \t\r\n]*["}])')
# How the first bytes tell the encoding, by mark or by the zeros of an ASCII character (YAML 1.2, section 5.2). The
# marks of UTF-32 come first, because one of them begins with a mark of UTF-16.
_ENCODINGS = (
    (re.compile(rb"\x00\x00\xfe\xff"), "utf-32"),
    (re.compile(rb"\xff\xfe\x00\x00"), "utf-32"),
    (re.compile(rb"\x00\x00\x00[^\x00]"), "utf-32-be"),
    (re.compile(rb"[^\x00]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\xfe\xff"), "utf-16"),
    (re.compile(rb"\xff\xfe"), "utf-16"),
    (re.compile(rb"\x00[^\x00]"), "utf-16-be"),
    (re.compile(rb"[^\x00]\x00"), "utf-16-le"),
)


def read_document(data: bytes, limits: Limits = LIMITS, odd: Oddities | None = None) -> Json:
    """The value in `data`: dict, list, str, int, Decimal, bool or None.

    `data` is JSON or YAML 1.2, plain or gzipped, in UTF-8, or in UTF-16 or UTF-32, of which `odd` is told. `Invalid`
    otherwise: `invalid-gzip`, `document-too-large`, `not-utf-8`, `invalid-json`, `invalid-yaml` with line and column,
    and what `StrictReader` and `read_yaml` find.
    """
    odd = odd or Oddities(limits)
    if data.startswith(_GZIP_MAGIC):
        data = _gunzip(data, limits.document_bytes)
    if len(data) > limits.document_bytes:
        raise _too_large(limits.document_bytes)
    text = _decoded(data, odd)
    return _read_json(text, limits, odd) if _JSON_OPENING.match(text) else read_yaml(text, limits, odd)


def _read_json(text: str, limits: Limits, odd: Oddities) -> Json:
    if holds_more(text, limits.document_values):
        detail = f"A document may hold {limits.document_values} values."
        raise invalid("", "document-too-large", detail)
    reader = StrictReader(
        depth=limits.document_depth,
        digits=NUMBER_DIGITS,
        exponent=NUMBER_EXPONENT,
        values=limits.document_values,
        # where text belongs and a number stands, the number is the text that it was written with
        spelled=odd.spell,
    )
    return reader.read(text)


def _decoded(data: bytes, odd: Oddities) -> str:
    encoding = next((name for start, name in _ENCODINGS if start.match(data)), "utf-8-sig")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        name = encoding.removesuffix("-sig").upper()
        raise invalid("", "not-utf-8", f"The document is not {name}: byte {error.start}.") from None
    if encoding != "utf-8-sig":
        odd.note(None, "other-encoding", f"The document is {encoding.upper()}; an OpenAPI document is UTF-8.")
    return text


def _gunzip(data: bytes, limit: int) -> bytes:
    """The content of gzip members one after the other, never more than one byte over `limit`."""
    content = bytearray()
    while data:
        member = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        try:
            content += member.decompress(data, limit + 1 - len(content))
        except zlib.error as error:
            raise invalid("", "invalid-gzip", f"Not valid gzip: {error}.") from None
        if len(content) > limit:
            raise _too_large(limit)
        if not member.eof:
            raise invalid("", "invalid-gzip", "The gzip data ends too early.")
        data = member.unused_data
    return bytes(content)


def _too_large(limit: int) -> Exception:
    return invalid("", "document-too-large", f"A document may have {limit} bytes, decompressed.")

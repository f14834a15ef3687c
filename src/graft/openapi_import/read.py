"""From the bytes of an upload to the value they hold: gzip or not, JSON or YAML, found out by content."""

import re
import zlib

from graft.errors import invalid
from graft.jsontext import Json
from graft.openapi_import.limits import LIMITS, Limits
from graft.openapi_import.strict_json import read_json
from graft.openapi_import.yaml12 import read_yaml

_GZIP_MAGIC = b"\x1f\x8b"
# What opens with `[`, or with `{` and a quote, is JSON; `{openapi: …}` is YAML in its flow style.
_JSON_OPENING = re.compile(r'[ \t\r\n]*(?:\[|\{[ \t\r\n]*["}])')


def read_document(data: bytes, limits: Limits = LIMITS) -> Json:
    """The value in `data`: dict, list, str, int, Decimal, bool or None.

    `data` is JSON or YAML 1.2 in UTF-8, plain or gzipped. `Invalid` otherwise: `invalid-gzip`, `document-too-large`,
    `not-utf-8`, `invalid-json`, `invalid-yaml` with line and column, and what `read_json` and `read_yaml` find.
    """
    if data.startswith(_GZIP_MAGIC):
        data = _gunzip(data, limits.document_bytes)
    if len(data) > limits.document_bytes:
        raise _too_large(limits.document_bytes)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid("", "not-utf-8", f"The document is not UTF-8: byte {error.start}.") from None
    return read_json(text, limits) if _JSON_OPENING.match(text) else read_yaml(text, limits)


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

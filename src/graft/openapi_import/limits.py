"""How large a document may be, and what is made of it."""

from dataclasses import dataclass

# Of one number: more than in a body, as whoever imports a document cannot write its numbers in another way. Python
# refuses to turn longer ones into text.
NUMBER_DIGITS = 4_300
NUMBER_EXPONENT = 9_999


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes of JSON or YAML text; depths count nested objects and arrays, so `{"a": []}` is 2 deep."""

    document_bytes: int = 64 * 1024 * 1024
    document_depth: int = 64
    document_values: int = 2_000_000
    """Objects, arrays and scalars: in memory they take far more room than in text. In YAML, keys count as well."""
    alias_size: int = 16 * 1024 * 1024
    """Characters that all YAML aliases together may repeat; a value counts for 8, and its text."""
    definition_bytes: int = 1024 * 1024
    """One definition, with all that its references bring in."""
    definition_depth: int = 28
    copied_bytes: int = 64 * 1024 * 1024
    """What references and shared parts add to all definitions together: it bounds the work for a small document."""
    entities: int = 25_000
    """Operations and schemas of one document."""
    reference_chain: int = 50
    warnings: int = 1_000
    warning_bytes: int = 256 * 1024
    """Of all warnings together, as JSON; further ones are only counted."""


LIMITS = Limits()

"""The text of a number to a number that keeps its digits."""

from decimal import Decimal, InvalidOperation

# Longer ones have no JSON text in Python, whose limit against quadratic work on digits is 4,300.
_MAX_DIGITS = 4_300
# An exponent costs nothing to write and everything to whoever turns the number into an integer.
_MAX_EXPONENT = 9_999


def integer(text: str, base: int = 10) -> int | None:
    """The integer of at most 4,300 digits in `text`; None when it is longer."""
    if len(text) > _MAX_DIGITS + 1:
        return None
    try:
        number = int(text, base)
        str(number)
    except ValueError:
        return None
    return number


def fraction(text: str) -> Decimal | None:
    """The decimal in `text`, exactly; None when its magnitude is past 10^±9,999."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if abs(number.adjusted()) <= _MAX_EXPONENT else None

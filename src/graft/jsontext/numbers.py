"""The text of a number to a number that keeps its digits, within bounds."""

import re
from decimal import Decimal, InvalidOperation

_EXPONENT = re.compile(r"[eE]")


def whole(text: str, digits: int, base: int = 10) -> int | None:
    """The whole number in `text`; None where it has more than `digits` digits.

    Python's own bound against quadratic work, 4,300 digits, is the highest that `digits` can be.
    """
    if len(text) > digits and len(text.lstrip("+-")) > digits:
        return None
    number = int(text, base)
    # in a base above ten a text is shorter than what JSON would have of it
    return None if base > 10 and abs(number) >= 10**digits else number


def fraction(text: str, digits: int, exponent: int) -> Decimal | None:
    """The decimal in `text`, exactly; None where it has more than `digits` digits or leaves 10^±`exponent`.

    An exponent costs nothing to write, and everything to whoever turns the number into an integer.
    """
    if len(text) > digits and sum(map(str.isdigit, _EXPONENT.split(text, 1)[0])) > digits:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if abs(number.adjusted()) <= exponent else None

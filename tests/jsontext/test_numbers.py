"""Numbers from their text: exact, and within bounds."""

from decimal import Decimal

import pytest

from graft.jsontext import fraction, whole


@pytest.mark.parametrize(
    ("text", "base", "value"),
    [
        ("0", 10, 0),
        ("-99", 10, -99),
        ("+99", 10, 99),
        ("100", 10, None),
        ("-100", 10, None),
        ("77", 8, 63),
        ("63", 16, 99),
        ("64", 16, None),
        ("ff", 16, None),
    ],
)
def test_a_whole_number_has_at_most_so_many_digits(text: str, base: int, value: int | None):
    assert whole(text, 2, base) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.25", "1.25"),
        ("-1.25", "-1.25"),
        ("1.250", None),
        ("0.001", None),
        ("1.00e0", "1.00"),
        ("1e5", "1E+5"),
        ("12e5", None),
        ("12e-6", "0.000012"),
        ("1e-6", None),
        ("1e9999999999999999999999", None),
    ],
)
def test_a_fraction_is_exact_within_its_bounds(text: str, value: str | None):
    found = fraction(text, 3, 5)
    assert (None if found is None else str(found)) == value


def test_python_can_write_the_longest_number_that_is_read():
    digits = "9" * 4_300
    assert str(whole(digits, 4_300)) == digits
    assert fraction(digits + ".0", 4_301, 9_999) == Decimal(digits)

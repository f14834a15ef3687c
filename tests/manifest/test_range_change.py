"""What another range admits: all that the one before did and more, less, or nothing of a line of versions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest import compare_ranges, parse_range


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("^1.2.0", ">=1.2.0 <2.0.0", "same"),
        ("^1.2.0", "^1.2.0 || ^2.0.0", "wider"),
        ("^1.2.0", "^1.0.0", "wider"),
        ("^1.2.0", "*", "wider"),
        ("^1.2.0", "^1.4.0", "narrower"),
        ("^1.2.0", "~1.4.0", "narrower"),
        ("^1.2.0", "1.4.2", "narrower"),
        ("^1.2.0 || ^2.0.0", "^1.2.0", "line-dropped"),
        ("^1.2.0", "^2.0.0", "line-dropped"),
        (">=1.0.0", "^3.0.0", "line-dropped"),
        ("*", "<7.0.0", "line-dropped"),
        ("^0.2.0", "^0.3.0", "line-dropped"),
        ("^0.2.1", "^0.2.4", "narrower"),
        ("^0.0.1", "^0.0.2", "line-dropped"),
        ("<1.0.0 || >=2.0.0", "*", "wider"),
        ("1.x", "1.0.0 - 1.9.9", "narrower"),
    ],
)
def test_ranges_are_compared_by_lines(before: str, after: str, change: str):
    assert compare_ranges(parse_range(before), parse_range(after)) == change


_VERSIONS = st.builds("{}.{}.{}".format, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
_RANGES = st.lists(
    st.builds("{}{}".format, st.sampled_from(["^", "~", ">=", "<", "<=", ">", "="]), _VERSIONS), min_size=1, max_size=3
).map(" || ".join)


@settings(max_examples=400, deadline=None)
@given(_RANGES, _RANGES, _VERSIONS)
def test_what_is_admitted_no_more_is_told(before: str, after: str, version: str):
    had, has = parse_range(before), parse_range(after)
    change = compare_ranges(had, has)
    if had.satisfied_by(version) and not has.satisfied_by(version):
        assert change in {"narrower", "line-dropped"}
    if has.satisfied_by(version) and not had.satisfied_by(version):
        assert change != "same"

"""Ranges mean what they mean to npm; the tables were compared with node-semver 7.8."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest import semver
from graft.manifest.ranges import parse_range

INCLUDED = [
    # caret
    ("^1.2.3", "1.2.3"),
    ("^1.2.3", "1.9.0"),
    ("^1.2.3+build", "1.3.0"),
    ("^0.2.3", "0.2.9"),
    ("^0.0.3", "0.0.3"),
    ("^0.0", "0.0.9"),
    ("^0", "0.9.1"),
    ("^0.x", "0.5.0"),
    ("^1.x", "1.0.0"),
    ("^1.2", "1.4.2"),
    ("^x", "7.1.0"),
    ("^1.2.3-beta.2", "1.2.3-beta.4"),
    ("^1.2.3-beta.2", "1.2.3"),
    ("^1.2.3-beta.2", "1.4.0"),
    ("^0.0.1-beta", "0.0.1-beta.5"),
    ("^0.0.1-beta", "0.0.1"),
    # tilde
    ("~1.2.3", "1.2.9"),
    ("~1.2", "1.2.0"),
    ("~1", "1.9.9"),
    ("~0", "0.9.9"),
    ("~0.2", "0.2.5"),
    ("~0.0.1", "0.0.9"),
    ("~> 1.2", "1.2.7"),
    ("~1.2.3-beta.2", "1.2.3-beta.4"),
    ("~ 1.0", "1.0.2"),
    # comparators
    (">=1.2.7 <1.3.0", "1.2.99"),
    (">=1 <2", "1.5.0"),
    (">= 1.0.0", "1.0.0"),
    (">1", "2.0.0"),
    (">1.2", "1.3.0"),
    ("<=1", "1.9.9"),
    ("<=1.2", "1.2.9"),
    ("<1", "0.9.9"),
    ("<1.2", "1.1.9"),
    ("=1.2.3", "1.2.3"),
    ("=1", "1.5.0"),
    ("v1.2.3", "1.2.3"),
    ("=v1.2.3", "1.2.3+build.7"),
    (">1.2.3-alpha.3", "1.2.3-alpha.7"),
    (">1.2.3-alpha.3", "3.4.5"),
    (">=1.0.0-0 <2.0.0", "1.0.0-alpha"),
    # hyphens
    ("1.0.0 - 2.0.0", "2.0.0"),
    ("1.2 - 2.3.4", "1.2.0"),
    ("1.2.3 - 2.3", "2.3.9"),
    ("1.2.3 - 2", "2.9.9"),
    ("* - 2", "0.0.1"),
    ("1 - *", "9.0.0"),
    ("1.2.3-pre - 2.4.3-alpha", "2.4.3-alpha"),
    # open
    ("", "1.0.0"),
    ("   ", "0.0.1"),
    ("*", "3.2.1"),
    ("x", "3.2.1"),
    ("1.x", "1.2.3"),
    ("1.2.*", "1.2.3"),
    ("1", "1.9.0"),
    ("1.2", "1.2.3"),
    ("1.x.x-alpha", "1.4.0"),
    # alternatives
    ("1.2.7 || >=1.2.9 <2.0.0", "1.2.7"),
    ("1.2.7 || >=1.2.9 <2.0.0", "1.4.6"),
    ("||", "1.0.0"),
    ("1.2.3||", "9.9.9"),
    ("^1 || ^3", "3.0.1"),
    ("<2 || >=2.0.0-beta.1", "2.0.0-beta.2"),
]

EXCLUDED = [
    ("^1.2.3", "2.0.0"),
    ("^1.2.3", "1.2.2"),
    ("^1.2.3", "1.2.3-beta"),
    ("^1.2.3", "2.0.0-alpha"),
    ("^0.2.3", "0.3.0"),
    ("^0.0.3", "0.0.4"),
    ("^0.0", "0.1.0"),
    ("^0", "1.0.0"),
    ("^0", "1.0.0-beta"),
    ("^1.2.3-beta.2", "1.2.4-beta.2"),
    ("^1.2.3-beta.2", "1.2.3-beta.1"),
    ("^0.0.1-beta", "0.0.2-beta"),
    ("~1.2.3", "1.3.0"),
    ("~1.2.3", "1.3.0-alpha"),
    ("~1", "2.0.0"),
    ("~0", "1.0.0"),
    ("~0.0.1", "0.1.0"),
    ("~1.2.3-beta.2", "1.2.4-beta.2"),
    (">=1.2.7 <1.3.0", "1.3.0"),
    (">=1 <2", "2.0.0-beta"),
    (">1", "1.9.9"),
    (">1", "2.0.0-beta"),
    (">1.2", "1.2.9"),
    ("<=1.2", "1.3.0"),
    ("<1.2", "1.2.0-alpha"),
    ("<1", "1.0.0-0"),
    (">*", "1.0.0"),
    ("<x", "1.0.0"),
    ("=1.2.3", "1.2.3-beta"),
    ("1.0.0 - 2.0.0", "2.0.1"),
    ("1.2.3 - 2.3", "2.4.0"),
    ("1.2.3 - 2", "3.0.0"),
    ("1 - 2", "1.5.0-beta"),
    ("*", "1.0.0-alpha"),
    ("", "1.0.0-alpha"),
    ("||", "1.0.0-alpha"),
    ("1.x", "2.0.0"),
    ("1.2.x", "1.3.0"),
    ("1.2.7 || >=1.2.9 <2.0.0", "1.2.8"),
    ("^1 || ^3", "2.0.0"),
    (">=2 <1", "1.5.0"),
    (">1.2.3-alpha.3", "3.4.5-alpha.9"),
]

MALFORMED = [
    "latest",
    "1.2.3.4",
    "01.2.3",
    "1.02.3",
    "1.2.3-01",
    "1.2-beta",
    "1.2.3-",
    "1.2.3+",
    "1.x.3",
    ">",
    "^",
    "~~1",
    "^^1",
    "=>1",
    "><1",
    ">=1<2",
    "1,2",
    ">=1, <2",
    "1 -2",
    "1 - 2 - 3",
    "1 - 2 <3",
    "git+https://example.com/a.git",
    "1.2.3 | 1.2.4",
    "1.٢.3",
    "1" * 257,
    "-1",
    "1.2.3 !",
]


@pytest.mark.parametrize(("text", "version"), INCLUDED)
def test_a_range_lets_in_what_npm_lets_in(text, version):
    assert parse_range(text).satisfied_by(version)


@pytest.mark.parametrize(("text", "version"), EXCLUDED)
def test_a_range_keeps_out_what_npm_keeps_out(text, version):
    assert not parse_range(text).satisfied_by(version)


@pytest.mark.parametrize("text", MALFORMED)
def test_a_malformed_range_is_told_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"^A range .*\.$"):
        parse_range(text)


@pytest.mark.parametrize("text", ["^x.1", "1.x.3", "1+build"])
def test_what_npm_takes_without_a_meaning_is_malformed(text):
    with pytest.raises(ValueError, match=r"^A range .*\.$"):
        parse_range(text)


def test_numbers_have_no_largest():
    assert parse_range("^9007199254740993").satisfied_by("9007199254740993.1.0")


def test_a_version_that_is_none_is_no_member_of_any_range():
    with pytest.raises(ValueError, match="no semantic version"):
        parse_range("*").satisfied_by("1.2")


numbers = st.integers(0, 4)
cores = st.tuples(numbers, numbers, numbers)


def dotted(core) -> str:
    return ".".join(map(str, core))


@given(cores, cores)
@settings(max_examples=200, deadline=None)
def test_caret_keeps_everything_up_to_the_first_number_that_is_not_zero(base, version):
    kept = next((place for place, number in enumerate(base) if number), 2) + 1
    expected = version >= base and version[:kept] == base[:kept]
    assert parse_range("^" + dotted(base)).satisfied_by(dotted(version)) == expected


@given(cores, cores, st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_tilde_and_x_ranges_keep_the_numbers_that_are_given(base, version, given_numbers):
    text = dotted(base[:given_numbers])
    prefix = version[:given_numbers] == base[:given_numbers]
    assert parse_range(text).satisfied_by(dotted(version)) == prefix
    minor = min(given_numbers, 2)
    tilde = version[:minor] == base[:minor] and version >= base[:given_numbers]
    assert parse_range("~" + text).satisfied_by(dotted(version)) == tilde


@given(cores, cores, st.integers(1, 3), st.sampled_from([">", ">=", "<", "<="]))
@settings(max_examples=300, deadline=None)
def test_a_comparator_compares_the_numbers_that_are_given(base, version, given_numbers, operator):
    left, right = version[:given_numbers], base[:given_numbers]
    expected = {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[operator]
    assert parse_range(operator + dotted(right)).satisfied_by(dotted(version)) == expected


@given(st.lists(st.sampled_from(["^1", "~2.1", ">=3 <4", "0.x", "1.2.3-beta"]), min_size=1, max_size=4), cores)
@settings(max_examples=200, deadline=None)
def test_alternatives_are_a_union(parts, version):
    expected = any(parse_range(part).satisfied_by(dotted(version)) for part in parts)
    assert parse_range(" || ".join(parts)).satisfied_by(dotted(version)) == expected


@given(st.text(st.sampled_from("0123xX*.-+ |<>=~^vab\n\t٣"), max_size=300))
@settings(max_examples=500, deadline=None)
def test_any_text_is_a_range_or_a_value_error(text):
    try:
        found = parse_range(text)
    except ValueError:
        return
    assert found.satisfied_by("1.2.3") in {True, False}
    assert not found.satisfied_by("1.2.3-beta") or "-" in text
    assert semver.precedence("1.2.3") < semver.precedence("1.2.4")

"""Versions: what is one, how they sort, which one is current."""

from itertools import pairwise

import pytest
import semver as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.manifest import semver

pytestmark = pytest.mark.slow

VALID = [
    "0.0.4",
    "1.1.2-prerelease+meta",
    "1.0.0-0A.is.legal",
    "1.0.0-alpha.0valid",
    "1.0.0--",
    "1.2.3----RC-SNAPSHOT.12.9.1--.12+788",
    "2.0.0+build.01848",
    "99999999999999999999999.999999999999999999.99999999999999999",
    "1.0.0-" + "a" * 250,
]

INVALID = [
    "",
    "1",
    "1.2",
    "1.2.3.4",
    "v1.2.3",
    "01.1.1",
    "1.01.1",
    "1.2.3-01",
    "1.2.3-",
    "1.2.3+",
    "1.2.3-a..b",
    "1.2.3+a+b",
    "1.2.3\n",
    " 1.2.3",
    "1.2.٣",
    "1.2.3-ä",
    "1.2.3\x00",
    "1.2.x",
    "-1.2.3",
    "1.0.0-" + "a" * 251,
    "1" * 10_000,
]

# semver.org, item 11, and more
ASCENDING = [
    "0.0.0-0",
    "0.0.0",
    "0.9.10",
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0--",
    "1.0.0-A",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.1.0",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1-0",
    "1.2.0",
    "1.10.0",
    "10.0.0",
]


@pytest.mark.parametrize("text", VALID)
def test_strict_semver_is_a_version(text):
    found = semver.parse(text)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize("text", INVALID)
def test_anything_else_is_none(text):
    assert semver.parse(text) is None
    with pytest.raises(ValueError, match="no semantic version"):
        semver.precedence(text)


@pytest.mark.parametrize(("lower", "higher"), list(pairwise(ASCENDING)))
def test_precedence_is_that_of_semver(lower, higher):
    assert semver.precedence(lower) < semver.precedence(higher)
    assert semver.sort_key(lower) < semver.sort_key(higher)


identifiers = st.one_of(st.integers(0, 12).map(str), st.text("ab1-", min_size=1, max_size=3)).filter(
    lambda text: not (text.isdigit() and text[0] == "0" and len(text) > 1)
)
versions = st.builds(
    lambda core, pre, build: ".".join(map(str, core)) + ("-" + ".".join(pre) if pre else "") + build,
    st.tuples(*[st.integers(0, 3)] * 3),
    st.lists(identifiers, max_size=3),
    st.sampled_from(["", "+1", "+b.2"]),
)


@given(versions, versions)
@settings(max_examples=300, deadline=None)
def test_the_sort_key_agrees_with_the_library(left, right):
    ours = (semver.precedence(left) > semver.precedence(right)) - (semver.precedence(left) < semver.precedence(right))
    assert ours == reference.Version.parse(left).compare(right)


@given(versions, versions)
@settings(max_examples=500, deadline=None)
def test_the_text_that_versions_sort_by_sorts_as_their_precedence_does(left, right):
    one, other = semver.sort_key(left), semver.sort_key(right)
    ours = (one > other) - (one < other)
    assert ours == (semver.precedence(left) > semver.precedence(right)) - (
        semver.precedence(left) < semver.precedence(right)
    )


@pytest.mark.parametrize(
    ("text", "burnt"),
    [("1.2.3", "1.2.3"), ("1.2.3+a.b", "1.2.3"), ("1.2.3-rc.1+a-b", "1.2.3-rc.1"), ("1.0.0-a-b", "1.0.0-a-b")],
)
def test_build_metadata_does_not_distinguish_versions(text, burnt):
    version = semver.parse(text)
    assert version is not None
    assert semver.burnt_identity(version) == burnt
    assert semver.precedence(text) == semver.precedence(burnt)


@pytest.mark.parametrize(
    ("candidate", "current", "expected"),
    [
        ("0.1.0", None, True),
        ("1.0.0-alpha", None, True),
        ("1.1.0", "1.0.0", True),
        ("1.0.1", "2.0.0", False),  # a back-port of an old line
        ("1.0.0-beta", "1.0.0-alpha", True),
        ("1.0.0-alpha", "1.0.0-beta", False),
        ("3.0.0-rc.1", "1.0.0", False),  # pre-releases only while nothing else exists
        ("1.0.0", "3.0.0-rc.1", True),  # any release comes before every pre-release
        ("10.0.0", "9.0.0", True),
        ("1.0.0+b", "1.0.0", False),
    ],
)
def test_what_becomes_current(candidate, current, expected):
    assert semver.becomes_current(candidate, current) is expected


@given(st.lists(versions, min_size=1, max_size=8), st.randoms())
@settings(max_examples=150, deadline=None)
def test_the_current_version_does_not_depend_on_the_order_of_publishing(texts, random):
    def current(order):
        found = None
        for text in order:
            if semver.becomes_current(text, found):
                found = text
        assert found is not None
        return semver.currency(found)

    shuffled = list(texts)
    random.shuffle(shuffled)
    assert current(texts) == current(shuffled) == max(map(semver.currency, texts))


@pytest.mark.parametrize(
    ("current", "major", "minor", "patch"),
    [
        ("1.2.3", "2.0.0", "1.3.0", "1.2.4"),
        ("1.2.3+build", "2.0.0", "1.3.0", "1.2.4"),
        ("0.2.3", "0.3.0", "0.2.4", "0.2.4"),
        ("0.0.3", "0.0.4", "0.0.4", "0.0.4"),
        ("2.0.0-rc.1", "2.0.0", "2.0.0", "2.0.0"),
    ],
)
def test_the_next_version_says_how_much_changes(current: str, major: str, minor: str, patch: str):
    found = [semver.next_version(current, step) for step in ("major", "minor", "patch")]
    assert found == [major, minor, patch]
    assert all(semver.precedence(one) > semver.precedence(current) for one in found)

"""The cache of bounded weight, held against a list that is searched from its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graft.lru import Lru

_KEYS = st.sampled_from("abcdef")
_STEPS = st.one_of(
    st.tuples(st.just("get"), _KEYS, st.just(0)),
    st.tuples(st.just("drop"), _KEYS, st.just(0)),
    st.tuples(st.just("keep"), _KEYS, st.integers(1, 12)),
    st.tuples(st.just("clear"), st.just("a"), st.just(0)),
)


def test_what_was_used_longest_ago_goes_first():
    cache = Lru[str, int](2)
    cache.keep("a", 1)
    cache.keep("b", 2)
    assert cache.get("a") == 1
    cache.keep("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_a_value_takes_the_place_of_the_one_that_its_key_had():
    cache = Lru[str, int](10)
    cache.keep("a", 1, 7)
    cache.keep("a", 2, 4)
    assert (cache.get("a"), cache.weight, len(cache)) == (2, 4, 1)


def test_what_is_too_heavy_is_not_kept_and_drives_nothing_out():
    cache = Lru[str, int](10)
    cache.keep("a", 1, 10)
    cache.keep("b", 2, 11)
    assert (cache.get("a"), cache.get("b")) == (1, None)


def test_an_old_value_does_not_stay_where_the_new_one_is_too_heavy():
    cache = Lru[str, int](10)
    cache.keep("a", 1)
    cache.keep("a", 2, 11)
    assert (cache.get("a"), cache.weight) == (None, 0)


def test_what_weighs_nothing_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        Lru[str, int](10).keep("a", 1, 0)


@given(st.lists(_STEPS, max_size=60))
def test_it_keeps_what_a_list_from_the_one_used_longest_ago_would(steps: list[tuple[str, str, int]]):
    cache, model = Lru[str, int](20), list[tuple[str, int, int]]()
    for number, (step, key, weight) in enumerate(steps):
        there = [entry for entry in model if entry[0] == key]
        others = [entry for entry in model if entry[0] != key]
        if step == "get":
            assert cache.get(key) == (there[0][1] if there else None)
            model = others + there
        elif step == "keep":
            cache.keep(key, number, weight)
            model = [*others, (key, number, weight)]
            while sum(entry[2] for entry in model) > 20:
                del model[0]
        elif step == "drop":
            cache.drop(key)
            model = others
        else:
            cache.clear()
            model = []
        assert (len(cache), cache.weight) == (len(model), sum(entry[2] for entry in model))

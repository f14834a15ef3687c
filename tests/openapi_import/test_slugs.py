"""Slugs: readable, unique, and independent of order."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graft.openapi_import.slugs import assign_slugs, slug_of

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,127}")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("CustomerAddress", "customer-address"),
        ("payment_intent", "payment_intent"),
        ("payment_intent.card", "payment_intent.card"),
        ("HTTPServerError", "http-server-error"),
        ("OAuth2Token", "o-auth2-token"),
        ("a.b", "a.b"),
        ("A[]", "a"),
        ("x:y#z", "x-y-z"),
        ("GET /v1/customers/{id}", "get-v1-customers-id"),
        ("Größe", "groe"),
        ("_private_", "private"),
        ("  -- a  .. b --", "a..b"),
        ("x" * 125, "x" * 125),
        ("Ab" * 100, ("ab-" * 50)[:128]),
    ],
)
def test_a_slug_is_readable(name: str, slug: str):
    assert slug_of(name, "schema") == slug


def test_a_name_without_letters_gets_a_slug_from_its_hash():
    first, second = slug_of("名前", "schema"), slug_of("住所", "schema")
    assert re.fullmatch(r"schema-[0-9a-f]{8}", first)
    assert first != second
    assert first == slug_of("名前", "schema")


def test_names_that_collide_get_numbers_and_a_name_that_is_a_slug_keeps_it():
    assert assign_slugs(["Host", "HOST", "host", "host-2"], (), "schema") == ["host-4", "host-3", "host", "host-2"]


def test_equal_names_get_numbers_in_the_given_order():
    assert assign_slugs(["list", "list"], (), "operation") == ["list", "list-2"]


def test_a_taken_slug_is_left_alone():
    assert assign_slugs(["Host"], {"host", "host-2"}, "schema") == ["host-3"]


def test_a_number_fits_into_the_longest_slug():
    assert assign_slugs(["x" * 128, "X" * 128], (), "schema") == ["x" * 128, "x" * 126 + "-2"]


def test_thousands_of_equal_slugs_are_numbered():
    slugs = assign_slugs(["A" + chr(0x4E00 + number) for number in range(20_000)], (), "schema")
    assert len(set(slugs)) == 20_000


names = st.lists(
    st.text(max_size=140) | st.sampled_from(["Host", "host", "HOST", "host-2", "Host-2", "hosT-2"]),
    unique=True,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(names, st.sets(st.sampled_from(["host", "host-2", "a"])), st.randoms())
def test_slugs_are_well_formed_unique_and_independent_of_order(given_names: list[str], taken: set[str], random: Random):
    slugs = dict(zip(given_names, assign_slugs(given_names, taken, "schema"), strict=True))
    assert all(SLUG.fullmatch(slug) for slug in slugs.values())
    assert len({*slugs.values(), *taken}) == len(slugs) + len(taken)
    random.shuffle(given_names)
    assert dict(zip(given_names, assign_slugs(given_names, taken, "schema"), strict=True)) == slugs

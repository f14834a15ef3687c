"""An address of a database is refused in words that hold no part of its password, or the driver takes it as it is meant."""

import asyncio
import re
from urllib.parse import quote

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graft.config import ConfigError, Settings
from graft.database_url import what_is_wrong

GOOD = [
    "postgresql://",
    "postgresql:///graft",
    "postgres://u@h",
    "postgresql://u:p@h:5432/graft?sslmode=require",
    "postgresql://u:p:q@a,b:5433/graft?target_session_attrs=primary",
    "postgresql://u@[::1]:5432/graft",
    "postgresql://postgres@/postgres?host=%2Ftmp%2Fsocket&port=5432",
    "postgresql:///g?user=u&password=a@b",
    "postgresql://u:%23%2F%3F%40@h/g",
    "postgresql://u:p@h/gräft",
]
BAD = [
    ("mysql://u:secret@h/g", "must start with postgresql://"),
    ("postgresql://u:se#cret@h:5432/g", "#"),
    ("postgresql://u:se cret@h:5432/g", "blank"),
    ("postgresql://u:se\ncret@h:5432/g", "blank"),
    ("postgresql://u:se/cret@h:5432/g", "before it"),
    ("postgresql://u:12/cret@h:5432/g", "before it"),
    ("postgresql://u:se?cret@h:5432/g", "port"),
    ("postgresql://u:12?cret@h:5432/g", "parameter"),
    ("postgresql://u:se@cret@h:5432/g", "more than one @"),
    ("postgresql://u:se[cret@h:5432/g", "[ or ]"),
    ("postgresql://u:se\uff1acret@h:5432/g", "ASCII"),
    ("postgresql://u:secret@h:99999999/g", "port"),
    ("postgresql://u:secret@h:0/g", "port"),
    ("postgresql://u:secret@h:-1/g", "port"),
    ("postgresql://u:secret@h:five/g", "port"),
    ("postgresql://u:secret@h/g?port=five", "port"),
    ("postgresql://u:secret@a,,b/g", "host"),
    ("postgresql://u:secret@[::1:5432/g", "host"),
]


@pytest.mark.parametrize("url", GOOD)
def test_an_address_that_the_driver_takes_is_left_alone(url: str):
    assert what_is_wrong(url) is None


@pytest.mark.parametrize(("url", "says"), BAD)
def test_a_bad_one_is_refused_with_a_hint_and_without_its_password(url: str, says: str):
    found = what_is_wrong(url)
    assert found is not None
    assert says in found
    assert "percent-encoded" in found or not url.startswith("postgres")
    assert not re.search("cret", found)


@pytest.mark.parametrize("name", ["GRAFT_DATABASE_URL", "GRAFT_MIGRATE_URL"])
def test_the_variable_is_named(name: str):
    with pytest.raises(ConfigError, match=f"{name} has a # or a blank in it. Characters that mean"):
        Settings.from_env({"HOME": "/h", name: "postgresql://u:se#cret@h/g"})


async def tried(url: str) -> str:
    """What the driver says of an address at which nobody answers."""
    try:
        await asyncpg.connect(url, timeout=5)
    except (OSError, ValueError, OverflowError, asyncpg.InterfaceError, asyncpg.PostgresError) as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError


ODD = st.text(st.sampled_from("s3c#/?@:[]%&=,+ \t;$\\'\"é\uff1a℀"), min_size=1, max_size=12)


@given(ODD)
def test_whatever_a_password_holds_it_is_refused_or_the_driver_only_fails_to_connect(password: str):
    url = f"postgresql://127.0.0.1:{password}Z9Z@127.0.0.1:1/g"
    if what_is_wrong(url) is None:
        said = asyncio.run(tried(url))
        assert said.startswith("ConnectionRefusedError")
        assert "Z9Z" not in said


@given(ODD)
def test_whatever_a_password_holds_percent_encoded_it_is_taken(password: str):
    assert what_is_wrong(f"postgresql://u:{quote(password, safe='')}@127.0.0.1:1/g") is None

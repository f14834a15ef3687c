"""The file of kinds: what is wrong with it is told at start, everything at once."""

from pathlib import Path

import pytest

from graft.kinds.registry import KindsError, load_kinds
from graft.merge import ListRule
from graft.templates import reference_places
from tests.support.world import running

RIGHT = """
[pipeline]
prefix = "ppl"
merge_keys = { "/stages" = "id" }
[pipeline.schema]
type = "object"
[data_set2]
prefix = "dts"
"""


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "kinds.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_own_kinds_stand_beside_those_that_ship(data_dir: Path):
    kinds = load_kinds(written(data_dir, RIGHT))
    assert set(kinds.by_name) == {
        "function", "agent", "swarm", "workflow", "app", "schema", "pipeline", "data_set2",
    }  # fmt: skip
    assert kinds.by_name["pipeline"].lists.rules == {"/stages": ListRule(("id",))}
    assert kinds.by_prefix["ppl"].name == "pipeline"
    assert list(kinds.by_name["data_set2"].checker.problems({"any": "thing"})) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[other]", "prefix"),
        ("[other]\nprefix = 1", "Expected `str`"),
        ("other = 1", "Expected `object`"),
        ("[other]\nprefix = 'oth'\nschema = []", "Expected `object`"),
        ("[other]\nprefix = 'OTH'", "cannot be a prefix"),
        ("[other]\nprefix = 'tok'", "cannot be a prefix"),
        ("[other]\nprefix = 'oth'\n[more]\nprefix = 'oth'", "prefix of other"),
        (f"[{'o' * 32}]\nprefix = 'oth'", "lower-case letters"),
        ("[other]\nprefix = 'oth'\nmerge_keys = { stages = 'id' }", "JSON pointer"),
        ("[other]\nprefix = 'oth'\nmerge_keys = { '/stages' = '' }", "no key"),
        ("[other]\nprefix = 'oth'\nmerge_keys = { '/stages' = [] }", "either a key, or is a set, or aligned"),
        ("[other]\nprefix = 'oth'\nmerge_keys = { '/stages' = ['id', 'id'] }", "twice"),
        ("[other]\nprefix = 'oth'\nmerge_keys = { '/stages' = { set = true, aligned = true } }", "either a key"),
        (
            "[other]\nprefix = 'oth'\nmerge_keys = { '/stages' = { set = true, ordered = true } }",
            "only a list with a key",
        ),
        ("[other]\nprefix = 'oth'\nmerge_keys = { '/stages' = { sorted = true } }", "unknown field `sorted`"),
        ("[other]\nprefix = 'oth'\nmerge_keys = { '/a/**' = 'id' }", "at the beginning"),
        ("[other]\nprefix = 'oth'\nmerge_keys = { '**' = 'id' }", "JSON pointer"),
        ("[other]\nprefix = 'oth'\ndata_places = ['a*b']", "data_places"),
        ("[other]\nprefix = 'oth'\ndata_places = ['']", "data_places"),
        ("[other]\nprefix = 'oth'\nname_maps = 'branches'", "Expected `array`"),
        ("[other]\nprefix = 'oth'\n[other.schema]\n'$ref' = 'https://example.com/s'", "schema"),
        ("[other]\nprefix = 'oth'\n[other.schema]\npattern = '('", "schema"),
        (b"\xff", "kinds.toml"),
    ],
)
def test_a_fault_is_told_with_its_kind(text: str | bytes, told: str, data_dir: Path):
    with pytest.raises(KindsError, match=told):
        load_kinds(written(data_dir, text))


def test_a_kind_says_where_its_data_stands(data_dir: Path):
    text = "[flow]\nprefix = 'flo'\ndata_places = ['sample']\nname_maps = ['branches']\n[plain]\nprefix = 'pln'\n"
    kinds = load_kinds(written(data_dir, text))
    named = "sch_" + "0" * 26
    definition = {"default": named, "sample": named, "branches": {"sample": named}}

    def found(kind: str) -> list[str]:
        return [place.shown for place, _ in reference_places(definition, kinds.prefixes, kinds.by_name[kind].places)]

    assert found("flow") == ["/default", "/branches/sample"]
    assert found("plain") == ["/sample", "/branches/sample"]


def test_all_faults_are_told_at_once(data_dir: Path):
    text = "[Bad]\nprefix = 'xx'\n[other]\nprefix = 'fun'\n[other.schema]\ntype = 'nonsense'"
    with pytest.raises(KindsError) as caught:
        load_kinds(written(data_dir, text))
    assert str(caught.value).count("; ") == 3


def test_a_file_that_is_not_there_is_told(data_dir: Path):
    with pytest.raises(KindsError, match="No such file"):
        load_kinds(data_dir / "absent.toml")


async def test_graft_does_not_start_with_a_wrong_file(database_url: str, app_role: str, data_dir: Path):
    file = written(data_dir, "[other]\nprefix = 'wsp'")
    with pytest.raises(KindsError):
        async with running(database_url, app_role, kinds_file=file):
            pass

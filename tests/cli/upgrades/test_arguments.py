"""What --set and --resolve say."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from graft.cli.failure import Code, Failure
from graft.cli.upgrades.arguments import resolutions, variables


def test_a_variable_is_a_text_unless_it_is_said_to_be_json():
    given = ["account=globex", "url=https://x/?a=b", "empty=", "size:=50", "rate:=1.50", 'list:=["a"]', "on=true"]
    assert variables(given) == {
        "account": "globex",
        "url": "https://x/?a=b",
        "empty": "",
        "size": 50,
        "rate": Decimal("1.50"),
        "list": ["a"],
        "on": "true",
    }


def test_a_decision_names_member_pointer_and_choice(tmp_path: Path):
    file = tmp_path / "value.json"
    file.write_text('{"a": 1.50}')
    assert resolutions(
        ["list:/a=mine", "list:/b~1c=d/e=theirs", "schema:ticket:/enum=mine", f"schema:ticket:=@{file}", "f:=theirs"]
    ) == {
        "list": {"/a": "mine", "/b~1c=d/e": "theirs"},
        "schema:ticket": {"/enum": "mine", "": {"value": {"a": Decimal("1.50")}}},
        "f": {"": "theirs"},
    }


@pytest.mark.parametrize(
    "text", ["list", "list=mine", "/a=mine", ":/a=mine", "list:/a=yours", "list:/a", "list:a=mine"]
)
def test_a_decision_in_another_form_is_refused(text: str):
    with pytest.raises(Failure, match="write SLUG:POINTER=mine, =theirs or =@FILE") as refused:
        resolutions([text])
    assert refused.value.code == Code.WRONG_USAGE


def test_a_decision_that_is_said_twice_is_refused():
    with pytest.raises(Failure, match="--resolve a:/b is said twice"):
        resolutions(["a:/b=mine", "a:/b=theirs"])


@pytest.mark.parametrize("text", ["account", "=x", ":=1", "size:=", "size:={", "size:=nope"])
def test_a_variable_in_another_form_is_refused(text: str):
    with pytest.raises(Failure) as refused:
        variables([text])
    assert refused.value.code == Code.WRONG_USAGE
    assert "--set" in str(refused.value)


def test_a_file_that_is_none_or_has_no_json_is_refused(tmp_path: Path):
    (tmp_path / "bad").write_text("{")
    (tmp_path / "deep").write_text(json.dumps([]).join(["["] * 1) * 1 + "[" * 100_000)
    for name, told in (("absent", "cannot be read: No such file"), ("bad", "is no JSON"), ("deep", "is no JSON")):
        with pytest.raises(Failure, match=told):
            resolutions([f"a:/b=@{tmp_path / name}"])

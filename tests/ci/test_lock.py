"""The lists of locked packages: complete, without a package too many, and without the address of any registry."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = (ROOT / "requirements.lock").read_text()
DEV = (ROOT / "requirements-dev.lock").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def loaded(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


complete = loaded("complete")


def problems(run=RUN, dev=DEV, requires=complete.installed):
    return complete.problems(PROJECT, run, dev, requires)


def without(name, text):
    """The list without the lines of one package."""
    shorter = re.sub(rf"^{re.escape(name)}(\[[^\]]*\])?==.*\n(^ .*\n)*", "", text, flags=re.MULTILINE)
    assert shorter != text
    return shorter


def test_the_lists_are_complete_and_name_nothing_too_much():
    assert problems() == []


@pytest.mark.parametrize("name", sorted(complete.pins(RUN)))
def test_whatever_is_taken_out_of_the_list_to_run_is_missed_in_both(name):
    found = problems(run=without(name, RUN))
    assert {text.partition(" is not named")[0] for text in found if " is not named" in text} == {
        f"requirements.lock: {name}",
        f"requirements-dev.lock: {name}",
    }


@pytest.mark.parametrize("name", sorted(complete.pins(DEV)))
def test_whatever_is_taken_out_of_the_list_to_develop_is_missed(name):
    assert any(
        text.startswith(f"requirements-dev.lock: {name} is not named") for text in problems(dev=without(name, DEV))
    )


def test_what_only_an_extra_asks_for_is_missed_with_who_asks():
    found = problems(run=without("uvloop", RUN))
    assert any("granian asks for uvloop" in text for text in found)


def test_what_only_another_python_or_system_asks_for_is_missed():
    def requires(name):
        version, texts = complete.installed(name)
        further = [
            'backport>=1; python_version < "3.12"',
            'other; sys_platform == "darwin"',
            'never; sys_platform == "win32"',
        ]
        return version, [*texts, *(further if name == "typer" else [])]

    missed = {text for text in problems(requires=requires) if text.startswith("requirements.lock")}
    assert missed == {
        "requirements.lock: backport is not named: typer asks for backport>=1",
        "requirements.lock: other is not named: typer asks for other",
    }


def test_a_version_that_somebody_does_not_bear_is_told():
    older = RUN.replace("starlette==", "starlette==0.1.")
    assert any(
        "starlette is named as 0.1." in text and "graft asks for starlette>=" in text for text in problems(run=older)
    )


def test_what_nothing_asks_for_is_told():
    assert "requirements.lock: leftpad is named, and nothing asks for it" in problems(run=RUN + "leftpad==1.0 \\\n")


def test_no_package_is_in_both_lists():
    assert "typer is in both lists" in problems(dev=DEV + "typer==1.0 \\\n")


def test_the_lists_name_no_address_and_every_package_has_hashes():
    for text in (RUN, DEV):
        assert "://" not in text
        assert len(re.findall(r"^[a-z0-9].*== *\S+ \\\n +--hash=sha256:", text, re.MULTILINE)) == len(
            complete.pins(text)
        )

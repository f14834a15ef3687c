"""Says what the lists of locked packages lack or have too much, from what the installed ones ask for; extras included.

`pip check` does not look at extras, and pip no longer does either: nothing is resolved when the lists are installed.
Asked is for every Python and system that Graft runs on, whichever this one is.  Usage: python .ci/complete.py
"""

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from itertools import product
from pathlib import Path

from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_HERE = Path(__file__).resolve().parent.parent
_RUN, _DEV = "requirements.lock", "requirements-dev.lock"
_PYTHONS = (_HERE / ".ci/pythons").read_text().split()
_SYSTEMS = (("linux", "Linux", "x86_64"), ("linux", "Linux", "aarch64"), ("darwin", "Darwin", "arm64"))

Pins = Mapping[str, str]  # name → version
Requires = Callable[[str], tuple[str, list[str]]]  # name → installed version, what it asks for


def problems(project: Mapping[str, object], run: str, dev: str, requires: Requires) -> list[str]:
    """What is wrong with the two lists, given as texts."""
    roots = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    further = project["project"]["optional-dependencies"]["dev"]
    run_pins, dev_pins = pins(run), pins(dev)
    return [
        *(f"{name} is in both lists" for name in sorted(run_pins.keys() & dev_pins.keys())),
        *(f"{_RUN}: {text}" for text in _differences(roots, run_pins, requires)),
        *(f"{_DEV}: {text}" for text in _differences([*roots, *further], {**run_pins, **dev_pins}, requires)),
    ]


def pins(text: str) -> dict[str, str]:
    """The name and version of each package in a list."""
    found = re.findall(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@cache
def installed(name: str) -> tuple[str, list[str]]:
    """The version of an installed package, and what it asks for; `PackageNotFoundError`."""
    found = distribution(name)
    return found.version, found.requires or []


def _differences(roots: Iterable[str], pinned: Pins, requires: Requires) -> Iterator[str]:
    reached: dict[str, set[str]] = {}
    for environment in _environments():
        for name, texts in _closure(roots, pinned, requires, environment).items():
            reached.setdefault(name, set()).update(texts)
    for name in sorted(reached.keys() | pinned.keys()):
        if name not in reached:
            yield f"{name} is named, and nothing asks for it"
        elif name not in pinned:
            yield f"{name} is not named: {', '.join(sorted(reached[name]))}"
        else:
            yield from _misfits(name, pinned[name], reached[name], requires)


def _misfits(name: str, version: str, texts: Iterable[str], requires: Requires) -> Iterator[str]:
    try:
        there, _ = requires(name)
    except PackageNotFoundError:
        yield f"{name} is not installed, so nobody knows what it asks for"
        return
    if there != version:
        yield f"{name} is installed as {there} and named as {version}"
    for text in sorted(texts):
        wanted = _parsed(text.partition(" asks for ")[2])
        if not wanted.specifier.contains(version, prereleases=True):
            yield f"{name} is named as {version}: {text}"


def _closure(roots: Iterable[str], pinned: Pins, requires: Requires, environment: Environment) -> dict[str, set[str]]:
    """All that is asked for from the roots on, with who asks; a package is asked once for each set of extras."""
    reached: dict[str, set[str]] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [("graft", root, frozenset[str]()) for root in roots]
    while waiting:
        who, text, extras = waiting.pop()
        wanted = _parsed(text)
        if wanted.marker is not None and not any(
            wanted.marker.evaluate({**environment, "extra": extra}) for extra in (extras or {""})
        ):
            continue
        name, asked = canonicalize_name(wanted.name), frozenset(wanted.extras)
        reached.setdefault(name, set()).add(f"{who} asks for {text.partition(';')[0].strip()}")
        if name in pinned and (name, asked) not in seen:
            seen.add((name, asked))
            waiting += [(name, text, asked) for text in _asked_by(name, requires)]
    return reached


_parsed = cache(Requirement)


def _asked_by(name: str, requires: Requires) -> list[str]:
    try:
        return requires(name)[1]
    except PackageNotFoundError:
        return []


def _environments() -> Iterator[Environment]:
    for python, (platform, system, machine) in product(_PYTHONS, _SYSTEMS):
        yield {
            **default_environment(),
            "python_version": python,
            "python_full_version": f"{python}.0",
            "implementation_version": f"{python}.0",
            "sys_platform": platform,
            "platform_system": system,
            "platform_machine": machine,
        }


def main() -> int:
    project = tomllib.loads((_HERE / "pyproject.toml").read_text())
    found = problems(project, (_HERE / _RUN).read_text(), (_HERE / _DEV).read_text(), installed)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m bench NAME`: run one benchmark, print its table and, last, one line of JSON."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from bench import report
from bench.packages import NoDocuments
from bench.result import Log, Options, Result, json_line
from bench.servers import ROOT
from bench.targets import TARGETS, missing
from graft.cli import signals

_REPORT = ROOT / "docs" / "benchmarks.md"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    full = Options()
    parser.add_argument("name", choices=list(TARGETS), metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--rows", type=int, default=full.rows, help="integrations in the largest table")
    parser.add_argument("--rounds", type=int, default=full.rounds, help="how often each subject is measured")
    parser.add_argument("--seconds", type=float, default=full.seconds, help="of each turn under load")
    parser.add_argument("--installs", type=int, default=full.installs, help="that `upgrade` upgrades in a row")
    parser.add_argument("--no-peers", action="store_true", help="only Graft and the floor")
    parser.add_argument("--report", type=Path, help="where to write (a trial writes nothing unless told to)")
    given = parser.parse_args(arguments)
    options = replace(
        full,
        rows=given.rows,
        rounds=given.rounds,
        seconds=given.seconds,
        installs=given.installs,
        peers=not given.no_peers,
    )
    signals.interrupt_when_told_to_end()
    try:
        result = _case(given.name)(options, _log)
    except NoDocuments as error:
        _log(f"{given.name} {error}")
        print(json_line(given.name, missing(given.name)))  # noqa: T201 - what the command is for
        return 0
    except KeyboardInterrupt:
        # everything that was started has been stopped by now
        return 130
    place = given.report or (None if options.trial else _REPORT)
    if place is not None:
        report.write(place, given.name, result, options)
    print(f"\n{result.text}\n\n{report.compared(given.name, result.metrics)}\n")  # noqa: T201 - as above
    print(json_line(given.name, result.metrics))  # noqa: T201 - as above
    return 0


def _case(name: str) -> Callable[[Options, Log], Result]:
    """The function of a benchmark; some of the names are words of the language."""
    return import_module(f"bench.cases.{name}").run


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m bench NAME`: run one benchmark, print its table and, last, one line of JSON."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from bench import load, report
from bench.database import Postgres, postgres
from bench.packages import Document, NoDocuments
from bench.result import Log, Options, Result, json_line
from bench.servers import ROOT
from bench.targets import TARGETS, missing
from graft.cli import signals

_REPORT = ROOT / "docs" / "benchmarks.md"


def main(arguments: Sequence[str]) -> int:
    given = _parser().parse_args(arguments)
    signals.interrupt_when_told_to_end()
    try:
        options = _options(given)
        with postgres() as server:
            result = case(given.name)(server, options, _log)
    except NoDocuments as error:
        _log(f"{given.name} {error}")
        _print(json_line(given.name, missing(given.name)))
        return 0
    except KeyboardInterrupt:
        # everything that was started has been stopped by now
        return 130

    place = given.report or (None if options.trial else _REPORT)
    _print(f"\n{report.with_client(result)}\n\n{report.compared(given.name, result.metrics)}\n")
    if place is not None:
        _write(place, given.name, result, options)
    _print(json_line(given.name, result.metrics))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    full = Options()
    parser.add_argument("name", choices=list(TARGETS), metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--rows", type=int, default=full.rows, help="integrations in the largest table")
    parser.add_argument("--rounds", type=int, default=full.rounds, help="how often each subject is measured")
    parser.add_argument("--seconds", type=float, default=full.seconds, help="of each measurement under load")
    parser.add_argument("--installs", type=int, default=full.installs, help="that `upgrade` upgrades in a row")
    parser.add_argument("--merges", type=int, default=full.merges, help="edited members that `merge` merges")
    parser.add_argument(
        "--documents", nargs=2, type=Path, metavar=("OLDER", "NEWER"), help="OpenAPI documents in place of Stripe's"
    )
    parser.add_argument("--client", choices=["wrk", "own"], help="in place of the best one that can be had")
    parser.add_argument("--no-peers", action="store_true", help="only Graft and the floor")
    parser.add_argument("--report", type=Path, help="where to write (a trial writes nothing unless told to)")
    return parser


def _options(given: argparse.Namespace) -> Options:
    client: load.Client = "wrk" if given.client == "wrk" else "our own client"
    return replace(
        Options(),
        client=client if given.client else load.find_client(_log),
        rows=given.rows,
        rounds=given.rounds,
        seconds=given.seconds,
        installs=given.installs,
        merges=given.merges,
        documents=_documents(*given.documents) if given.documents else None,
        peers=not given.no_peers,
    )


def _documents(older: Path, newer: Path) -> tuple[Document, Document]:
    return Document(older.name, older.read_bytes()), Document(newer.name, newer.read_bytes())


def case(name: str) -> Callable[[Postgres, Options, Log], Result]:
    """The function of a benchmark; some of the names are words of the language."""
    return import_module(f"bench.cases.{name}").run


def _write(place: Path, name: str, result: Result, options: Options) -> None:
    try:
        report.write(place, name, result, options)
    except report.OtherClient as error:
        _log(f"Nothing is written: {error} They do not compare. Remove that section, or name another file (--report).")


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - what the command is for


def _print(text: str) -> None:
    print(text)  # noqa: T201 - as above


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""docs/benchmarks.md: a section a benchmark, each replaced by its newest full run; a summary of all above them."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.result import Metrics, Options, Result, json_line
from bench.targets import TARGETS

_SECTION = re.compile(r"<!-- bench:(\w+) -->\n(.*?)\n<!-- /bench:\1 -->", re.DOTALL)
_CLIENT = re.compile(r"Client: ([^.\n]+)\.")
_LINE = re.compile(r"^`(\{.*\})`$", re.MULTILINE)
_HEAD = """# Benchmarks

Written by `make bench NAME=…`, a section each; edited by nobody. Every ratio is a median of ratios within one round, in
which all that is compared was measured in turns on one machine and one PostgreSQL (embedded, fsync on). Absolute figures
are of that machine. What stands beside Graft is in `bench/baselines/`, one process each with eight connections, on the
same tables and rows; a dash means that it could not be had there. CPU is that of the server's processes. The client
shares the machine: figures of two clients do not compare, and a section is not overwritten by a run with another one.
"""


class OtherClient(Exception):
    """The section that is there was measured by another client."""


def write(path: Path, name: str, result: Result, options: Options) -> None:
    """Put the result into its section of the file, and its plots beside the file. Raises `OtherClient`."""
    sections = dict(_SECTION.findall(path.read_text("utf-8"))) if path.exists() else {}
    before = _client(sections.get(name, ""))
    if result.client and before and before != result.client:
        raise OtherClient(f"The figures of {name} in {path.name} are those of {before}, these of {result.client}.")

    sections[name] = _section(name, result, options)
    parts = [_HEAD, _summary(sections)]
    parts += [
        f"<!-- bench:{found} -->\n{sections[found]}\n<!-- /bench:{found} -->" for found in TARGETS if found in sections
    ]
    plots = path.parent / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    for file_name, svg in result.plots.items():
        (plots / file_name).write_text(svg, "utf-8")
    path.write_text("\n\n".join(part.strip("\n") for part in parts) + "\n", "utf-8")


def _section(name: str, result: Result, options: Options) -> str:
    when = datetime.now(UTC).date().isoformat()
    rounds = options.rounds if result.rounds is None else result.rounds
    how = f"{when}, {rounds} round{'' if rounds == 1 else 's'}"
    how += " (a trial: smaller than a full run)." if options.trial else "."
    pictures = [f"![{name}](plots/{file_name})" for file_name in result.plots]
    parts = [f"## {name}", how, with_client(result), compared(name, result.metrics), *pictures]
    return "\n\n".join([*parts, f"`{json_line(name, result.metrics)}`"])


def with_client(result: Result) -> str:
    """The text of a result, and which client it was."""
    return result.text if result.client is None else f"{result.text}\n\nClient: {result.client}."


def _client(section: str) -> str | None:
    found = _CLIENT.search(section)
    return found[1] if found else None


def compared(name: str, metrics: Metrics) -> str:
    """The table of a benchmark's metrics beside their targets."""
    return table(("", "measured", "target", ""), [_row(metric, name, metrics) for metric in TARGETS[name]])


def _summary(sections: dict[str, str]) -> str:
    rows: list[Sequence[str]] = []
    for name in TARGETS:
        found = _LINE.search(sections.get(name, ""))
        if found:
            metrics: dict[str, Any] = json.loads(found[1])["metrics"]
            client = _client(sections[name]) or ""
            known = [metric for metric in TARGETS[name] if metric in metrics]
            rows += [(f"[{name}](#{name})", *_row(metric, name, metrics), client) for metric in known]
    return table(("", "", "measured", "target", "", "client"), rows)


def _row(metric: str, name: str, metrics: Metrics) -> tuple[str, str, str, str]:
    target, value = TARGETS[name][metric], metrics[metric]
    if value is None:
        return f"{target.what}", "–", target.text, "not measured"
    verdict = {True: "met", False: "**missed**", None: ""}[target.met(value)]
    shown = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return target.what, shown, target.text, verdict


def table(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    lines: list[Iterable[str]] = [head, ("---", *("---:",) * (len(head) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

"""The result of a benchmark: metrics, the text and plots of its section, and the line of JSON that it ends with."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.load import Client
from bench.packages import Document

# Takes one line for whoever waits.
Log = Callable[[str], None]
Metrics = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Options:
    """How large a run is. A smaller one than these defaults is a trial: its figures are not for docs/benchmarks.md.

    `rows`: integrations in the largest table. `seconds`: of each measurement under load. `installs`: that are upgraded in
    a row. `members`: of the package that is published. `sizes`: members of the generated packages that are installed.
    `weighed`: members whose bytes are measured, enough that pages which are not full yet do not count. `merges`: edited
    members that are merged. `documents`: an older and a newer one; none: Stripe's.
    """

    client: Client = "wrk"
    rows: int = 1_000_000
    rounds: int = 7
    seconds: float = 3.0
    installs: int = 1_000
    members: int = 1_000
    sizes: tuple[int, ...] = (10, 100, 1_000, 10_000)
    weighed: int = 20_000
    merges: int = 8_000
    documents: tuple[Document, Document] | None = None
    peers: bool = True

    @property
    def trial(self) -> bool:
        full = Options()
        return (
            not self.peers
            or self.rounds < 5
            or self.rows < full.rows
            or self.seconds < full.seconds
            or self.installs < full.installs
            or self.members < full.members
            or self.sizes != full.sizes
            or self.weighed < full.weighed
            or self.merges < full.merges
            or self.documents is not None
        )


@dataclass(frozen=True, slots=True)
class Result:
    """`metrics` are named as targets.py names them; null stands for what could not be measured. Plots by file name.

    `client`: who kept the servers busy; None where single requests were timed. `rounds`: None stands for those of the options.
    """

    metrics: Metrics
    text: str
    client: Client | None = None
    plots: Mapping[str, str] = field(default_factory=dict[str, str])
    rounds: int | None = None


def json_line(name: str, metrics: Metrics) -> str:
    """The last line of a benchmark; figures have four significant digits."""
    rounded = {metric: None if value is None else _rounded(value) for metric, value in metrics.items()}
    return json.dumps({"name": name, "metrics": rounded})


def _rounded(value: float) -> float | int:
    if value == int(value):
        return int(value)
    return float(f"{value:.4g}")

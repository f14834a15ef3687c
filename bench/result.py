"""What a benchmark gives: metrics, the text and plots of its section; and the one line of JSON that it ends with."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

# Told to who waits: one line each.
Log = Callable[[str], None]
Metrics = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Options:
    """How large a run is. A smaller one than these defaults is a trial: its figures are not for docs/benchmarks.md."""

    rows: int = 1_000_000
    rounds: int = 7
    seconds: float = 3.0
    installs: int = 1_000
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
        )


@dataclass(frozen=True, slots=True)
class Result:
    """`metrics` are named as targets.py names them; null stands for what could not be measured. Plots by file name."""

    metrics: Metrics
    text: str
    plots: Mapping[str, str] = field(default_factory=dict[str, str])


def json_line(name: str, metrics: Metrics) -> str:
    """The last line of a benchmark; figures have four significant digits."""
    rounded = {metric: None if value is None else _rounded(value) for metric, value in metrics.items()}
    return json.dumps({"name": name, "metrics": rounded})


def _rounded(value: float) -> float | int:
    if value == int(value):
        return int(value)
    return float(f"{value:.4g}")

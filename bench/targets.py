"""The target of each metric of each benchmark; a metric that is only reported has no bound."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Target:
    """A bound, and what it bounds in words."""

    what: str
    side: Literal["at least", "at most", "more than"] | None
    bound: float = 0.0

    def met(self, value: float) -> bool | None:
        """None where nothing was promised."""
        match self.side:
            case None:
                return None
            case "at least":
                return value >= self.bound
            case "at most":
                return value <= self.bound
            case "more than":
                return value > self.bound

    @property
    def text(self) -> str:
        sign = {"at least": "≥", "at most": "≤", "more than": ">", None: ""}[self.side]
        return f"{sign} {self.bound:g}" if sign else "report"


def _least(what: str, bound: float) -> Target:
    return Target(what, "at least", bound)


def _most(what: str, bound: float) -> Target:
    return Target(what, "at most", bound)


TARGETS: dict[str, dict[str, Target]] = {
    "get": {
        "vs_floor": _least("throughput, × of the floor", 0.8),
        "not_modified_vs_floor": _least("throughput where nothing changed, × of the floor's full reply", 1.3),
        "vs_fastapi": _least("throughput, × of FastAPI + SQLAlchemy", 5),
        "vs_drf": _least("throughput, × of Django REST framework", 12),
    },
    "list": {
        "vs_floor": _least("throughput, × of the floor, which counts nothing", 0.7),
        "vs_fastapi": _least("throughput, × of FastAPI + SQLAlchemy", 4),
        "vs_drf": _least("throughput, × of Django REST framework", 8),
        "vs_postgraphile": Target("throughput, × of PostGraphile", "more than", 1),
        "vs_directus": Target("throughput, × of Directus", "more than", 1),
        "growth_1m": _most("time at the larger table, × of the smaller", 1.2),
    },
    "walk": {"deep_vs_first": _most("time of page 5,000, × of page 1", 1.2)},
    "filter": {
        "worst_vs_sql": _most("the worst filter's time, × of a statement by hand", 1.2),
        "name_substring_ms": _most("a substring of names, ms", 50),
        "refused": _most("filters refused that a statement by hand answers in 5 s", 0),
    },
    "import": {
        "vs_sql": _most("time, × of parsing and one INSERT a table", 1.8),
        "statements": Target("statements, whatever the size", None),
        "again_rows_written": _most("rows written by the same document again", 0),
    },
    "install": {
        "vs_sql": _most("time, × of the same rows in plain SQL", 1.0),
        "statements": _most("statements, whatever the size", 10),
        "bytes_per_member": _most("bytes of tables and indexes a member", 700),
    },
    "plan": {
        "vs_upgrade": _most("time with the first page of fields, × of the upgrade and of merging alone", 1.0),
        "bytes_per_member": _most("bytes stored a member", 10),
    },
    "upgrade": {
        "vs_sql": _most("time, × of the same changes in plain SQL", 1.5),
        "statements": _most("statements, whatever the size", 15),
        "installs_per_s": Target("installs upgraded per second, one after the other", None),
    },
    "undo": {
        "vs_sql": _most("time, × of the SQL that writes the same rows back", 1.5),
        "statements": Target("statements, whatever the size", None),
        "bytes_per_member": _most("bytes of before-images a member", 10),
    },
    "render": {
        "one_vs_raw": _most("time of one clone, × of the unrendered row", 1.5),
        "page_vs_raw": _most("time of a page of 100 clones, × of the unrendered rows", 2.5),
    },
    "publish": {"definitions_written": _most("definitions written", 10)},
    "merge": {
        "false_conflicts_percent": _most("edited members in conflict without a reason, %", 1),
        "wrong_in_4000": _most("merges that are silent and wrong, of 4,000", 1),
        "true_conflicts_percent": Target("edited members in conflict with a reason, %", None),
        "ms_per_1000": Target("CPU to merge 1,000 edited members, ms", None),
    },
    "scale": {"two_vs_one": Target("throughput of two processes, × of one", None)},
    "neighbours": {
        "worst_ms": _most("a neighbour's slowest reply, ms", 1_000),
        "peak_mb": _most("memory of the server's processes at its most, MB", 600),
        "server_errors": _most("the neighbour's failures, and 5xx but 503 of who offends", 0),
    },
}


def missing(name: str) -> dict[str, float | None]:
    """The metrics of a benchmark that could not be run."""
    return dict.fromkeys(TARGETS[name])

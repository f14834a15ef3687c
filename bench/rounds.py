"""Measure in rounds: each subject once a round, so that what disturbs the machine disturbs all of them."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.load import Load, Requests, send
from bench.process_usage import cpu_seconds, memory_mib
from bench.result import Log, Options
from bench.servers import Server


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that answers requests."""

    name: str
    server: Server
    requests: Requests


@dataclass(slots=True)
class Series:
    """One subject's rounds. CPU is that of the server's processes, and that of PostgreSQL meanwhile; memory in MiB."""

    loads: list[Load] = field(default_factory=list[Load])
    cpu_us: list[float] = field(default_factory=list[float])
    database_us: list[float] = field(default_factory=list[float])
    memory_mib: float = 0.0

    @property
    def per_second(self) -> float:
        return statistics.median(load.per_second for load in self.loads)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpu_us)

    @property
    def database_cpu(self) -> float:
        return statistics.median(self.database_us)

    @property
    def p50_ms(self) -> float:
        return statistics.median(load.p50_ms for load in self.loads)

    @property
    def p99_ms(self) -> float:
        return statistics.median(load.p99_ms for load in self.loads)


def under_load(subjects: Sequence[Subject], database_pid: int, options: Options, log: Log) -> dict[str, Series]:
    """The series of each subject, by name."""
    found = {subject.name: Series() for subject in subjects}
    for subject in subjects:
        send(options.client, subject.server, subject.requests, options.seconds)
    for number in range(options.rounds):
        for subject in _turned(subjects, number):
            _measure(subject, found[subject.name], database_pid, options)
        rates = ", ".join(f"{subject.name} {found[subject.name].loads[-1].per_second:.0f}/s" for subject in subjects)
        log(f"round {number + 1} of {options.rounds}: {rates}")
    return found


def _measure(subject: Subject, series: Series, database_pid: int, options: Options) -> None:
    before, database_before = cpu_seconds(subject.server.pid), cpu_seconds(database_pid)
    load = send(options.client, subject.server, subject.requests, options.seconds)
    used = cpu_seconds(subject.server.pid) - before
    series.loads.append(load)
    series.cpu_us.append(used / load.requests * 1e6)
    series.database_us.append((cpu_seconds(database_pid) - database_before) / load.requests * 1e6)
    series.memory_mib = max(series.memory_mib, memory_mib(subject.server.pid))


def _turned(subjects: Sequence[Subject], number: int) -> Sequence[Subject]:
    """Another one begins each round."""
    start = number % len(subjects)
    return [*subjects[start:], *subjects[:start]]


class ClientsDiffer(Exception):
    """What is to be compared was not measured by one client."""


def rate_ratio(one: Series, other: Series) -> float:
    """How many times the throughput of `other` `one` has: the median over the rounds of the ratio within each.

    Raises `ClientsDiffer`.
    """
    if {load.client for load in one.loads} != {load.client for load in other.loads}:
        raise ClientsDiffer("Figures of two clients do not compare: measure both by one.")
    return statistics.median(mine.per_second / its.per_second for mine, its in zip(one.loads, other.loads, strict=True))


def time_ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over the rounds of our time divided by theirs."""
    return statistics.median(mine / its for mine, its in zip(ours, theirs, strict=True))

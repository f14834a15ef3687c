"""What the demonstration prints: a line when a step begins, and at the end a table of what happened."""

import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


@dataclass(slots=True)
class Step:
    """One step; `result` is what came of it, in a few words."""

    name: str
    result: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Report:
    """The steps of one run, shown as they come."""

    console: Console
    steps: list[Step] = field(default_factory=list[Step])

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False)

    @contextmanager
    def step(self, name: str) -> Generator[Step]:
        """Times what is inside; a step that fails stays without a result."""
        step = Step(name)
        self.say(f"  {name} …")
        start = time.perf_counter()
        yield step
        step.seconds = time.perf_counter() - start
        self.steps.append(step)

    def table(self) -> None:
        """All steps with their results and times."""
        rows = [(step.name, step.result, f"{step.seconds:.2f} s") for step in self.steps]
        total = sum(step.seconds for step in self.steps)
        show(self.console, ("step", "what happened", "time"), [*rows, ("all", "", f"{total:.2f} s")])


def show(console: Console, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A table, the last column to the right."""
    *names, last = columns
    table = Table(box=box.SIMPLE_HEAD)
    for name in names:
        table.add_column(name, overflow="fold")
    table.add_column(last, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table, highlight=False)

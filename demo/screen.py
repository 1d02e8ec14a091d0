"""What people see of the demonstration."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from demo.errors import DemoError
from demo.totals import Total, Totals, money

PLAIN_EVERY_S = 5.0
"""Seconds between two lines of progress where there is no terminal to draw bars on."""
RATE_OVER_S = 15.0
"""Seconds over which the rate shown is measured."""


@dataclass(slots=True)
class Rate:
    """
    Requests a minute, measured over the last seconds.

    Attributes:
        clock: Seconds of a monotonic clock.
    """

    clock: Callable[[], float] = time.monotonic
    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def per_minute(self, count: int) -> int:
        """Return the rate at which *count* has grown lately."""
        now = self.clock()
        self._seen.append((now, count))
        while self._seen[0][0] < now - RATE_OVER_S:
            self._seen.popleft()
        since, before = self._seen[0]
        return round(60 * (count - before) / (now - since)) if now > since else 0


class Bars:
    """
    Progress of several counts: bars on a terminal, else a line now and then.

    Args:
        console: Where to draw.
        goals: What is counted, and how much of it there is to be.
    """

    def __init__(self, console: Console, goals: dict[str, int]) -> None:
        self._console, self._goals = console, goals
        self._said_at = time.monotonic()
        self._progress = Progress(
            TextColumn("  {task.description:<14}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {
            name: self._progress.add_task(name, total=goal, note="") for name, goal in goals.items()
        }

    def show(self, counts: Mapping[str, int], note: str) -> None:
        """Show where each count is; the note stands beside the last one."""
        last = list(self._tasks)[-1]
        for name, task in self._tasks.items():
            self._progress.update(task, completed=counts[name], note=note if name == last else "")
        if not self._console.is_terminal and time.monotonic() - self._said_at >= PLAIN_EVERY_S:
            self._said_at = time.monotonic()
            parts = [f"{name} {counts[name]}/{goal}" for name, goal in self._goals.items()]
            self._console.print(f"  {', '.join(parts)}; {note}", soft_wrap=True)

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """Draw the bars while the block runs, and leave them as they were at its end."""
        with self._progress:
            yield


class Screen:
    """
    The terminal.

    Attributes:
        console: Where everything is printed.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._since = time.monotonic()

    def title(self, text: str) -> None:
        """Say what this is."""
        self.console.print(Panel(text, expand=False))

    def say(self, text: str) -> None:
        """Print one line; rich markup is understood."""
        self.console.print(text, soft_wrap=True)

    def done(self, text: str) -> None:
        """Say that something is done, and how long it took since the last such line."""
        now = time.monotonic()
        took_s, self._since = now - self._since, now
        self.console.print(f"[green]✓[/] {text} [dim]({took_s:.1f} s)[/]", soft_wrap=True)

    def bars(self, goals: dict[str, int]) -> Bars:
        """Return bars for some counts."""
        return Bars(self.console, goals)

    def compare(
        self,
        expected: Totals,
        arrived: Totals,
        *,
        title: str = "What arrived",
        sides: tuple[str, str] = ("Stripe", "Upflow"),
    ) -> bool:
        """Print both sides of every stream and currency, and return whether they are equal."""
        table = Table(title=title, title_justify="left")
        for heading in ("stream", "", *sides, ""):
            table.add_column(heading, justify="left" if heading == "stream" else "right")
        for stream, currency in sorted(expected.keys() | arrived.keys()):
            totals = [side.get((stream, currency), Total()) for side in (expected, arrived)]
            shown = [f"{total.count:,} {money(total.amount, currency)}".strip() for total in totals]
            mark = "[green]equal[/]" if totals[0] == totals[1] else "[bold red]DIFFERENT[/]"
            table.add_row(stream, currency, *shown, mark)
        self.console.print(table)
        return expected == arrived

    def list(self, title: str, values: Mapping[str, str]) -> None:
        """Print values by name."""
        table = Table(title=escape(title), title_justify="left", show_header=False)
        table.add_column()
        table.add_column(overflow="fold")
        for name, value in values.items():
            table.add_row(name, escape(value))
        self.console.print(table)

    def fail(self, error: DemoError) -> None:
        """Say what went wrong, where that is written, and what to do."""
        self.console.print(f"\n[bold red]✗ {escape(error.problem)}[/]")
        for line in error.last:
            self.console.print(f"  [dim]│ {escape(line)}[/]", soft_wrap=True)
        if error.log:
            self.console.print(f"  Log: {escape(str(error.log))}", soft_wrap=True)
        if error.remedy:
            self.console.print(f"  What to do: {escape(error.remedy)}", soft_wrap=True)

"""The output of the demonstration."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from demo.errors import DemoError
from demo.totals import Total, Totals, money

PLAIN_EVERY_S = 15.0
"""Seconds between two lines of progress, at least, where no terminal can draw bars."""
RATE_OVER_S = 15.0
"""Seconds over which the rate is measured."""


@dataclass(slots=True)
class Rate:
    """
    Requests a minute, measured over the last few seconds.

    Attributes:
        clock: Seconds of a monotonic clock.
    """

    clock: Callable[[], float] = time.monotonic
    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def per_minute(self, count: int) -> int:
        """Return how many a minute *count* has grown lately."""
        now = self.clock()
        self._seen.append((now, count))
        while self._seen[0][0] < now - RATE_OVER_S:
            self._seen.popleft()
        since, before = self._seen[0]
        return round(60 * (count - before) / (now - since)) if now > since else 0


class Bars:
    """
    Progress of several counts: bars on a terminal, otherwise a line now and then, when a count has changed.

    Args:
        console: Where to draw.
        goals: What is counted, and its final number.
        clock: Seconds of a monotonic clock.
    """

    def __init__(self, console: Console, goals: dict[str, int], clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._goals, self._clock = console, goals, clock
        self._printed_at, self._printed = clock(), ""
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
        """Show each count, and the note beside the last one; without a terminal, not once all goals are reached."""
        last = list(self._tasks)[-1]
        for name, task in self._tasks.items():
            self._progress.update(task, completed=counts[name], note=note if name == last else "")
        if not self._console.is_terminal and any(counts[name] < goal for name, goal in self._goals.items()):
            self._print(", ".join(f"{name} {counts[name]}/{goal}" for name, goal in self._goals.items()), note)

    def _print(self, text: str, note: str) -> None:
        """Print a line, unless it is too early for one, or no count has changed since the start or the last line."""
        self._printed = self._printed or text
        if text != self._printed and self._clock() - self._printed_at >= PLAIN_EVERY_S:
            self._printed_at, self._printed = self._clock(), text
            self._console.print(f"  {text}; {note}", soft_wrap=True)

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """Draw the bars during the block, and leave them on the screen at its end."""
        with self._progress:
            yield


class Screen:
    """
    The terminal.

    Attributes:
        console: The console to print on.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._since = time.monotonic()

    def title(self, text: str) -> None:
        """Print a title in a frame."""
        self.console.print(Panel(text, expand=False))

    def say(self, text: str) -> None:
        """Print one line, which may contain rich markup."""
        self.console.print(text, soft_wrap=True)

    def done(self, text: str) -> None:
        """Print that something is done, and the seconds since the last such line."""
        now = time.monotonic()
        took_s, self._since = now - self._since, now
        self.console.print(f"[green]✓[/] {text} [dim]({took_s:.1f} s)[/]", soft_wrap=True)

    def bars(self, goals: dict[str, int]) -> Bars:
        """Return bars for these counts."""
        return Bars(self.console, goals)

    def compare(
        self,
        expected: Totals,
        arrived: Totals,
        *,
        title: str = "What arrived",
        sides: tuple[str, str] = ("Stripe", "Upflow"),
    ) -> bool:
        """
        Print both sides for every stream and currency, and whether they are equal, which is returned.

        Streams stand in the order of *expected*.
        """
        table = self._table(title, ("stream", "currency"))
        for side in sides:
            table.add_column(f"{side}:\ncount", justify="right", overflow="fold")
            table.add_column("\nsum", justify="right", overflow="fold")
        table.add_column(no_wrap=True)
        streams = list(dict.fromkeys(stream for stream, _ in (*expected, *arrived)))
        keys = sorted(expected.keys() | arrived.keys(), key=lambda key: (streams.index(key[0]), key[1]))
        different = [key for key in keys if expected.get(key) != arrived.get(key)]
        for key in keys:
            both = [side.get(key, Total()) for side in (expected, arrived)]
            shown = [cell for total in both for cell in (f"{total.count:,}", money(total.amount, key[1], code=False))]
            table.add_row(*key, *shown, "[bold red]DIFFERENT[/]" if key in different else "[green]equal[/]")
        self.console.print(table)
        if different:
            self.say(f"[bold red]{len(different)} of {len(keys)} rows differ.[/]")
        else:
            self.say(f"[green]✓[/] All {len(keys)} rows are equal: counts, and sums to the minor unit")
        return not different

    def table(self, title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print rows under headings; all columns but the first hold amounts."""
        table = self._table(escape(title), headings[:1])
        for heading in headings[1:]:
            table.add_column(heading, justify="right", overflow="fold")
        for row in rows:
            table.add_row(*map(escape, row))
        self.console.print(table)

    def list(self, title: str, values: Mapping[str, str]) -> None:
        """Print names and values."""
        table = Table(title=escape(title), title_justify="left", show_header=False, box=None, pad_edge=False)
        table.add_column()
        table.add_column(overflow="fold")
        for name, value in values.items():
            table.add_row(name, escape(value))
        self.console.print(table)

    @staticmethod
    def _table(title: str, headings: Iterable[str]) -> Table:
        """Return a table without a frame, and with columns of text."""
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
        for heading in headings:
            table.add_column(heading, no_wrap=True)
        return table

    def fail(self, error: DemoError) -> None:
        """Print what went wrong, the end of its log, and what to do."""
        self.console.print(f"\n[bold red]✗ {escape(error.problem)}[/]")
        for line in error.last:
            self.console.print(f"  [dim]│ {escape(line)}[/]", soft_wrap=True)
        if error.log:
            self.console.print(f"  Log: {escape(str(error.log))}", soft_wrap=True)
        if error.remedy:
            self.console.print(f"  What to do: {escape(error.remedy)}", soft_wrap=True)

"""``python -m benchmarks [NAME ...]``: measure, show, keep."""

from __future__ import annotations

import argparse
from importlib import import_module

from rich.console import Console

from benchmarks.figures import save, show

NAMES = ("parsing", "writes", "changes", "reading", "memory", "export", "idle", "budget", "scheduler", "live")
"""Every benchmark, quick ones first."""


def main() -> None:
    """Run the benchmarks that the command line names, or all of them."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure what README.md states under Figures.")
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=f"one of {', '.join(NAMES)}")
    console = Console()
    for name in parser.parse_args().names or NAMES:
        benchmark = import_module(f"benchmarks.{name}")
        console.print(f"[bold]{name}[/]{(benchmark.__doc__ or '').rstrip()}", highlight=False, soft_wrap=True)
        figures = benchmark.run()
        show(name, figures, console)
        console.print(f"kept in {save(name, figures)}\n", highlight=False)


if __name__ == "__main__":
    main()

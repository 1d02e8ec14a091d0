"""``python -m benchmarks [--smoke] [NAME ...]``: run benchmarks, show their figures, and save them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.console import Console

from benchmarks.catalogue import MODULES, Benchmark
from benchmarks.figures import save, show


def main(arguments: Sequence[str] | None = None) -> None:
    """
    Run the benchmarks that the command line names, or all of them.

    Args:
        arguments: Of the command line; those of this process by default.
    """
    options, console = _parser().parse_args(arguments), Console()
    for name in options.names or MODULES:
        benchmark = Benchmark(name)
        console.print(f"[bold]{name}[/]\n{benchmark.description}", highlight=False, soft_wrap=True)
        figures = benchmark.run(is_smoke=options.smoke)
        show(name, figures, console)
        outcome = "a smoke run: its figures mean nothing" if options.smoke else f"saved in {save(name, figures)}"
        console.print(f"{outcome}\n", highlight=False, soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the package promises.")
    names = ", ".join(MODULES)
    parser.add_argument(
        "names", nargs="*", choices=[*MODULES, []], metavar="NAME", help=f"one of {names}; default: all"
    )
    parser.add_argument("--smoke", action="store_true", help="use tiny inputs and save nothing")
    return parser


if __name__ == "__main__":
    main()

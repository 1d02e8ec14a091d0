"""
Processes of a benchmark: modules that run on their own and answer with JSON on standard output.

Such a module has a function ``main`` that takes its arguments as strings and returns the answer.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

CHECKOUT = Path(__file__).resolve().parents[1]
STATUS = Path("/proc/self/status")
STOP_S = 10.0
"""Seconds a server has to end."""


def start(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a module as a program; *environment* is added to that of this process. Input and output are pipes."""
    return subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", module, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def answer_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    """
    Wait until a process ends, and return the JSON object on its last line; Airflow may print warnings before.

    Raises:
        RuntimeError: The process failed; its standard error says why.
    """
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{process.args!r}: ended with status {process.returncode}")
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer


def run_module(
    module: str, *arguments: str, environment: Mapping[str, str] | None = None, is_isolated: bool = True
) -> dict[str, Any]:
    """
    Run a module to its end, and return its answer.

    Args:
        module: Name of the module.
        arguments: Arguments of its function ``main``.
        environment: Added to the environment of this process.
        is_isolated: Whether it runs in a fresh process, so that nothing else counts; otherwise it runs in this process,
            which saves the imports.
    """
    if is_isolated:
        return answer_of(start(module, *arguments, environment=environment))
    with mock.patch.dict(os.environ, environment or {}):
        result: dict[str, Any] = import_module(module).main(*arguments)
        return result


def answer(values: Mapping[str, Any]) -> None:
    """Print a line of JSON for the process that waits for it."""
    sys.stdout.write(f"{json.dumps(values)}\n")
    sys.stdout.flush()


@contextmanager
def server(module: str, *arguments: str) -> Iterator[Callable[[], str]]:
    """
    Run a module until the block ends.

    Yields:
        A function that waits for the next line that the module prints and returns it; it raises `RuntimeError` when
        the module has ended.
    """
    with start(module, *arguments) as process:

        def next_line() -> str:
            if process.stdout is not None and (line := process.stdout.readline()):
                return line
            raise RuntimeError(f"{module}: ended with status {process.wait()}")

        try:
            yield next_line
        finally:
            process.terminate()
            process.wait(STOP_S)


def peak_mb() -> float:
    """Return the peak of this process's resident memory, in MB."""
    if STATUS.exists():  # on Linux, ru_maxrss includes the parent's memory from before this program began
        line = next(line for line in STATUS.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2

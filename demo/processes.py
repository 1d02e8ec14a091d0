"""The processes of the demonstration: they start together and end together, whatever happens."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Self

import psutil  # type: ignore[import-untyped] # a dependency of Airflow; its types are a package of their own

from demo.errors import DemoError, tail

STOP_S = 8.0
"""Seconds that the processes have to end by themselves before they are killed."""

KILL_S = 2.0
"""Seconds that the kernel has to end killed processes."""

LOCK = "demo.lock"
"""File that marks the home as the demonstration's. It is locked during a demonstration, and lists its sessions."""


class Signals:
    """
    Turns Ctrl-C, a closed terminal and SIGTERM into one `KeyboardInterrupt`.

    Only the first signal counts, so that a second Ctrl-C does not interrupt the cleaning up.
    """

    def __init__(self) -> None:
        self._is_held = False
        self._received = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Listen during the block. Processes started in it get the default reactions, which Airflow needs."""
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        if before[signal.SIGHUP] == signal.SIG_IGN:  # nohup
            del before[signal.SIGHUP]
        for number in before:
            signal.signal(number, self._receive)
        try:
            yield
        finally:
            for number, reaction in before.items():
                signal.signal(number, reaction)

    def close(self) -> None:
        """Ignore signals from now on."""
        self._received = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Put off signals that arrive during the block until its end."""
        self._is_held, before = True, self._received
        try:
            yield
        finally:
            self._is_held = False
        if self._received and not before:
            raise KeyboardInterrupt

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        first, self._received = not self._received, True
        if first and not self._is_held:
            raise KeyboardInterrupt


@dataclass(frozen=True, slots=True)
class Started:
    """
    A process that runs in a session of its own, in the home of the demonstration.

    Attributes:
        name: Name for people.
        process: The process.
        log: File with its output.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(slots=True)
class Processes:
    """
    All processes that the demonstration starts; as a context, they end with the block.

    Attributes:
        home: Working folder of the processes, with their logs.
        signals: Put off while a process starts, so that every process that has started is known.
        lock: File in which the sessions are noted.
        started: The processes in the order of their start.
    """

    home: Path
    signals: Signals
    lock: IO[str]
    started: list[Started] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def log_of(self, name: str) -> Path:
        """Return the log file of a process."""
        return self.home / f"{name}.log"

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process that this terminal's signals do not reach; `stop` ends it."""
        log = self.log_of(name)
        with self.signals.held(), log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                cwd=self.home,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.started.append(Started(name, process, log))
            self.lock.write(f"{process.pid}\n")
            self.lock.flush()

    def check(self) -> None:
        """
        Make sure that all processes still run.

        Raises:
            DemoError: A process has ended; the error has the end of its log.
        """
        for each in self.started:
            if (status := each.process.poll()) is not None:
                raise DemoError(f"{each.name}: ended by itself (status {status})", log=each.log, last=tail(each.log))

    def stop(self) -> None:
        """End all processes and those that they started; a second call does nothing."""
        self.signals.close()
        sessions = [each.process.pid for each in self.started]
        for each in self.started:
            if each.process.poll() is None:
                each.process.send_signal(signal.SIGINT)  # on SIGTERM, Airflow would leave its components behind
        deadline = time.monotonic() + STOP_S
        for each in self.started:
            with suppress(subprocess.TimeoutExpired):
                each.process.wait(max(0.0, deadline - time.monotonic()))
        kill(sessions, self.home)
        for each in self.started:
            each.process.wait()
        self.started.clear()
        self.lock.truncate(0)


@contextmanager
def fresh_home(home: Path) -> Iterator[IO[str]]:
    """
    Empty the home of an earlier demonstration, and lock it until the block ends.

    Yields:
        The file in which to note sessions.

    Raises:
        DemoError: Another demonstration runs there, or the folder holds something else.
    """
    home.mkdir(exist_ok=True)
    path = home / LOCK
    if not path.exists() and any(home.iterdir()):
        raise DemoError(
            f"{home} exists and was not created by this demo, which would empty it",
            remedy=f"move it away: mv {home} {home}.mine",
        )
    with ExitStack() as stack:
        lock = stack.enter_context(path.open("a+", encoding="utf-8"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                "another demo is running in this checkout", remedy="end it with Ctrl-C in its terminal first"
            ) from None
        lock.seek(0)
        kill([int(line) for line in lock if line.strip()], home)
        lock.truncate(0)
        for each in home.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            elif each != path:
                each.unlink()
        yield lock


def kill(sessions: Sequence[int], home: Path) -> None:
    """Kill processes of *sessions* that work in *home*; the folder counts because session numbers are used again."""
    killed = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(process.pid) in sessions and Path(process.cwd()) == home:
                process.kill()
                killed.append(process)
    psutil.wait_procs(killed, timeout=KILL_S)


def free_ports(count: int, *, preferred: int) -> list[int]:
    """Return *count* free TCP ports; the first is *preferred* if that is free."""
    with ExitStack() as stack:
        return [
            stack.enter_context(_listener(preferred if index == 0 else 0)).getsockname()[1] for index in range(count)
        ]


def _listener(port: int) -> socket.socket:
    with suppress(OSError):
        if port == 0 or not _is_answered(port):
            return socket.create_server(("", port))
    return socket.create_server(("", 0))


def _is_answered(port: int) -> bool:
    """Return whether something listens; macOS would let us listen on the same port of another address."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0

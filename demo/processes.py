"""The processes of the demonstration: started together, ended together, whatever happens."""

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
"""Seconds the processes have to end in good order before they are killed."""

KILL_S = 2.0
"""Seconds the kernel has to end what is killed."""

LOCK = "demo.lock"
"""File in the home that marks it as the demonstration's; locked while one runs; holds its sessions."""


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
        name: What people call it.
        process: Its handle.
        log: File with everything that it writes.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path


@dataclass(slots=True)
class Processes:
    """
    Everything that runs beside the demonstration itself; as a context, it ends with the block.

    Attributes:
        home: Folder the processes work in; their logs are kept there.
        signals: Held back while a process starts, so that none gets lost.
        started: In the order of their start.
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
        """Return the file that a process writes to."""
        return self.home / f"{name}.log"

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process that signals of this terminal do not reach; it is ended with `stop`."""
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
        Make sure that all of them still run.

        Raises:
            DemoError: One has ended; says what it wrote last.
        """
        for each in self.started:
            if (status := each.process.poll()) is not None:
                raise DemoError(f"{each.name}: ended by itself (status {status})", log=each.log, last=tail(each.log))

    def stop(self) -> None:
        """End them all and what they started, in good order if possible; a second call does nothing."""
        self.signals.close()
        sessions = [each.process.pid for each in self.started]
        for each in self.started:
            if each.process.poll() is None:
                each.process.send_signal(signal.SIGINT)  # SIGTERM would orphan Airflow's components
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
    Empty the home of an earlier demonstration, and keep others out of it until the block ends.

    Yields:
        The file to note sessions in.

    Raises:
        DemoError: Another demonstration runs there, or the folder holds something else.
    """
    home.mkdir(exist_ok=True)
    path = home / LOCK
    if not path.exists() and any(home.iterdir()):
        raise DemoError(
            f"{home} exists and was not made by this demo, which would empty it",
            remedy=f"move it away: mv {home} {home}.mine",
        )
    with ExitStack() as stack:
        lock = stack.enter_context(path.open("a+", encoding="utf-8"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                "another demo runs in this checkout", remedy="end it with Ctrl-C in its terminal first"
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
    """Kill what still runs in *sessions* and works in *home*: numbers of ended sessions may be used again."""
    killed = []
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(process.pid) in sessions and Path(process.cwd()) == home:
                process.kill()
                killed.append(process)
    psutil.wait_procs(killed, timeout=KILL_S)


def free_ports(count: int, *, preferred: int) -> list[int]:
    """Return *count* different TCP ports nobody listens on; the first is *preferred*, if it is free."""
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
    """Tell whether somebody listens; macOS lets others listen on the same port of another address."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0

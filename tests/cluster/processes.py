"""The containers of ``compose.yaml`` as plain processes, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from demo.errors import tail

LAST_LINES = 40
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@dataclass(frozen=True, slots=True)
class Container:
    """
    What would be a container: a home, a DAG folder and an environment that it shares with no other.

    Attributes:
        service: Whose settings it has.
        name: Its name.
        home: Its ``AIRFLOW_HOME`` and working directory.
        environment: All of its environment.
        log: File with what its process writes.
    """

    service: str
    name: str
    home: Path
    environment: dict[str, str]
    log: Path

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start its process, in a session of its own."""
        with self.log.open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run one more command in it, to its end."""
        return subprocess.run(command, cwd=self.home, env=self.environment, capture_output=True, text=True, check=False)

    def report(self) -> str:
        """Return the last lines of its process, and of its tasks that had errors."""
        tasks = sorted(self.home.glob("logs/dag_id=*/run_id=*/task_id=*/*.log"))
        troubled = [log for log in tasks if '"level":"error"' in log.read_text(encoding="utf-8")]
        return "\n".join(f"\n--- {log} ---\n" + "\n".join(tail(log, LAST_LINES)) for log in [self.log, *troubled])


class Topology:
    """
    Services of ``compose.yaml`` on this machine; none is left when the block ends.

    Args:
        folder: Where their homes are made.
        services: As `compose_file.read_services` returns them.
        places: What stands in their settings and commands -> what it is on this machine.
        settings: Environment on top of theirs.
        dags: The folder of which each gets a copy.
    """

    def __init__(
        self,
        folder: Path,
        services: Mapping[str, Any],
        places: Mapping[str, str],
        settings: Mapping[str, str],
        dags: Path,
    ) -> None:
        self._folder, self._services = folder, services
        self._places, self._settings, self._dags = places, settings, dags
        self._running: list[tuple[Container, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill every session: there is nothing to keep, and Airflow takes its time to end."""
        sessions = {process.pid for _, process in self._running}
        doomed = [each for each in psutil.process_iter() if _session(each) in sessions]
        for each in doomed:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        for _, process in self._running:
            process.wait()
        psutil.wait_procs(doomed, timeout=5.0)

    def start(self, service: str, name: str | None = None, *arguments: str) -> Container:
        """Start a service, with arguments that two on one machine need."""
        container = self._create(service, name or service)
        command = [*map(self._here, self._services[service]["command"]), *arguments]
        self._running.append((container, container.start(command)))
        return container

    def wait_for_end(self, container: Container) -> None:
        """Wait for a process that ends by itself, and make sure that it ended well."""
        (process,) = (process for each, process in self._running if each == container)
        assert process.wait() == 0, f"{container.name} failed"
        self._running.remove((container, process))

    def is_healthy(self, container: Container) -> bool:
        """Run the health check of its service."""
        kind, *command = map(self._here, self._services[container.service]["healthcheck"]["test"])
        return container.run(["sh", "-c", *command] if kind == "CMD-SHELL" else command).returncode == 0

    def check(self) -> None:
        """Fail when a process has ended."""
        for container, process in self._running:
            assert process.poll() is None, f"{container.name} ended by itself"

    def wait(self, met: Callable[[], bool], what: str, *, timeout_s: float) -> None:
        """Wait until a condition is met; fail when time is up or a process has ended."""
        deadline = time.monotonic() + timeout_s
        while not met():
            self.check()
            assert time.monotonic() < deadline, f"{what} took longer than {timeout_s:.0f} s"
            time.sleep(0.2)

    def report(self) -> str:
        """Return what every container wrote last."""
        return "\n".join(container.report() for container, _ in self._running)

    def _create(self, service: str, name: str) -> Container:
        home = self._folder / name
        shutil.copytree(self._dags, home / "dags")
        given = self._services[service]["environment"]
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "COV"))}
        own = {"AIRFLOW_HOME": str(home), "HOSTNAME": name, "PATH": PATH, "NO_PROXY": "*"}
        environment = inherited | {key: self._here(given[key]) for key in given} | self._settings | own
        return Container(service, name, home, environment, self._folder / f"{name}.log")

    def _here(self, text: str) -> str:
        for there, here in self._places.items():
            text = text.replace(there, here)
        return text


def _session(process: psutil.Process) -> int | None:
    with suppress(ProcessLookupError, PermissionError):
        return os.getsid(process.pid)
    return None

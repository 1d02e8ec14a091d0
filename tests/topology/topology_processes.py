"""The containers of ``compose.yaml`` as plain processes, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

DAGS = Path(__file__).parents[2] / "dags"
LAST_LINES = 40


@dataclass(frozen=True, slots=True)
class Container:
    """
    What would be a container: a home, a DAG folder and an environment that no other one shares.

    Attributes:
        name: Its name.
        home: Its ``AIRFLOW_HOME`` and working directory.
        environment: All of its environment.
        log: File with what it writes.
    """

    name: str
    home: Path
    environment: dict[str, str]
    log: Path

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command in it to its end, as ``docker compose exec`` does."""
        return subprocess.run(command, cwd=self.home, env=self.environment, capture_output=True, text=True, check=False)

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start its process, in a session of its own."""
        with self.log.open("ab") as output:
            return subprocess.Popen(
                command,
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


class Topology:
    """
    Services of ``compose.yaml`` that run on this machine.

    Args:
        folder: Where their homes are made.
        services: As `compose_file.read_services` returns them.
        places: What stands in the services' settings and commands -> what it is on this machine.
        overrides: Environment on top of theirs.
        dags: The folder of which each gets a copy.
    """

    def __init__(
        self,
        folder: Path,
        services: Mapping[str, Any],
        places: Mapping[str, str],
        overrides: Mapping[str, str],
        dags: Path = DAGS,
    ) -> None:
        self._folder, self._services = folder, services
        self._places, self._overrides = places, overrides
        self._dags = dags
        self._running: list[tuple[Container, subprocess.Popen[bytes]]] = []

    def create(self, service: str, name: str | None = None) -> Container:
        """Make the home of a container, with a copy of the DAGs."""
        name = name or service
        home = self._folder / name
        shutil.copytree(self._dags, home / "dags", ignore=shutil.ignore_patterns("__pycache__"))
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AIRFLOW", "COV"))}
        environment = {
            **inherited,
            **{key: self._here(value) for key, value in self._services[service]["environment"].items()},
            **self._overrides,
            "AIRFLOW_HOME": str(home),
            "HOSTNAME": name,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "NO_PROXY": "*",
        }
        return Container(name, home, environment, self._folder / f"{name}.log")

    def command(self, service: str) -> list[str]:
        """Return the command of a service."""
        return [self._here(part) for part in self._services[service]["command"]]

    def health_check(self, service: str) -> list[str]:
        """Return the command that tells whether a service is healthy."""
        kind, *command = (self._here(part) for part in self._services[service]["healthcheck"]["test"])
        return ["sh", "-c", *command] if kind == "CMD-SHELL" else command

    def start(self, service: str, name: str | None = None, *arguments: str) -> Container:
        """Start a service, with arguments that only one machine makes necessary."""
        container = self.create(service, name)
        self._running.append((container, container.start([*self.command(service), *arguments])))
        return container

    def run_to_end(self, service: str) -> Container:
        """Run a service that ends by itself."""
        container = self.start(service)
        _, process = self._running.pop()
        assert process.wait() == 0, f"{service} failed:\n{_last_lines(container.log)}"
        return container

    def wait(self, met: Callable[[], bool], what: str, *, timeout_s: float) -> None:
        """Wait until a condition is met; fail when time is up or a container has ended."""
        deadline = time.monotonic() + timeout_s
        while not met():
            for container, process in self._running:
                assert process.poll() is None, f"{container.name} ended by itself"
            assert time.monotonic() < deadline, f"{what} took longer than {timeout_s:.0f} s"
            time.sleep(0.2)

    @contextmanager
    def ended(self) -> Iterator[None]:
        """End every process after the block; when it failed, show first what each one wrote last."""
        try:
            yield
        except BaseException:
            for log in sorted(self._folder.glob("*.log")):
                sys.stdout.write(f"\n--- {log.name} ---\n{_last_lines(log)}\n")
            raise
        finally:
            self._kill()

    def _kill(self) -> None:
        """Kill the sessions: there is nothing to keep, and Airflow takes its time to end."""
        sessions = {process.pid for _, process in self._running}
        doomed = [each for each in psutil.process_iter() if _session(each) in sessions]
        for each in doomed:
            with suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGKILL)
        for _, process in self._running:
            process.wait()
        psutil.wait_procs(doomed, timeout=5.0)

    def _here(self, value: object) -> str:
        text = str(value)
        for there, here in self._places.items():
            text = text.replace(there, here)
        return text


def _session(process: psutil.Process) -> int | None:
    with suppress(ProcessLookupError, PermissionError):
        return os.getsid(process.pid)
    return None


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:])

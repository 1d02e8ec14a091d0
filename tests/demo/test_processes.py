"""Nothing that the demonstration starts outlives it."""

import os
import signal
import socket
import sys
import time

import psutil
import pytest

from demo.errors import DemoError
from demo.processes import Processes, Signals, free_ports, fresh_home

PARENT = """
import signal, subprocess, sys
child = "import os, time; os.setpgid(0, 0); print(os.getpid(), flush=True); time.sleep(60)"
subprocess.Popen([sys.executable, "-c", child])
signal.sigwait({signal.SIGINT})
"""
"""Leaves a child behind, in a process group of its own, as Airflow's task processes are."""


@pytest.fixture
def signals():
    """Listen to signals during the test only."""
    signals = Signals()
    with signals.listening():
        yield signals


@pytest.fixture
def home(tmp_path):
    """Return a folder for a demonstration."""
    return tmp_path / ".airflow"


def pid_in(log):
    """Return the number that a process writes to its log, once it is there."""
    while not (text := log.read_text()).endswith("\n"):
        time.sleep(0.01)
    return int(text)


def test_stop_ends_processes_and_what_they_left_behind(home, signals):
    """Children in process groups of their own end, too."""
    with fresh_home(home) as lock:
        processes = Processes(home, signals, lock)
        processes.start("parent", [sys.executable, "-c", PARENT], os.environ)
        child = pid_in(home / "parent.log")
        parent = processes.started[0].process
        processes.stop()

    assert parent.returncode == 0
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_the_next_start_ends_what_a_killed_one_left_behind(home, signals):
    """A demonstration that was killed could not clean up."""
    with fresh_home(home) as lock:
        processes = Processes(home, signals, lock)
        processes.start("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], os.environ)
    left = processes.started[0].process
    with fresh_home(home):
        alive = psutil.pid_exists(left.pid)
    left.wait()

    assert not alive


def test_check_says_what_a_process_wrote_last(home, signals):
    """A server whose port is taken ends by itself, and says why."""
    with fresh_home(home) as lock:
        processes = Processes(home, signals, lock)
        processes.start("server", [sys.executable, "-c", "import sys; sys.exit('port 1 is taken')"], os.environ)
        processes.started[0].process.wait()

        with pytest.raises(DemoError, match=r"server: ended by itself \(status 1\)") as caught:
            processes.check()

    assert caught.value.last == ["port 1 is taken"]
    assert caught.value.log == home / "server.log"


def test_a_home_is_emptied_and_others_are_kept_out(home):
    """A second start begins afresh, but not while the first one runs."""
    with fresh_home(home):
        (home / "logs").mkdir()
        (home / "logs" / "old.log").touch()
        with pytest.raises(DemoError, match="another demo is running"), fresh_home(home):
            pass
    with fresh_home(home):
        left = [path.name for path in home.iterdir()]

    assert left == ["demo.lock"]


def test_a_folder_that_holds_something_else_is_left_alone(home):
    """An Airflow home of the user's own is not emptied."""
    home.mkdir()
    (home / "airflow.cfg").touch()

    with pytest.raises(DemoError, match="was not created by this demo"), fresh_home(home):
        pass

    assert (home / "airflow.cfg").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_only_the_first_signal_interrupts(signals, number):
    """A second Ctrl-C does not interrupt the cleaning up."""
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)

    os.kill(os.getpid(), number)


def test_signals_have_their_own_reactions_again_afterwards():
    """Whoever runs an Airflow for a while, such as a benchmark or a test, is not left without Ctrl-C."""
    before = signal.getsignal(signal.SIGINT)
    with Signals().listening():
        during = signal.getsignal(signal.SIGINT)

    assert signal.getsignal(signal.SIGINT) == before != during


def test_a_signal_waits_for_the_end_of_a_held_block(signals):
    """A process that is being started is noted before anything can interrupt."""
    done = []

    def start():
        with signals.held():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("noted")

    with pytest.raises(KeyboardInterrupt):
        start()

    assert done == ["noted"]


def test_free_ports_are_different_and_the_preferred_one_is_taken_only_if_free():
    """A port that somebody listens on is not handed out."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        ports = free_ports(3, preferred=taken)

    assert len({taken, *ports}) == 4

"""
Run `airflow` commands in one go: Airflow is imported once, and each command is a fork of that process.

As a script it reads a list of commands as JSON from standard input, and prints what came of each as JSON.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    """
    A command that has ended.

    Attributes:
        command: The command.
        status: Its exit status.
        output: What it wrote to standard output.
        errors: What it wrote to standard error.
    """

    command: str
    status: int
    output: str
    errors: str


def run_airflow(commands, environment=None):
    """Run commands one after the other, and return what came of them."""
    script = [sys.executable, __file__]
    done = subprocess.run(
        script, input=json.dumps(commands), env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return [Ended(*each) for each in json.loads(done.stdout.splitlines()[-1])]


def _run(command):
    """Run a command in a fork, and return it with its exit status and what it has written."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        child = os.fork()
        if not child:
            os.dup2(output.fileno(), 1)
            os.dup2(errors.fileno(), 2)
            os._exit(_status(command))
        _, ended = os.waitpid(child, 0)
        return command, os.waitstatus_to_exitcode(ended), _read(output), _read(errors)


def _read(file):
    """Return what stands in a file."""
    file.seek(0)
    return file.read().decode(errors="replace")


def _status(command):
    """Run a command here, and return its exit status."""
    from airflow.__main__ import main  # noqa: PLC0415 - only the script imports Airflow

    sys.argv = shlex.split(command)
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else bool(ended.code)
    except Exception:  # noqa: BLE001 - whatever it is, this command has failed, and the next is run
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _run_all():
    """Import what commands need, and run each of them in a fork."""
    import airflow.cli.cli_parser  # noqa: PLC0415 - as above
    import airflow.models  # noqa: PLC0415 - as above
    import airflow.sdk  # noqa: F401, PLC0415 - as above

    json.dump([_run(each) for each in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    _run_all()

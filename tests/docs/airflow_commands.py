"""
Run `airflow` commands in one go: Airflow is imported once, and each command is a fork of this process.

Reads a list of commands as JSON from standard input; prints, as JSON, the output of those that failed.
"""

import json
import os
import shlex
import sys
import tempfile
import traceback

import airflow.cli.cli_parser
import airflow.models
import airflow.sdk  # noqa: F401 - so that no command has to import it
from airflow.__main__ import main


def run(command):
    """Run a command in a fork, and return its exit status and output."""
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if not child:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os._exit(status(command))
        _, ended = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(ended), output.read().decode(errors="replace")


def status(command):
    """Run a command here, and return its exit status."""
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


if __name__ == "__main__":
    failed = {}
    for each in json.load(sys.stdin):
        code, said = run(each)
        if code:
            failed[each] = said[-2000:]
    json.dump(failed, sys.stdout)

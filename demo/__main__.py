"""
``make demo``: from Stripe to Upflow to Salesforce with Airflow, on this machine, with fake vendors.

Everything is real except the vendors, which are stateful fakes on loopback; nothing leaves the machine. The
demonstration runs the DAGs in ``dags/`` of the checkout. It keeps all its files in ``.airflow/``, which it empties at
each start.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from demo.errors import DemoError
from demo.processes import Processes, Signals, fresh_home
from demo.screen import Screen
from demo.story import Story

CHECKOUT = Path(__file__).resolve().parents[1]
HOME = CHECKOUT / ".airflow"
DAGS = CHECKOUT / "dags"
INTERRUPTED = 130
"""Exit status after Ctrl-C, by the convention of shells: 128 and the signal's number."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration and return the exit status."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__.strip().splitlines()[0])
    parser.add_argument("--exit", action="store_true", help="end when done, instead of leaving Airflow's UI open")
    leave_open = not parser.parse_args(arguments).exit
    signals, screen = Signals(), Screen()
    if not DAGS.is_dir():
        screen.fail(DemoError(f"there are no DAGs in {DAGS}", remedy="run `make demo` in a checkout"))
        return 1
    with signals.listening():
        try:
            with fresh_home(HOME) as lock, Processes(HOME, signals, lock) as processes:
                return _run(processes, screen, leave_open=leave_open)
        except DemoError as error:
            screen.fail(error)
            return 1
        except KeyboardInterrupt:
            return INTERRUPTED


def _run(processes: Processes, screen: Screen, *, leave_open: bool) -> int:
    """Run the demonstration, and print how it ended."""
    try:
        story = Story(screen, processes, dags=DAGS)
        story.run()
        if leave_open:
            story.leave_open()
    except DemoError as error:
        screen.fail(error)
        return 1
    except KeyboardInterrupt:
        screen.say("\nInterrupted.")
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the screen gets a sentence, the log gets the traceback
        log = HOME / "demo.log"
        log.write_text(traceback.format_exc(), encoding="utf-8")
        screen.fail(DemoError(f"the demo itself broke: {type(error).__name__}: {error}", log=log))
        return 1
    else:
        return 0
    finally:
        screen.say("Ending Airflow and the fakes...")


if __name__ == "__main__":
    sys.exit(main())

"""What the demonstration does, one step after the other."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from upflow_provider.testing.demo_airflow import Airflow, Ports, environment
from upflow_provider.testing.demo_errors import DemoError, tail
from upflow_provider.testing.demo_processes import Processes, free_ports
from upflow_provider.testing.demo_screen import Rate, Screen
from upflow_provider.testing.demo_totals import Totals, arrived, expected
from upflow_provider.testing.demo_vendors import Stripe, Upflow

MONTHS = 4
CUSTOMERS, INVOICES, SEED = 60, 240, 7
STRIPE_KEY, UPFLOW_KEY, UPFLOW_SECRET = "sk_test_demo", "demo-key", "demo-secret"  # noqa: S105 - the fakes' own
UI_PORT = 8080
FINISHED = {"success", "failed"}
STALL_S = 180.0
"""Seconds without any movement after which the demonstration gives up; a task's first retry comes after 60."""


def whole_months(today: date, months: int) -> tuple[datetime, datetime]:
    """Return the window of the last *months* whole months, UTC."""
    end = datetime(today.year, today.month, 1, tzinfo=UTC)
    years, month = divmod(end.year * 12 + end.month - 1 - months, 12)
    return datetime(years, month + 1, 1, tzinfo=UTC), end


class Story:
    """
    The demonstration.

    Args:
        screen: Where it is told.
        processes: What it starts.
        dags: Folder of the DAGs to run.
    """

    def __init__(self, screen: Screen, processes: Processes, dags: Path) -> None:
        self._screen, self._processes = screen, processes
        api, worker_logs, trigger_logs, stripe, upflow = free_ports(5, preferred=UI_PORT)
        self._environment = environment(processes.home, dags, Ports(api, worker_logs, trigger_logs))
        self._airflow = Airflow(f"http://127.0.0.1:{api}", processes.home, processes.check)
        self._stripe = Stripe(f"http://127.0.0.1:{stripe}", STRIPE_KEY)
        self._upflow = Upflow(f"http://127.0.0.1:{upflow}", UPFLOW_KEY, UPFLOW_SECRET)
        self._start, self._end = whole_months(datetime.now(UTC).date(), MONTHS)

    def tell(self) -> None:
        """
        Load history, compare both sides, load it again.

        Raises:
            DemoError: Something did not work, or did not arrive as it must.
        """
        self._screen.title(
            "Stripe's history into Upflow, with Apache Airflow\n"
            "[dim]on this machine only: both vendors are fakes on loopback[/]"
        )
        self._start_everything()
        goal = expected(self._stripe.records("customers"), self._stripe.records("invoices"))
        self._load(goal)
        self._compare(goal)
        self._load_again()

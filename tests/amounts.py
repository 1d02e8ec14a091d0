"""
How much of what is random is run: ``make soak`` runs ten times as much as ``make test``.

``UPFLOW_TEST_TIMES`` says how many times as much as ``make test``; 0 stands for the least. All of it follows
from ``UPFLOW_TEST_SEED``, so that every ``make test`` runs the same.
"""

import os

TIMES = int(os.environ.get("UPFLOW_TEST_TIMES", "1"))
SEED = int(os.environ.get("UPFLOW_TEST_SEED", "0"))

HISTORIES = max(256 * TIMES, 1)
"""Random histories of invoices; `tests.stripe_to_upflow.simulator.histories` has what they are made of."""
WORLDS = max(200 * TIMES, 1)
"""Simulated worlds, whose seeds count up from `SEED`."""
SCHEDULES = max(15 * TIMES**2, 1)
"""Schedules of each case and each of three bounds; `tests.delivery.explorer` says of what."""
ODD_RECORDS = max(24 * TIMES, 10)
"""Shops with odd records, and odd events; `tests.stripe_to_upflow.odd` says how odd."""
KILLED_RUNS = max(TIMES, 1)
"""Runs of a process that is killed ten times."""
KILLED_PDFS = 500 if TIMES > 1 else 60
"""Invoices whose PDFs are brought by a process that is killed three times."""
WITH_AIRFLOW = TIMES > 1
"""Whether benchmarks that start a real Airflow, which takes minutes, are run with tiny inputs."""
EVERY_PAIR = TIMES > 1
"""Whether each pair of Salesforce's modes is run by itself, rather than three modes in each run."""

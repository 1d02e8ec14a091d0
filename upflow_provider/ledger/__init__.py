"""
The ledger: what was sent to Upflow, what waits, what was refused, and how far the sync has come.

SQLite by default, PostgreSQL in production. Losing it costs time, never correctness.
"""

from __future__ import annotations

from upflow_provider.ledger.balances import Expectation
from upflow_provider.ledger.budget import LedgerBudget
from upflow_provider.ledger.engine import prepare
from upflow_provider.ledger.ledger import Ledger
from upflow_provider.ledger.records import (
    Balancing,
    Claim,
    ListedRecord,
    Outcome,
    RecordOutcome,
    RecordState,
    RunReport,
)
from upflow_provider.ledger.runs import Change, RunWindow

__all__ = [
    "Balancing",
    "Change",
    "Claim",
    "Expectation",
    "Ledger",
    "LedgerBudget",
    "ListedRecord",
    "Outcome",
    "RecordOutcome",
    "RecordState",
    "RunReport",
    "RunWindow",
    "prepare",
]

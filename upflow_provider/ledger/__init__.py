"""
The ledger: what was sent to Upflow, what waits, what was refused, and how far the sync has come.

SQLite by default, PostgreSQL in production. An inventory of Upflow rebuilds it if it is lost.
"""

from __future__ import annotations

from upflow_provider.ledger.balances import Expectation
from upflow_provider.ledger.budget import Lane, LedgerBudget
from upflow_provider.ledger.database.engine import prepare
from upflow_provider.ledger.inventory.inventory import Inventory
from upflow_provider.ledger.ledger import Ledger
from upflow_provider.ledger.records import (
    Balancing,
    Claim,
    ListedRecord,
    Outcome,
    Owner,
    RecordOutcome,
    RecordState,
    Repair,
    RunReport,
)
from upflow_provider.ledger.runs.changes import Change, RunWindow
from upflow_provider.ledger.runs.plan import Plan
from upflow_provider.ledger.settlements import Settlement, Settlements

__all__ = [
    "Balancing",
    "Change",
    "Claim",
    "Expectation",
    "Inventory",
    "Lane",
    "Ledger",
    "LedgerBudget",
    "ListedRecord",
    "Outcome",
    "Owner",
    "Plan",
    "RecordOutcome",
    "RecordState",
    "Repair",
    "RunReport",
    "RunWindow",
    "Settlement",
    "Settlements",
    "prepare",
]

"""The report of an import from Salesforce: counts, ids and reasons, never personal data."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from upflow_provider.runs.report import Examples, counted
from upflow_provider.runs.sync_report import SyncReport


@dataclass(slots=True)
class ImportReport:
    """
    What became of an import.

    Attributes:
        records: Counts of the customers that were compared, and what became of those that differ.
        full: Whether everything was compared, and not only what has changed.
        customers: Customers in Upflow.
        matched: Customers that have an Account.
        unmatched: Customers whose Account was not found, and why: no key, no Account, or several candidates.
        losing: Customers that have fewer contacts in Salesforce than Upflow has from there.
        left_out: Contacts that were left out, by reason.
        without_position: Contacts whose position in Salesforce stands for none in Upflow.
        owners: Owners of Accounts without a user in Upflow: Id of the user in Salesforce, and what to do.
        unfit: Values that do not fit their custom field: id of the customer, and field with the rule.
        calls: Requests to Salesforce.
    """

    records: SyncReport = field(default_factory=SyncReport)
    full: bool = False
    customers: int = 0
    matched: int = 0
    unmatched: Counter[str] = field(default_factory=Counter)
    losing: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    without_position: int = 0
    owners: dict[str, str] = field(default_factory=dict)
    unfit: Examples = field(default_factory=Examples)
    calls: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON."""
        own = {name: value for name, value in asdict(self).items() if name != "records"}
        return {**self.records.as_dict(), **own, "unmatched": dict(self.unmatched), "left_out": dict(self.left_out)}

    def check(self, max_rejected: int) -> None:
        """
        Raise an error if too many customers were rejected.

        Raises:
            TooManyRejectedError: More than *max_rejected* customers were rejected.
        """
        self.records.check(max_rejected)

    @property
    def notes(self) -> list[str]:
        """What people may want to correct, one line each."""
        notes = [f"{counted(number, 'customer')}: {why}" for why, number in sorted(self.unmatched.items())]
        notes += [f"{counted(number, 'Contact')} left out: {why}" for why, number in sorted(self.left_out.items())]
        if self.without_position:
            notes.append(f"{counted(self.without_position, 'contact')} without a position: add names to positions")
        notes += [f"owner {owner}: {why}" for owner, why in sorted(self.owners.items())]
        return notes + [f"{customer}: {why}" for customer, why in self.unfit.items()]

    def __str__(self) -> str:
        what = "everything compared" if self.full else "what has changed compared"
        return f"{what}; {self.matched:,} of {counted(self.customers, 'customer')} matched; {self.records}"

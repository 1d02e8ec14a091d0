"""What the export did, in numbers: kept in the ledger, returned to Airflow, shown in the task's log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from upflow_provider.errors import TooManyRejectedError
from upflow_provider.ledger.salesforce_accounts import Pair
from upflow_provider.upflow_to_salesforce.mapping.matching import Pairs

MAX_EXAMPLES = 10
"""How many ids a report names of a kind; refusals are all in the ledger."""


@dataclass(slots=True)
class ExportReport:
    """
    Counts of one run of the export.

    ``read == matched + unmatched + duplicate + keyless``, and ``matched == unchanged + updated + rejected`` (an
    Account of which some fields could be written and others not is rejected).

    Attributes:
        read: Customers of Upflow.
        matched: Those with an Account.
        unmatched: Those whose key is in no Account.
        duplicate: Those whose key several Accounts hold, or that claim an Account together with others: nothing is
            written for them.
        keyless: Those without a key.
        unchanged: Accounts that held all values already.
        updated: Accounts that were written (in a dry run: would be).
        rejected: Accounts of which something could not be written; the ledger has the reasons.
        minted: Portal links made.
        calls: Requests to Salesforce, without logins.
        writes: Those that change Accounts.
        fields: How many Accounts differ, by field.
        examples: Some of those that are ``rejected``, ``duplicate`` or ``unmatched``: by that word, id to reason.
        notes: What an admin should know, though nothing is wrong.
        dry_run: Nothing was written.
    """

    read: int = 0
    matched: int = 0
    unmatched: int = 0
    duplicate: int = 0
    keyless: int = 0
    unchanged: int = 0
    updated: int = 0
    rejected: int = 0
    minted: int = 0
    calls: int = 0
    writes: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    examples: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    dry_run: bool = False

    @classmethod
    def of(cls, pairs: Pairs) -> ExportReport:
        """Return a report of which customers have an Account; it names some of those that nobody can tell of."""
        undecided = {
            customer_id: f"several Accounts hold its key: {', '.join(ids[:MAX_EXAMPLES])}"
            for customer_id, ids in pairs.undecided.items()
        }
        for account_id, claiming in pairs.claimed.items():
            undecided |= dict.fromkeys(claiming, f"claims Account {account_id} together with other customers")
        report = cls(
            matched=len(pairs.matched),
            unmatched=len(pairs.unmatched),
            duplicate=len(undecided),
            keyless=len(pairs.keyless),
        )
        report.read = report.matched + report.unmatched + report.duplicate + report.keyless
        report.tell("duplicate", undecided)
        report.tell("unmatched", dict.fromkeys(pairs.unmatched, "no Account holds its key"))
        return report

    def tell(self, kind: str, reasons: Mapping[str, str]) -> None:
        """Name the first of a kind, by their ids."""
        if reasons:
            self.examples[kind] = dict(islice(reasons.items(), MAX_EXAMPLES))

    def tell_refused(self, refused: Mapping[str, object], pair_of: Callable[[str], Pair]) -> None:
        """Name the first refused Accounts: why, and where to look, in Salesforce and in Upflow."""
        told = {}
        for account_id, why in islice(refused.items(), MAX_EXAMPLES):
            pair = pair_of(account_id)
            told[account_id] = f"{why} ({' '.join(filter(None, (pair.account_url, pair.customer_url)))})"
        self.tell("rejected", told)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, ids and reasons, never values."""
        return asdict(self)

    def check(self, max_rejected: int) -> None:
        """
        Refuse to call a run successful that left Accounts behind.

        Raises:
            TooManyRejectedError: More than *max_rejected* Accounts were rejected.
        """
        if self.rejected > max_rejected:
            shown = "; ".join(f"{some_id}: {reason}" for some_id, reason in self.examples["rejected"].items())
            raise TooManyRejectedError(
                f"{self.rejected} of {self.matched} Accounts could not be written in full ({max_rejected} allowed); "
                f"all others are done, and the next run tries these again. {shown}"
            )

    def __str__(self) -> str:
        names = ("matched", "unmatched", "duplicate", "keyless", "unchanged", "updated", "rejected", "minted")
        counts = ", ".join(f"{getattr(self, name):,} {name}" for name in names if getattr(self, name))
        text = f"{self.read:,} customers read: {counts or 'none'}; {self.calls:,} requests to Salesforce"
        return f"nothing written; {text}" if self.dry_run else text

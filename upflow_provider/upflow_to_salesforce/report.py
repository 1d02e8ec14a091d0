"""What a run of this flow did, in numbers: kept in the ledger, returned to Airflow, shown in the task's log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from upflow_provider.ledger.salesforce_accounts import MatchedAccount
from upflow_provider.records.salesforce.matching import Matches
from upflow_provider.runs.report import MAX_EXAMPLES, Examples, check_rejected


@dataclass(slots=True)
class ExportReport:
    """
    Counts of one run of the export.

    ``read == matched + unmatched + duplicate + keyless``, and ``matched == unchanged + updated + rejected``. An
    Account is rejected even if only some of its fields could not be written.

    Attributes:
        read: Customers of Upflow.
        matched: Customers with an Account.
        unmatched: Customers whose key no Account has.
        duplicate: Customers whose key several Accounts have, or who share an Account with other customers: nothing is
            written for them.
        keyless: Customers without a key.
        unreadable: Customers that cannot be read, in addition; the log names them. Their Accounts keep what they have.
        unchanged: Accounts that held all values already.
        updated: Accounts that were written (in a dry run: would be).
        rejected: Accounts of which something could not be written; the ledger has the reasons.
        minted: Portal links made (in a dry run: would be).
        calls: Requests to Salesforce, without logins.
        writes: Requests to Salesforce that change Accounts.
        fields: How many Accounts differ, by field.
        examples: Some of the rejected, duplicate and unmatched records: id to reason, by that word.
        notes: What an admin should know, though nothing is wrong.
        dry_run: Nothing was written.
    """

    read: int = 0
    matched: int = 0
    unmatched: int = 0
    duplicate: int = 0
    keyless: int = 0
    unreadable: int = 0
    unchanged: int = 0
    updated: int = 0
    rejected: int = 0
    minted: int = 0
    calls: int = 0
    writes: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    examples: dict[str, Examples] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    dry_run: bool = False

    @classmethod
    def of(cls, matches: Matches) -> ExportReport:
        """Return a report that counts customers with and without an Account, and names some of the latter."""
        duplicate = dict(_duplicates(matches))
        report = cls(
            matched=len(matches.matched),
            unmatched=len(matches.unmatched),
            duplicate=len(duplicate),
            keyless=len(matches.keyless),
        )
        report.read = report.matched + report.unmatched + report.duplicate + report.keyless
        report.add_examples("duplicate", duplicate.items())
        report.add_examples("unmatched", ((each, "no Account has its key") for each in matches.unmatched))
        return report

    def add_examples(self, kind: str, reasons: Iterable[tuple[str, str]]) -> None:
        """Name the first of a kind."""
        if examples := Examples(reasons):
            self.examples[kind] = examples

    def add_refused(self, refused: Mapping[str, object], matched_account: Callable[[str], MatchedAccount]) -> None:
        """Name the first refused Accounts: why, and where to look, in Salesforce and in Upflow."""
        self.add_examples("rejected", _refused(refused, matched_account))

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, ids and reasons, never values."""
        return asdict(self)

    def check(self, max_rejected: int) -> None:
        """
        Refuse to call a run successful that left Accounts behind.

        Raises:
            TooManyRejectedError: More than *max_rejected* Accounts were rejected.
        """
        check_rejected(
            self.rejected,
            max_rejected,
            problem=f"of {self.matched} Accounts could not be written in full",
            remedy="The next run tries these again.",
            examples=self.examples.get("rejected", Examples()),
        )

    def __str__(self) -> str:
        names = ("matched", "unmatched", "duplicate", "keyless", "unchanged", "updated", "rejected", "minted")
        would = dict.fromkeys(("updated", "minted"), "would be ") if self.dry_run else {}
        counts = ", ".join(
            f"{getattr(self, name):,} {would.get(name, '')}{name}" for name in names if getattr(self, name)
        )
        if self.unreadable:
            counts = f"{counts or 'none'}, and {self.unreadable:,} that cannot be read"
        text = f"{self.read:,} customers read: {counts or 'none'}; {self.calls:,} requests to Salesforce"
        return f"nothing written; {text}" if self.dry_run else text


def _duplicates(matches: Matches) -> Iterator[tuple[str, str]]:
    """Yield the customers who have no Account of their own, each with the reason."""
    for customer_id, account_ids in matches.undecided.items():
        yield customer_id, f"several Accounts have its key: {', '.join(account_ids[:MAX_EXAMPLES])}"
    for account_id, customer_ids in matches.claimed.items():
        for customer_id in customer_ids:
            yield customer_id, f"shares Account {account_id} with other customers"


def _refused(
    refused: Mapping[str, object], matched_account: Callable[[str], MatchedAccount]
) -> Iterator[tuple[str, str]]:
    for account_id, reason in refused.items():
        matched = matched_account(account_id)
        yield account_id, f"{reason} ({' '.join(filter(None, (matched.account_url, matched.customer_url)))})"

"""What a run of the write-back did: counts, and the payments in error, as a table in the task's log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from upflow_provider.ledger.settlements import Settlement
from upflow_provider.runs.report import Examples, check_rejected, counted
from upflow_provider.shown_ids import shown_id
from upflow_provider.upflow_to_stripe.decisions.causes import Cause, in_words
from upflow_provider.upflow_to_stripe.listing import ListedPayments

TABLE_MAX = 100
"""Payments that a table in the log names."""
WIDTHS = (36, 24, 16, 12)


@dataclass(slots=True)
class WriteBackReport:
    """
    Counts of one run. A payment over several invoices counts once for each.

    Attributes:
        read: Payments in Upflow.
        own: Those that were not imported.
        unlinked: Those of the latter that settle no invoice of Stripe's.
        candidates: What is to be written (in a dry run, and before the approval: would be).
        written: What was written.
        found: What Stripe showed already.
        waiting: Direct debits that may still fail.
        other: Payments of kinds that are not written.
        rejected: Payments that were tried, and are in error.
        in_error: All payments in error, tried or not.
        causes: How many of these there are, by cause.
        examples: Some of them: id to reason.
        dry_run: Nothing was written.
    """

    read: int = 0
    own: int = 0
    unlinked: int = 0
    candidates: int = 0
    written: int = 0
    found: int = 0
    waiting: int = 0
    other: int = 0
    rejected: int = 0
    in_error: int = 0
    causes: dict[str, int] = field(default_factory=dict)
    examples: Examples = field(default_factory=Examples)
    dry_run: bool = False

    def add_listed(self, listed: ListedPayments) -> None:
        """Take the counts of Upflow's list over."""
        self.read, self.own, self.unlinked = listed.read, listed.own, listed.unlinked

    def reject(self, settlement: Settlement, cause: Cause, detail: str | None) -> None:
        """Count a settlement that was tried in vain, and name it."""
        self.rejected += 1
        self.examples.add(settlement.payment_id, in_words(cause, detail))

    def add_errors(self, in_error: Iterable[Settlement]) -> None:
        """Count all settlements that are in error, and name them after those that were tried."""
        causes: Counter[str] = Counter()
        for each in in_error:
            if each.cause:
                causes[each.cause] += 1
                self.examples.add(each.payment_id, in_words(Cause(each.cause), each.error))
        self.in_error, self.causes = causes.total(), dict(causes)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON: counts, ids and reasons, never values."""
        return asdict(self)

    def check(self, max_rejected: int) -> None:
        """
        Raise an error if too many payments are in error, whether or not they were tried in this run.

        Raises:
            TooManyRejectedError: More are in error than allowed.
        """
        noun = "payment of Upflow's is" if self.in_error == 1 else "payments of Upflow's are"
        check_rejected(
            self.in_error,
            max_rejected,
            problem=f"{noun} not in Stripe as in Upflow",
            remedy="The table in the log has each with its cause and what to do; they are tried again by themselves.",
            examples=self.examples,
        )

    def __str__(self) -> str:
        to_write = f"{'would write' if self.dry_run else 'to write'} {self.candidates:,}"
        return (
            f"{counted(self.read, 'payment')} in Upflow, {self.own:,} not imported: {to_write}, written "
            f"{self.written:,}, already in Stripe {self.found:,}, waiting {self.waiting:,}, of other kinds "
            f"{self.other:,}, without an invoice of Stripe's {self.unlinked:,}, in error {self.in_error:,}"
        )


def table(settlements: Iterable[Settlement]) -> Iterator[str]:
    """Yield the lines of a table of settlements: payment, invoice, amount in Upflow's minor units, state and error."""
    yield _line("payment", "invoice", "linked", "state", "error")
    for number, each in enumerate(settlements):
        if number == TABLE_MAX:
            yield f"... and more; the ledger's table upflow_settlements has all of them (first {TABLE_MAX} shown)"
            return
        error = in_words(Cause(each.cause), each.error) if each.cause else f"{each.kind}: {each.evidence}"
        amount = f"{each.linked} {each.currency}"
        yield _line(shown_id(each.payment_id), shown_id(each.invoice_id), amount, each.state, error)


def _line(*cells: str) -> str:
    *narrow, last = cells
    return "  ".join([*(f"{cell:<{width}}" for cell, width in zip(narrow, WIDTHS, strict=True)), last])

"""
A run of the write-back: which payments are due, what becomes of each, and what is kept of it.

One payment's trouble is that payment's; what concerns all of them, such as a permission, ends the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from upflow_provider.errors import RecordBusyError, RecordError, UnservedRecordError
from upflow_provider.ledger.settlements import Method, Settlement
from upflow_provider.runs.containment import contained
from upflow_provider.runs.outage import Outage
from upflow_provider.upflow_to_stripe.causes import Cause
from upflow_provider.upflow_to_stripe.payment_kinds import UNDECIDED
from upflow_provider.upflow_to_stripe.report import WriteBackReport
from upflow_provider.upflow_to_stripe.steps import Begin, Part, Send, Step, Stop, Withdraw, Written, method_of

if TYPE_CHECKING:
    from upflow_provider.ledger import Ledger
    from upflow_provider.upflow_to_stripe.settings import WriteBack
    from upflow_provider.upflow_to_stripe.settlement_writer import SettlementWriter

log = logging.getLogger(__name__)

FIRST_RETRY = timedelta(minutes=15)
LAST_RETRY = timedelta(days=1)
"""A payment in error is tried again after 15, 30, 60, ... minutes, and then once a day."""
SOUND: dict[str, Any] = {"cause": None, "error": None, "attempts": 0, "next_attempt_at": None}
"""Attributes of a settlement that nothing is in the way of."""

Retry = Literal["all"] | Collection[str]
"""Which payments in error are tried now, whenever they are due: all, or those with these ids in Upflow."""


class WriteBackRun:
    """
    One run.

    Args:
        ledger: Its settlements are written.
        writer: Writes one settlement.
        settings: What is written.
        is_dry_run: Whether to write nothing to Stripe. What Stripe shows already is written down all the same.
        stop: Returns whether to end before the next payment.

    Attributes:
        candidates: What a dry run would write.
        rejected: What was tried, and is in error.
    """

    def __init__(
        self,
        ledger: Ledger,
        writer: SettlementWriter,
        settings: WriteBack,
        *,
        is_dry_run: bool = False,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settlements, self._ledger = ledger.settlements, ledger
        self._writer, self._settings, self._is_dry_run, self._stop = writer, settings, is_dry_run, stop
        self._outage, self._now = Outage(), ledger.clock.now
        self.candidates: list[Settlement] = []
        self.rejected: list[Settlement] = []

    def run(self, report: WriteBackReport, retry: Retry = ()) -> WriteBackReport:
        """
        Write what is due.

        Args:
            report: Counts, to which those of this run are added.
            retry: Which payments in error are tried now.

        Raises:
            RetriableError, FatalError: Raised by the clients; the next run goes on where this one ended.
        """
        report.dry_run = self._is_dry_run
        for _, parts in groupby(self._settlements.all(), key=lambda each: each.payment_id):
            if self._stop():
                break
            self._payment(list(parts), report, retry)
        report.add_errors(self.in_error())
        return report

    def in_error(self) -> list[Settlement]:
        """Return the settlements that something is in the way of."""
        return [each for each in self._settlements.all() if each.cause]

    def _payment(self, settlements: list[Settlement], report: WriteBackReport, retry: Retry) -> None:
        first, open_ones = settlements[0], [each for each in settlements if not each.is_done]
        is_begun = any(each.state != "listed" for each in settlements)
        if not open_ones:
            return
        if first.kind not in (*self._settings.kinds, UNDECIDED) and not is_begun:
            report.other += len(open_ones)
        elif self._may_fail(first) and not is_begun:
            report.waiting += len(open_ones)
        elif due := [each for each in open_ones if self._is_due(each, retry)]:
            self._due_payment(settlements, due, report, retry)

    def _due_payment(
        self, settlements: list[Settlement], due: list[Settlement], report: WriteBackReport, retry: Retry
    ) -> None:
        """Try the parts of one payment that are due; what is in the way of it is written down."""
        payment_id = settlements[0].payment_id
        try:
            with contained(payment_id), self._outage.watched(payment_id):
                self._try(settlements, due, report, is_forced=retry != "all" and payment_id in retry)
        except RecordBusyError as error:
            log.info("%s", error)
        except RecordError as error:
            cause = Cause.UNSERVED if isinstance(error, UnservedRecordError) else Cause.UNUSABLE
            for each in self._left_open(due):
                self._stopped(each, Stop(cause, str(error)), report)

    def _try(
        self, settlements: list[Settlement], due: list[Settlement], report: WriteBackReport, *, is_forced: bool
    ) -> None:
        if settlements[0].kind == UNDECIDED and settlements[0].state == "listed":
            for each in due:
                self._stopped(each, Stop(Cause.UNDECIDED, each.evidence), report)
            return
        read = [(each, self._writer.part(each)) for each in settlements if each in due or each.linked]
        parts = [part for _, part in read if part]
        for each, part in read:
            if part is None and each in due:
                self._stopped(each, Stop(Cause.NO_INVOICE), report)
        method, gateway_payment_id = self._method([part for part in parts if part.linked], settlements[0].gateway_id)
        for part in parts:
            if part.settlement in due:
                self._write(part, method, gateway_payment_id, report, is_forced=is_forced)
        self._outage.served()

    def _method(self, parts: Sequence[Part], gateway_id: str | None) -> tuple[Method | Stop, str | None]:
        """Return the method of a payment, and its PaymentIntent if that is in the account."""
        received = self._writer.gateway_payment(gateway_id) if gateway_id and parts else None
        if isinstance(received, Stop):
            return received, None
        found = method_of(parts, received, partial=self._settings.partial)
        return found, received.payment_id if received else None

    def _write(
        self,
        part: Part,
        method: Method | Stop,
        gateway_payment_id: str | None,
        report: WriteBackReport,
        *,
        is_forced: bool,
    ) -> None:
        if part.settlement.state == "written":
            self._follow(part, report)
            return
        part, step = self._writer.write(
            part, method, gateway_payment_id=gateway_payment_id, is_dry_run=self._is_dry_run, is_forced=is_forced
        )
        self._ended(part, step, report)

    def _ended(self, part: Part, step: Step, report: WriteBackReport) -> None:
        """Write down what came of a part."""
        if isinstance(step, Stop):
            self._stopped(part.settlement, step, report)
        elif isinstance(step, Begin | Send):  # a dry run
            report.candidates += 1
            self.candidates.append(part.settlement)
        elif isinstance(step, Withdraw):
            if step.is_final:
                self._save(part.settlement, **SOUND, state="listed", method=None, amount=None, is_done=True)
        else:
            self._written(part, step, report)

    def _written(self, part: Part, step: Written, report: WriteBackReport) -> None:
        is_found = part.settlement.state == "listed"
        report.found += is_found
        report.written += not is_found
        report.candidates += not is_found
        changes = {"method": step.method, "amount": step.amount, "record_id": step.record_id}
        # Kept in a dry run, too: it is what Stripe shows, and the sync has to know it.
        saved = self._settlements.save(part.settlement, **SOUND, state="written", **changes)
        self._follow(replace(part, settlement=saved), report)

    def _follow(self, part: Part, report: WriteBackReport) -> None:
        """Compare what was written with what is linked in Upflow now."""
        settlement, amount = part.settlement, part.settlement.amount or 0
        if part.linked > amount:
            self._stopped(settlement, Stop(Cause.REST, f"{part.linked - amount} minor units of {amount}"), report)
        elif part.linked < amount and not self._is_dry_run and (left := self._writer.report_reversal(part)):
            self._stopped(settlement, Stop(Cause.REFUNDED, f"{left} of {amount} minor units"), report)
        else:
            self._save(settlement, **SOUND, is_done=True)

    def _stopped(self, settlement: Settlement, step: Stop, report: WriteBackReport) -> None:
        report.reject(settlement, step.cause, step.detail)
        now, wait = self._now(), FIRST_RETRY * 2 ** min(settlement.attempts, 10)
        changes: dict[str, Any] = {
            "cause": step.cause.value,
            "error": step.detail,
            "attempts": settlement.attempts + 1,
            "tried_at": self._ledger.clock.tick(),  # comparable with when the sync has read the invoice
            "next_attempt_at": now + (LAST_RETRY if step.cause is Cause.FAILED else min(wait, LAST_RETRY)),
        }
        self.rejected.append(replace(settlement, **changes))
        self._save(settlement, **changes)

    def _save(self, settlement: Settlement, **changes: Any) -> None:  # noqa: ANN401 - attributes
        if not self._is_dry_run:
            self._settlements.save(settlement, **changes)

    def _may_fail(self, settlement: Settlement) -> bool:
        """Return whether a payment is a direct debit that may still fail."""
        try:
            paid_on = date.fromisoformat(settlement.paid_on)
        except ValueError:
            return False  # it is listed as unusable
        is_young = self._now().date() < paid_on + timedelta(days=self._settings.settle_days)
        return settlement.instrument == "DIRECT_DEBIT" and is_young

    def _is_due(self, settlement: Settlement, retry: Retry) -> bool:
        if retry == "all" or settlement.payment_id in retry or settlement.next_attempt_at is None:
            return True
        return settlement.next_attempt_at <= self._now() or self._has_changed(settlement)

    def _has_changed(self, settlement: Settlement) -> bool:
        """Return whether the sync has read the invoice since the settlement was tried."""
        known = self._ledger.records("invoices", [settlement.invoice_id]).get(settlement.invoice_id)
        read_at: datetime | None = known.read_at if known else None
        return read_at is not None and settlement.tried_at is not None and read_at > settlement.tried_at

    def _left_open(self, settlements: Sequence[Settlement]) -> list[Settlement]:
        """Return those of one payment's settlements that are not done, as the ledger has them now."""
        tried = {(each.payment_id, each.invoice_id) for each in settlements}
        return [each for each in self._settlements.all(is_done=False) if (each.payment_id, each.invoice_id) in tried]

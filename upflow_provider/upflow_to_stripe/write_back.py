"""
A run of the write-back: which payments are due, what becomes of each, and what is kept of it.

One payment's trouble is that payment's; what concerns all of them, such as a permission, ends the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import RecordBusyError, RecordError, UnservedRecordError
from upflow_provider.ledger.settlements import Method, Settlement
from upflow_provider.runs.containment import contained
from upflow_provider.runs.outage import Outage
from upflow_provider.upflow_to_stripe.decisions.causes import Cause
from upflow_provider.upflow_to_stripe.decisions.parts import (
    Part,
    ReportRefund,
    Step,
    Stop,
    Withdraw,
    WritingStep,
    Written,
)
from upflow_provider.upflow_to_stripe.report import WriteBackReport
from upflow_provider.upflow_to_stripe.retries import (
    CAUSES_BY_KIND,
    Retry,
    check_named,
    has_changed,
    is_due,
    is_unlinked,
    main_settlement,
    may_fail,
    next_attempt,
    stops,
)

if TYPE_CHECKING:
    from upflow_provider.ledger import Ledger
    from upflow_provider.upflow_to_stripe.settings import WriteBack
    from upflow_provider.upflow_to_stripe.settlement_writer import SettlementWriter

log = logging.getLogger(__name__)

SOUND: dict[str, Any] = {"cause": None, "error": None, "attempts": 0, "next_attempt_at": None}
"""Attributes of a settlement that nothing is in the way of."""


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
        self._read_at: dict[str, datetime] = {}
        self._looked_at = self._now()
        self.candidates: list[Settlement] = []
        self.rejected: list[Settlement] = []

    def run(self, report: WriteBackReport, retry: Retry = ()) -> WriteBackReport:
        """
        Write what is due.

        Args:
            report: Counts, to which those of this run are added.
            retry: Which payments in error are tried now; those that are named are begun anew.

        Raises:
            ConfigurationError: *retry* names payments that settle no invoice of Stripe's.
            RetriableError, FatalError: Raised by the clients; the next run goes on where this one ended.
        """
        report.dry_run = self._is_dry_run
        retry = {retry} if isinstance(retry, str) else {*retry}
        settlements = self._settlements.all()
        check_named(retry, settlements)
        self._read_at = self._invoices_read_at(settlements)
        for _, parts in groupby(settlements, key=lambda each: each.payment_id):
            if self._stop():
                break
            try:
                self._payment(list(parts), report, retry)
            except RecordBusyError as error:  # the next run looks at it as it is then
                log.info("%s", error)
        report.add_errors(self.in_error())
        return report

    def in_error(self) -> list[Settlement]:
        """Return the settlements that something is in the way of."""
        return [each for each in self._settlements.all() if each.cause]

    def _payment(self, settlements: list[Settlement], report: WriteBackReport, retry: Retry) -> None:
        """Do what is due about one payment."""
        open_ones = [each for each in settlements if not each.is_done or has_changed(each, self._read_at)]
        unlinked = [each for each in open_ones if is_unlinked(each)]
        for each in unlinked:
            self._save(each, **SOUND, is_done=True)
        open_ones = [each for each in open_ones if each not in unlinked]
        is_begun = any(each.state != "listed" for each in settlements)
        main = main_settlement(settlements)
        if not open_ones:
            return
        if main.kind not in (*self._settings.kinds, *CAUSES_BY_KIND) and not is_begun:
            report.other += self._set_aside(open_ones)
        elif may_fail(main, self._now().date(), self._settings.settle_days) and not is_begun:
            report.waiting += self._set_aside(open_ones)
        elif due := [each for each in open_ones if is_due(each, retry, self._read_at, self._now())]:
            self._due_payment(settlements, due, report, is_forced=main.payment_id in retry)

    def _set_aside(self, settlements: list[Settlement]) -> int:
        """Write down that nothing is in the way of settlements that are not written now, and return their number."""
        for each in settlements:
            if each.cause:
                self._save(each, **SOUND)
        return len(settlements)

    def _due_payment(
        self, settlements: list[Settlement], due: list[Settlement], report: WriteBackReport, *, is_forced: bool
    ) -> None:
        """Try the parts of one payment that are due; what is in the way of it is written down."""
        payment_id = settlements[0].payment_id
        self._looked_at = self._ledger.clock.tick()  # comparable with when the sync reads an invoice
        try:
            with contained(payment_id), self._outage.watched(payment_id):
                self._try(settlements, due, report, is_forced=is_forced)
        except RecordBusyError:
            raise
        except RecordError as error:
            cause = Cause.UNSERVED if isinstance(error, UnservedRecordError) else Cause.UNUSABLE
            for each in self._left_open(due):
                self._stopped(each, Stop(cause, str(error)), report)

    def _try(
        self, settlements: list[Settlement], due: list[Settlement], report: WriteBackReport, *, is_forced: bool
    ) -> None:
        main = main_settlement(settlements)
        cause = CAUSES_BY_KIND.get(main.kind)
        if cause and stops(main, settlements):
            for each in due:
                self._stopped(each, Stop(cause, main.evidence), report)
            return
        read = [(each, self._writer.reader.part(each)) for each in settlements if each in due or each.linked]
        parts = [part for _, part in read if part]
        for each, part in read:
            if part is None and each in due:
                self._stopped(each, Stop(Cause.NO_INVOICE), report)
        method, gateway_payment_id = self._writer.method([part for part in parts if part.linked], main.gateway_id)
        keys = {each.invoice_id for each in due}
        for part in parts:
            if part.settlement.invoice_id in keys:
                self._write(part, method, gateway_payment_id, report, is_forced=is_forced)
        self._outage.served()

    def _write(
        self,
        part: Part,
        method: Method | Stop,
        gateway_payment_id: str | None,
        report: WriteBackReport,
        *,
        is_forced: bool,
    ) -> None:
        options: dict[str, Any] = {"gateway_payment_id": gateway_payment_id, "is_forced": is_forced}
        part, step = self._writer.write(part, method, is_dry_run=self._is_dry_run, **options)
        if isinstance(step, Written):
            part = self._written(part, step, report)
            part, step = self._writer.write(part, method, is_dry_run=self._is_dry_run, **options)
        self._ended(part, step, report)

    def _ended(self, part: Part, step: Step, report: WriteBackReport) -> None:
        """Write down what came of a part."""
        if isinstance(step, ReportRefund):  # a dry run
            self._stopped(part.settlement, Stop(Cause.REFUNDED, f"{step.amount} minor units"), report)
        elif isinstance(step, Stop):
            self._stopped(part.settlement, step, report)
        elif isinstance(step, WritingStep):  # a dry run
            report.candidates += 1
            self.candidates.append(part.settlement)
        elif not isinstance(step, Withdraw):
            self._save(part.settlement, **SOUND, is_done=True, tried_at=self._looked_at)
        elif step.is_final:
            refusals = part.settlement.refusals + 1  # so that what is linked later gets other keys
            anew = {"state": "listed", "method": None, "amount": None, "refusals": refusals}
            self._save(part.settlement, **SOUND, **anew, is_done=True, tried_at=self._looked_at)

    def _written(self, part: Part, step: Written, report: WriteBackReport) -> Part:
        """Write down what Stripe shows; in a dry run, too, because the sync has to know it."""
        is_found = part.settlement.state == "listed"
        report.found += is_found
        report.written += not is_found
        report.candidates += not is_found
        changes = {"method": step.method, "amount": step.amount, "record_id": step.record_id}
        saved = self._settlements.save_answer(
            part.settlement, **SOUND, state="written", tried_at=self._looked_at, **changes
        )
        return self._writer.reader.part(saved) or replace(part, settlement=saved)

    def _stopped(self, settlement: Settlement, step: Stop, report: WriteBackReport) -> None:
        report.reject(settlement, step.cause, step.detail)
        changes: dict[str, Any] = {
            "cause": step.cause.value,
            "error": step.detail,
            "attempts": settlement.attempts + 1,
            "tried_at": self._looked_at,
            "is_done": False,
            "next_attempt_at": next_attempt(settlement, self._now(), waits_a_day=step.cause is Cause.FAILED),
        }
        self.rejected.append(replace(settlement, **changes))
        self._save(settlement, **changes)

    def _save(self, settlement: Settlement, **changes: Any) -> None:  # noqa: ANN401 - attributes
        if not self._is_dry_run:
            self._settlements.save(settlement, **changes)

    def _invoices_read_at(self, settlements: Sequence[Settlement]) -> dict[str, datetime]:
        """Return when the sync has last read the invoices."""
        known = self._ledger.records("invoices", {each.invoice_id for each in settlements if each.tried_at})
        return {name: each.read_at for name, each in known.items() if each.read_at}

    def _left_open(self, settlements: Sequence[Settlement]) -> list[Settlement]:
        """Return those of one payment's settlements that nothing was decided about, as the ledger has them now."""
        now = [self._settlements.get(each) for each in settlements]
        return [each for each in now if each.tried_at != self._looked_at]

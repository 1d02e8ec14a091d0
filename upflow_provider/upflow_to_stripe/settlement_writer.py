"""One settlement into Stripe: read the state, write the next step down, take it, and look for the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from upflow_provider.errors import RefusedError, UnservedRecordError
from upflow_provider.ledger.settlements import Method, Settlement, Settlements
from upflow_provider.upflow_to_stripe.decisions import requests
from upflow_provider.upflow_to_stripe.decisions.causes import Cause
from upflow_provider.upflow_to_stripe.decisions.methods import method_of
from upflow_provider.upflow_to_stripe.decisions.parts import (
    Begin,
    BeginAnew,
    Part,
    ReportRefund,
    Send,
    Step,
    Stop,
    WritingStep,
)
from upflow_provider.upflow_to_stripe.decisions.steps import cause_of_refusal, next_step
from upflow_provider.upflow_to_stripe.settlement_reader import SettlementReader, Source

if TYPE_CHECKING:
    from upflow_provider.clients.stripe.writer import StripeWriter
    from upflow_provider.upflow_to_stripe.settings import WriteBack

STEPS_MAX = 6
"""Steps of one settlement: to begin, to report, to attach, and what came of it, with room for one more of each kind."""


class SettlementWriter:
    """
    Reads what Stripe has of settlements, and writes them.

    Args:
        source: Reads Stripe.
        writer: Writes to Stripe.
        settlements: The ledger's settlements.
        settings: How they are written.
        decimals: Decimals of Upflow's amounts by currency, if they differ from ISO 4217.
        now: The ledger's time, aware, UTC.

    Attributes:
        reader: Reads what Stripe has of settlements.
    """

    def __init__(
        self,
        *,
        source: Source,
        writer: StripeWriter,
        settlements: Settlements,
        settings: WriteBack,
        decimals: Mapping[str, int],
        now: Callable[[], datetime],
    ) -> None:
        self.reader = SettlementReader(source, settlements, decimals)
        self._writer, self._settlements, self._settings, self._now = writer, settlements, settings, now
        self._is_permitted = False

    def method(self, parts: Sequence[Part], gateway_id: str | None) -> tuple[Method | Stop, str | None]:
        """
        Return the method of a payment, and its PaymentIntent if that is in the account.

        Args:
            parts: All parts of the payment that something is linked of.
            gateway_id: Its id at the gateway, if Upflow shows it.
        """
        is_open = any(each.settlement.state != "written" or each.shown < each.linked for each in parts)
        received = self.reader.gateway_payment(gateway_id) if gateway_id and is_open else None
        if isinstance(received, Stop):
            return received, None
        found = method_of(parts, received, partial=self._settings.partial)
        return found, received.payment_id if received else None

    def write(
        self,
        part: Part,
        method: Method | Stop,
        *,
        gateway_payment_id: str | None,
        is_dry_run: bool,
        is_forced: bool,
    ) -> tuple[Part, Step]:
        """
        Take the steps of a part of a payment, up to one that ends it for now.

        Args:
            part: The part.
            method: The payment's method, or why it has none.
            gateway_payment_id: Its PaymentIntent, if there is one.
            is_dry_run: Whether to stop at the first step that would write.
            is_forced: See `next_step`.

        Returns:
            The part as it is then, and the last step.

        Raises:
            RetriableError, FatalError: Raised by the clients.
            RecordBusyError: Another task writes it, or Upflow lists something else meanwhile.
        """
        for _ in range(STEPS_MAX):
            step = next_step(part, method, now=self._now(), is_forced=is_forced, finds_untagged=is_dry_run)
            if not isinstance(step, WritingStep) or is_dry_run:
                return part, step
            part, failed = self._step(part, step, method, gateway_payment_id)
            if failed:
                again = next_step(part, method, now=self._now())
                return part, failed if isinstance(again, WritingStep) else again
        return part, Stop(Cause.REFUSED, "its requests are answered, and change nothing")

    def _step(
        self, part: Part, step: WritingStep, method: Method | Stop, gateway_payment_id: str | None
    ) -> tuple[Part, Stop | None]:
        """Take a step; return the part as it is then, and why the request failed if it did."""
        if isinstance(step, Begin):
            begun = self._begin(part.settlement, method, step.amount, gateway_payment_id)
            return replace(part, settlement=begun), None
        if isinstance(step, BeginAnew):
            return replace(part, settlement=self._settlements.save(part.settlement, **_anew(part.settlement))), None
        if isinstance(step, ReportRefund):
            self._report_refund(part.settlement, step)
            return self._read_again(part), None
        return self._sent(part, step)

    def _report_refund(self, settlement: Settlement, step: ReportRefund) -> None:
        """Tell Stripe that money was given back which it shows as paid, on the payment record of it."""
        self._permit()
        key = requests.request_key(settlement, f"refund-{step.amount}")
        body = requests.refund_report(settlement, step.missing, step.amount)
        self._writer.report_refund(str(settlement.record_id), body, key=key)

    def _read_again(self, part: Part) -> Part:
        return self.reader.part(part.settlement) or part

    def _begin(self, settlement: Settlement, method: object, amount: int, gateway_payment_id: str | None) -> Settlement:
        begun_at = self._now()
        if method == "record":
            requests.paid_at(replace(settlement, begun_at=begun_at))  # raises before the list is not followed any more
        self._permit()
        return self._settlements.save(
            settlement,
            state="begun",
            method=method,
            amount=amount,
            begun_at=begun_at,
            record_id=gateway_payment_id if method == "intent" else None,
        )

    def _sent(self, part: Part, step: Send) -> tuple[Part, Stop | None]:
        """Send a request; return the part as it is then, and why the request failed if it did."""
        failed = None
        try:
            self._send(part, step)
        except UnservedRecordError as error:
            failed = Stop(Cause.FAILED, str(error))
        except RefusedError as error:
            failed = Stop(Cause.REFUSED, str(error))
            self._settlements.save_answer(part.settlement, **_refused(part.settlement))
        current = self.reader.part(part.settlement)
        if current is None:
            return part, Stop(Cause.NO_INVOICE)
        if failed and failed.cause is Cause.REFUSED:
            failed = replace(failed, cause=cause_of_refusal(current.invoice, part.settlement.method))
        return current, failed

    def _send(self, part: Part, step: Send) -> None:
        settlement, invoice_id = part.settlement, part.settlement.invoice_id
        self._permit()
        key = requests.request_key(settlement, step.request)
        if step.request == "pay":
            self._writer.pay_out_of_band(invoice_id, key=key)
        elif step.request == "report":
            body = requests.payment_report(settlement, part.invoice, self._settings.display_name)
            record = self._writer.report_payment(body, key=key)
            self._settlements.save_answer(settlement, state="reported", record_id=record["id"])
        elif settlement.method == "intent":
            self._writer.attach_gateway_payment(invoice_id, str(settlement.record_id), key=key)
        else:
            self._writer.attach_record(invoice_id, str(settlement.record_id), key=key)

    def _permit(self) -> None:
        """Check, before the first write of a run, that the key may write at all."""
        if not self._is_permitted:
            self._writer.check_permissions(with_records=self._settings.partial == "report")
            self._is_permitted = True


LISTED: dict[str, Any] = {"state": "listed", "method": None, "amount": None, "begun_at": None, "record_id": None}
"""Attributes of a settlement of which nothing was begun."""


def _refused(settlement: Settlement) -> dict[str, Any]:
    """Return what a refused request changes: nothing was done by it, so that all begins anew but what was reported."""
    refused: dict[str, Any] = {"refusals": settlement.refusals + 1}
    return {**refused, **LISTED} if settlement.state == "begun" else refused


def _anew(settlement: Settlement) -> dict[str, Any]:
    """Return what changes if all begins anew: further requests need other keys than those that Stripe knows."""
    return {**LISTED, "refusals": settlement.refusals + 1}

"""One settlement into Stripe: read the state, write the next step down, take it, and look for the evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from upflow_provider.errors import NotFoundError, RefusedError, UnservedRecordError
from upflow_provider.ledger.settlements import Method, Settlement, Settlements
from upflow_provider.records.money import Units, is_amount
from upflow_provider.records.text import id_in, mapping_in
from upflow_provider.upflow_to_stripe import invoice_state, requests
from upflow_provider.upflow_to_stripe.causes import Cause
from upflow_provider.upflow_to_stripe.steps import (
    Begin,
    GatewayPayment,
    Part,
    Send,
    Step,
    Stop,
    cause_of_refusal,
    next_step,
    reversed_amount,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upflow_provider.clients.stripe.writer import StripeWriter
    from upflow_provider.records.page import Record
    from upflow_provider.upflow_to_stripe.settings import WriteBack

STEPS_MAX = 6
"""Steps of one settlement: to begin, to report, to attach, and what came of it, with room for one more of each kind."""


class Source(Protocol):
    """The part of `StripeSource` that is used here."""

    def find(self, resource: str, *, expand: Sequence[str] = (), **filters: Any) -> Sequence[Record]:  # noqa: ANN401 - Stripe's filters
        """Return all records that match the filters."""

    def retrieve(self, resource: str, record_id: str, *, expand: Sequence[str] = ()) -> Record:
        """Read one record; raises `NotFoundError` if it does not exist."""


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
        self._source, self._writer, self._settlements = source, writer, settlements
        self._settings, self._decimals, self._now = settings, decimals, now
        self._is_permitted = False

    def part(self, settlement: Settlement) -> Part | None:
        """
        Read what Stripe has of a settlement; ``None`` if it has no such invoice.

        Raises:
            MappingError: The invoice lacks something, or the amount is not one in Stripe's units.
        """
        try:
            invoice = self._source.retrieve("invoices", settlement.invoice_id, expand=("customer",))
        except NotFoundError:
            return None
        paid = self._source.find("invoice_payments", invoice=settlement.invoice_id, expand=invoice_state.EXPAND)
        others = [
            min(each.amount, self._linked(each))
            for each in self._settlements.of_invoices([settlement.invoice_id]).get(settlement.invoice_id, ())
            if each.payment_id != settlement.payment_id and each.method == "out_of_band" and each.amount is not None
        ]
        return Part(settlement, self._linked(settlement), invoice_state.invoice_state(invoice, paid), sum(others))

    def gateway_payment(self, gateway_id: str) -> GatewayPayment | Stop | None:
        """Return the PaymentIntent of a payment at the gateway; ``None`` if it is not in this account."""
        try:
            if not gateway_id.startswith("pi_"):
                found = id_in(self._source.retrieve("charges", gateway_id).get("payment_intent"))
                if found is None:
                    return Stop(Cause.UNATTACHABLE, f"{gateway_id} is a charge without one")
                gateway_id = found
            intent = self._source.retrieve("payment_intents", gateway_id)
        except NotFoundError:
            return None
        amount, has_succeeded = intent.get("amount_received"), intent.get("status") == "succeeded"
        if not has_succeeded or not is_amount(amount):
            return Stop(Cause.UNATTACHABLE, f"it is {intent.get('status')}")
        return GatewayPayment(gateway_id, amount, str(intent.get("currency")).upper())

    def write(
        self, part: Part, method: Method | Stop, *, gateway_payment_id: str | None, is_dry_run: bool, is_forced: bool
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
            RecordBusyError: Another task writes it.
        """
        for _ in range(STEPS_MAX):
            step = next_step(part, method, now=self._now(), is_forced=is_forced)
            if isinstance(step, Begin | Send) and is_dry_run:
                return part, step
            if isinstance(step, Begin):
                begun = self._begin(part.settlement, method, step.amount, gateway_payment_id)
                part = replace(part, settlement=begun)
            elif isinstance(step, Send):
                part, failed = self._sent(part, step)
                if failed:
                    again = next_step(part, method, now=self._now())
                    return part, failed if isinstance(again, Begin | Send) else again
            else:
                return part, step
        return part, Stop(Cause.REFUSED, "its requests are answered, and change nothing")

    def report_reversal(self, part: Part) -> int:
        """
        Tell Stripe that money was given back which it shows as paid, where it has a payment record of it.

        Returns:
            What was given back and Stripe still shows as paid, in Stripe's minor units; 0 if nothing.

        Raises:
            RetriableError, FatalError, RecordError: Raised by the clients.
        """
        settlement = part.settlement
        of_invoice = self._settlements.of_invoices([settlement.invoice_id]).get(settlement.invoice_id, ())
        by_portal = {each.record_id for each in of_invoice if each.record_id}
        recorded = sum(each.amount for each in part.invoice.applications if each.paid_by in by_portal)
        out_of_band = [each.amount or 0 for each in of_invoice if each.method == "out_of_band"]
        written = recorded + min(sum(out_of_band), part.invoice.out_of_band)
        amount = reversed_amount(part, sum(map(self._linked, of_invoice)), written)
        if amount and settlement.method == "record" and settlement.record_id:
            self._report_refund(settlement, settlement.record_id, amount)
        return amount

    def _report_refund(self, settlement: Settlement, record_id: str, amount: int) -> None:
        record = self._source.retrieve("payment_records", record_id)
        reported = mapping_in(record.get("amount_refunded")).get("value")
        missing = amount - (reported if is_amount(reported) else 0)
        if missing > 0:
            self._permit()
            key = requests.request_key(settlement, f"refund-{amount}")
            self._writer.report_refund(record_id, requests.refund_report(settlement, missing, amount), key=key)

    def _linked(self, settlement: Settlement) -> int:
        """Return what is linked in Upflow, in Stripe's minor units."""
        return Units(settlement.invoice_id, settlement.currency, self._decimals).to_stripe(settlement.linked, "linked")

    def _begin(self, settlement: Settlement, method: object, amount: int, gateway_payment_id: str | None) -> Settlement:
        self._permit()
        return self._settlements.save(
            settlement,
            state="begun",
            method=method,
            amount=amount,
            begun_at=self._now(),
            record_id=gateway_payment_id if method == "intent" else None,
        )

    def _sent(self, part: Part, step: Send) -> tuple[Part, Stop | None]:
        """Send a request; return the part as it is then, and why the request failed if it did."""
        settlement, failed = part.settlement, None
        try:
            settlement = self._send(part, step)
        except UnservedRecordError as error:
            failed = Stop(Cause.FAILED, str(error))
        except RefusedError as error:
            failed = Stop(Cause.REFUSED, str(error))
            settlement = self._settlements.save(settlement, **_refused(settlement))
        current = self.part(settlement)
        if current is None:
            return replace(part, settlement=settlement), Stop(Cause.NO_INVOICE)
        if failed and failed.cause is Cause.REFUSED:
            failed = replace(failed, cause=cause_of_refusal(current.invoice, part.settlement.method))
        return current, failed

    def _send(self, part: Part, step: Send) -> Settlement:
        settlement, invoice_id = part.settlement, part.settlement.invoice_id
        self._permit()
        key = requests.request_key(settlement, step.request)
        if step.request == "pay":
            self._writer.pay_out_of_band(invoice_id, key=key)
        elif step.request == "report":
            body = requests.payment_report(settlement, part.invoice, self._settings.display_name)
            record = self._writer.report_payment(body, key=key)
            return self._settlements.save(settlement, state="reported", record_id=record["id"])
        elif settlement.method == "intent":
            self._writer.attach_gateway_payment(invoice_id, str(settlement.record_id), key=key)
        else:
            self._writer.attach_record(invoice_id, str(settlement.record_id), key=key)
        return settlement

    def _permit(self) -> None:
        """Check, before the first write of a run, that the key may write at all."""
        if not self._is_permitted:
            self._writer.check_permissions(with_records=self._settings.partial == "report")
            self._is_permitted = True


def _refused(settlement: Settlement) -> dict[str, Any]:
    """Return what a refused request changes: nothing was done by it, so that all begins anew but what was reported."""
    refused: dict[str, Any] = {"refusals": settlement.refusals + 1}
    if settlement.state == "begun":
        refused |= {"state": "listed", "method": None, "amount": None, "begun_at": None, "record_id": None}
    return refused

"""What Stripe has of settlements: invoices with their payments, and payments at the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from upflow_provider.errors import NotFoundError
from upflow_provider.ledger.settlements import Settlement, Settlements
from upflow_provider.records.money import Units, is_amount
from upflow_provider.records.portal.credit_cover import credit_covers, payments_refunded, refunds_named
from upflow_provider.records.text import id_in, mapping_in
from upflow_provider.upflow_to_stripe.decisions import invoice_state
from upflow_provider.upflow_to_stripe.decisions.causes import Cause
from upflow_provider.upflow_to_stripe.decisions.methods import GatewayPayment
from upflow_provider.upflow_to_stripe.decisions.parts import Part, Stop

if TYPE_CHECKING:
    from upflow_provider.records.page import Record


class Source(Protocol):
    """The part of `StripeSource` that is used here."""

    def find(self, resource: str, *, expand: Sequence[str] = (), **filters: Any) -> Sequence[Record]:  # noqa: ANN401 - Stripe's filters
        """Return all records that match the filters."""

    def retrieve(self, resource: str, record_id: str, *, expand: Sequence[str] = ()) -> Record:
        """Read one record; raises `NotFoundError` if it does not exist."""


class SettlementReader:
    """
    Reads what the ledger and Stripe have of settlements.

    Args:
        source: Reads Stripe.
        settlements: The ledger's settlements.
        decimals: Decimals of Upflow's amounts by currency, if they differ from ISO 4217.
    """

    def __init__(self, source: Source, settlements: Settlements, decimals: Mapping[str, int]) -> None:
        self._source, self._settlements, self._decimals = source, settlements, decimals

    def part(self, settlement: Settlement) -> Part | None:
        """
        Read what the ledger and Stripe have of a settlement now; ``None`` if Stripe has no such invoice.

        Raises:
            MappingError: The invoice lacks something, or the amount is not one in Stripe's units.
        """
        invoice_id = settlement.invoice_id
        known = self._settlements.of_invoices([invoice_id]).get(invoice_id, ())
        try:
            invoice = self._source.retrieve("invoices", invoice_id, expand=("customer",))
        except NotFoundError:
            return None
        paid = self._source.find("invoice_payments", invoice=invoice_id, expand=invoice_state.EXPAND)
        imported = self._settlements.imported(invoice_state.payments_in(paid), by="external_id")
        credited = self._credited(invoice, known)
        state = invoice_state.invoice_state(invoice, paid, imported=imported, credited=credited)
        own = next((each for each in known if each.payment_id == settlement.payment_id), settlement)
        others = [each for each in known if each.payment_id != own.payment_id and each.currency == state.currency]
        return Part(own, self._linked(own), state, tuple((each, self._linked(each)) for each in others))

    def gateway_payment(self, gateway_id: str) -> GatewayPayment | Stop | None:
        """Return the PaymentIntent of a payment at the gateway; ``None`` if it is not in this account."""
        try:
            if not gateway_id.startswith("pi_"):
                found = id_in(self._source.retrieve("charges", gateway_id).get("payment_intent"))
                if found is None:
                    return Stop(Cause.UNATTACHABLE, f"{gateway_id} is a charge without one")
                gateway_id = found
            intent = self._source.retrieve("payment_intents", gateway_id, expand=("latest_charge",))
        except NotFoundError:
            return None
        amount, has_succeeded = intent.get("amount_received"), intent.get("status") == "succeeded"
        if not has_succeeded or not is_amount(amount):
            return Stop(Cause.UNATTACHABLE, f"it is {intent.get('status')}")
        named = {"type": "payment_intent", "payment_intent": gateway_id}
        paid = [each for each in self._source.find("invoice_payments", payment=named) if each.get("status") == "paid"]
        invoices = frozenset(filter(None, (id_in(each.get("invoice")) for each in paid)))
        refunded = _refunded_of(mapping_in(intent.get("latest_charge")))
        return GatewayPayment(gateway_id, amount, str(intent.get("currency")).upper(), refunded, invoices)

    def _credited(self, invoice: Record, known: Sequence[Settlement]) -> int:
        """Return what credit notes can cover of what was refunded in Upflow, as the syncs count it."""
        if not invoice.get("post_payment_credit_notes_amount") or not any(each.amount for each in known):
            return 0
        notes = self._source.find("credit_notes", invoice=invoice["id"])
        refunds = [self._source.retrieve("refunds", each) for each in refunds_named(notes)]
        ours = self._settlements.known_payments({paid for each in refunds for paid in payments_refunded(each)})
        portal_refunds = {each["id"] for each in refunds if payments_refunded(each) & {*ours}}
        return sum(each.amount for each in credit_covers(notes, portal_refunds))

    def _linked(self, settlement: Settlement) -> int:
        """Return what is linked in Upflow, in Stripe's minor units."""
        return Units(settlement.invoice_id, settlement.currency, self._decimals).to_stripe(settlement.linked, "linked")


def _refunded_of(charge: Mapping[str, Any]) -> int:
    """Return what was given back of a charge; what was authorized and never captured was not taken at all."""
    refunded, amount, captured = (charge.get(name) for name in ("amount_refunded", "amount", "amount_captured"))
    if not is_amount(refunded):
        return 0
    released = amount - captured if is_amount(amount) and is_amount(captured) else 0
    return max(refunded - released, 0)

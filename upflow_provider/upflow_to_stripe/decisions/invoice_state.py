"""
The state of an invoice in Stripe, as far as the write-back depends on it. Pure.

What was written is found again through the payments of its invoice: Stripe's list of payment records has no filter by
invoice (https://docs.stripe.com/api/invoice-payment/list).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from upflow_provider.errors import MappingError
from upflow_provider.records.dates import first_instant
from upflow_provider.records.money import is_amount
from upflow_provider.records.portal.tag import TAG
from upflow_provider.records.text import id_in, mapping_in

CLOCKS_DIFFER = timedelta(minutes=15)
"""How much Stripe's clock and the ledger's may differ."""
EXPAND = ("payment.payment_record",)
"""What to expand of the payments of an invoice."""


@dataclass(frozen=True, slots=True)
class Application:
    """
    A payment that is applied to the invoice.

    Attributes:
        paid_by: Id of the PaymentIntent, charge or payment record.
        amount: What it settles, in Stripe's minor units.
        upflow_payment_id: Id of the payment in Upflow that it records; ``None`` if it is not one of ours.
        created_at: When it was applied, aware, UTC; ``None`` if that is not known.
        refunded: What its payment record says was refunded, in Stripe's minor units.
        is_imported: Whether Upflow has it as a payment that came from Stripe.
    """

    paid_by: str
    amount: int
    upflow_payment_id: str | None = None
    created_at: datetime | None = None
    refunded: int = 0
    is_imported: bool = False


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """
    An invoice as Stripe has it now; amounts in Stripe's minor units.

    Attributes:
        invoice_id: Its id.
        status: Its status.
        currency: ISO 4217 code, capitals.
        customer: Id of its customer; ``None`` if it names none.
        is_customer_deleted: Whether Stripe says that the customer was deleted.
        paid: What is paid, in whatever way.
        remaining: What remains to be paid.
        credited: What credit notes gave back after it was paid, and can cover what was refunded in Upflow.
        credited_before: By what credit notes lowered it before it was paid.
        applications: What was paid by payments.
    """

    invoice_id: str
    status: str
    currency: str
    customer: str | None
    is_customer_deleted: bool
    paid: int
    remaining: int
    credited: int = 0
    credited_before: int = 0
    applications: tuple[Application, ...] = ()

    @property
    def out_of_band(self) -> int:
        """What is paid without a payment that is a record."""
        return max(self.paid - sum(each.amount for each in self.applications), 0)

    @property
    def is_paid(self) -> bool:
        """Whether nothing remains, because all of it is paid."""
        return self.remaining == 0 and self.status != "void"

    def recorded_out_of_band(
        self, amount: int | None, since: datetime | None, *, is_imported: bool | None = None
    ) -> Application | None:
        """
        Return the payment record that Stripe may have made when the invoice was paid out of band; ``None`` without one.

        Args:
            amount: What was paid out of band, in Stripe's minor units.
            since: When that began, aware, UTC.
            is_imported: Whether Upflow has the record from Stripe; ``None`` if it does not matter.
        """
        for each in self.applications:
            is_new = since is not None and each.created_at is not None and each.created_at >= since - CLOCKS_DIFFER
            is_untagged = each.paid_by.startswith("pr_") and not each.upflow_payment_id
            if is_new and is_untagged and each.amount == amount and is_imported in {None, each.is_imported}:
                return each
        return None

    def applied_by(self, payment_id: str, record_id: str | None) -> Application | None:
        """Return the first of `all_applied_by`; ``None`` if there is none."""
        return next(iter(self.all_applied_by(payment_id, record_id)), None)

    def all_applied_by(self, payment_id: str, record_id: str | None) -> list[Application]:
        """
        Return how a payment of Upflow's is applied to the invoice.

        Args:
            payment_id: Its id in Upflow.
            record_id: The payment record or PaymentIntent that stands for it in Stripe, if known.
        """
        return [
            each
            for each in self.applications
            if each.upflow_payment_id == payment_id or (record_id and each.paid_by == record_id)
        ]


def invoice_state(
    invoice: Mapping[str, Any],
    payments: Sequence[Mapping[str, Any]],
    *,
    imported: Collection[str] = (),
    credited: int = 0,
) -> InvoiceState:
    """
    Return the state of an invoice.

    Args:
        invoice: Stripe invoice as plain JSON, with ``customer`` expanded.
        payments: All of its invoice payments, with `EXPAND` expanded.
        imported: Ids of those payments that Upflow has from Stripe.
        credited: What credit notes can cover, in Stripe's minor units.

    Raises:
        MappingError: An amount, the currency or the status is missing.
    """
    invoice_id, currency, status = invoice["id"], invoice.get("currency"), invoice.get("status")
    if not isinstance(currency, str) or not isinstance(status, str):
        raise MappingError(invoice_id, "status" if isinstance(currency, str) else "currency")
    due, remaining = (_amount(invoice, name) for name in ("amount_due", "amount_remaining"))
    applied = [each for each in payments if each.get("status") == "paid"]
    return InvoiceState(
        invoice_id=invoice_id,
        status=status,
        currency=currency.upper(),
        customer=id_in(invoice.get("customer")),
        is_customer_deleted=mapping_in(invoice.get("customer")).get("deleted") is True,
        paid=max(due - remaining, 0),
        remaining=0 if status in {"paid", "void"} else max(remaining, 0),
        credited=credited,
        credited_before=_amount(invoice, "pre_payment_credit_notes_amount", absent=0),
        applications=tuple(_application(invoice_id, each, imported) for each in applied),
    )


def payments_in(payments: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the payments that invoice payments apply."""
    found = (id_in(_paid_with(each)) for each in payments)
    return [each for each in found if each]


def _paid_with(payment: Mapping[str, Any]) -> object:
    named = mapping_in(payment.get("payment"))
    return named.get(str(named.get("type")))


def _application(invoice_id: str, payment: Mapping[str, Any], imported: Collection[str]) -> Application:
    paid_with = _paid_with(payment)
    if not is_amount(payment.get("amount_paid")):
        raise MappingError(invoice_id, "payments.amount_paid")
    created_s = first_instant(mapping_in(payment.get("status_transitions")).get("paid_at"), payment.get("created"))
    tag = mapping_in(mapping_in(paid_with).get("metadata")).get(TAG)
    refunded = mapping_in(mapping_in(paid_with).get("amount_refunded")).get("value")
    paid_by = id_in(paid_with) or ""
    return Application(
        paid_by,
        payment["amount_paid"],
        tag if isinstance(tag, str) else None,
        None if created_s is None else datetime.fromtimestamp(created_s, UTC),
        refunded if is_amount(refunded) else 0,
        is_imported=paid_by in imported,
    )


def _amount(invoice: Mapping[str, Any], field: str, *, absent: int | None = None) -> int:
    value = invoice.get(field)
    if value is None and absent is not None:
        return absent
    if not is_amount(value):
        raise MappingError(invoice["id"], field)
    return value

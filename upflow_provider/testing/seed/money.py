"""The payments, credit notes and refunds behind seeded invoices, each made when it is asked for."""

from typing import Protocol

from upflow_provider.testing.seed.fates import HOUR_S, Fate, credited_at, paid_at, part
from upflow_provider.testing.stripe.objects import credits as credits_
from upflow_provider.testing.stripe.objects import payments as stripe_payments
from upflow_provider.testing.stripe.objects.object import Object


class Invoices(Protocol):
    """Seeded invoices by their numbers; a `Seed` has them."""

    def invoice_id(self, number: int) -> str:
        """Return the id of an invoice."""

    def fate(self, number: int) -> Fate:
        """Return what becomes of an invoice."""

    def invoice(self, number: int) -> Object:
        """Make an invoice."""


class SeedMoney:
    """
    Makes what belongs to the invoices of a seed.

    Args:
        invoices: The invoices.
    """

    def __init__(self, invoices: Invoices) -> None:
        self._invoices = invoices

    def id_of(self, prefix: str, number: int) -> str:
        """Return the id of what belongs to an invoice, such as ``pi_...``."""
        return f"{prefix}_{self._invoices.invoice_id(number).partition('_')[2]}"

    def intent(self, number: int) -> Object:
        """Make the intent of an invoice."""
        return self._intent(number)[0]

    def charge(self, number: int) -> Object:
        """Make the charge of an invoice's intent."""
        charge = self._intent(number)[1]
        assert charge is not None  # noqa: S101 - asked for only where it exists
        return charge

    def _intent(self, number: int) -> tuple[Object, Object | None]:
        fate, bill = self._invoices.fate(number), self._invoices.invoice(number)
        intent = stripe_payments.payment_intent(
            self.id_of("pi", number),
            bill["created"],
            amount=bill["amount_due"],
            currency=bill["currency"],
            customer=bill["customer"],
            method=fate.method,
        )
        if not fate.paid_by:
            return intent, None
        charge = stripe_payments.succeed(intent, self.id_of("ch", number), amount=bill["amount_paid"], at=paid_at(bill))
        if fate.is_refunded or (fate.is_credited and fate.status == "paid"):
            charge["amount_refunded"] = part(bill)
        return intent, charge

    def record(self, number: int) -> Object:
        """Make the record of a payment outside of Stripe."""
        bill = self._invoices.invoice(number)
        return stripe_payments.payment_record(
            self.id_of("pr", number),
            paid_at(bill),
            amount=bill["amount_paid"],
            currency=bill["currency"],
            customer=bill["customer"],
            display_name="Bank transfer",
        )

    def application(self, number: int) -> Object:
        """Make the payment of an invoice: paid, open, or canceled."""
        fate, bill = self._invoices.fate(number), self._invoices.invoice(number)
        of = self.record(number) if fate.paid_by == "payment_record" else self.intent(number)
        made = stripe_payments.invoice_payment(
            self.id_of("inpay", number),
            bill["created"] + HOUR_S,
            invoice=bill["id"],
            currency=bill["currency"],
            amount=bill["amount_paid"] or bill["amount_due"],
            of=of,
            is_default=True,
        )
        if fate.paid_by:
            stripe_payments.apply(made, bill["amount_paid"], paid_at(bill))
        elif fate.status == "void":
            stripe_payments.cancel(made, bill["status_transitions"]["voided_at"])
        return made

    def credit_note(self, number: int) -> Object:
        """Make the credit note of an invoice: before payment, or refunded."""
        fate, bill = self._invoices.fate(number), self._invoices.invoice(number)
        before = part(bill) if fate.status == "open" else 0
        made = credits_.credit_note(
            self.id_of("cn", number),
            credited_at(bill),
            invoice=bill,
            number=f"{bill['number']}-CN-01",
            pre=before,
            post=part(bill) - before,
        )
        if not before:
            made["refunds"].append(credits_.refunded_with(self.id_of("re", number), part(bill)))
        return made

    def refund(self, number: int) -> Object:
        """Make the refund of an invoice's payment."""
        bill = self._invoices.invoice(number)
        return credits_.refund(
            self.id_of("re", number), credited_at(bill), charge=self.charge(number), amount=part(bill)
        )

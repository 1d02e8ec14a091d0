"""What a `FakeStripe` gives back: credit notes, refunds and disputes."""

from typing import TYPE_CHECKING

from upflow_provider.testing.stripe.billing import credits as credits_
from upflow_provider.testing.stripe.billing import invoice_life
from upflow_provider.testing.stripe.billing.objects import Object
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError

if TYPE_CHECKING:
    from upflow_provider.testing.stripe.fake import FakeStripe

CREDITABLE = ("open", "uncollectible", "paid")


class Credits:
    """
    Gives back money as Stripe does; each change leaves its events.

    Args:
        fake: Whose invoices.
    """

    def __init__(self, fake: "FakeStripe") -> None:
        self._fake = fake

    def credit(
        self,
        invoice_id: str,
        amount: int,
        *,
        refund: Object | None = None,
        refunded: int = 0,
        reported: tuple[str, int] | None = None,
        out_of_band: int = 0,
        at: int | None = None,
        note_id: str | None = None,
    ) -> Object:
        """
        Credit *amount* of an invoice: first what is still to be paid, then what was paid.

        Of what was paid, *refunded* is given back by *refund*, an amount by the payment record *reported*,
        and *out_of_band* by other means; the rest is added to the customer's balance.

        Returns:
            The credit note.
        """
        bill = self._fake.in_status(invoice_id, *CREDITABLE)
        at = self._fake.now() if at is None else at
        pre = min(amount, bill["amount_remaining"])
        post = amount - pre
        balance = post - refunded - out_of_band - (reported[1] if reported else 0)
        if not 0 < amount <= invoice_life.creditable(bill) or balance < 0:
            raise StripeRefusalError(400, "The amount is more than can be credited.", param="amount")
        number = f"{bill['number']}-CN-{self._fake.number()}"
        note = credits_.credit_note(
            note_id or f"cn_{self._fake.number()}", at, invoice=bill, number=number, pre=pre, post=post
        )
        note["out_of_band_amount"] = out_of_band or None
        if refund is not None:
            note["refunds"].append(credits_.refunded_with(refund["id"], refunded))
        if reported is not None:
            note["refunds"].append(credits_.reported_with(reported[0], f"rg_{self._fake.number()}", reported[1]))
        if balance:
            note["customer_balance_transaction"] = f"cbtxn_{self._fake.number()}"
            self.add_to_balance(bill["customer"], bill["currency"], -balance)
        invoice_life.credit(bill, pre, post, at)
        if bill["status"] == "paid":
            self._fake.payments.cancel_open(invoice_id, at)
        self._fake.changed("credit_notes", note, "credit_note.created")
        self._fake.changed("invoices", bill, "invoice.updated")
        return note

    def void(self, note_id: str, *, at: int | None = None) -> Object:
        """Void a credit note of an open invoice, and return it."""
        note = self._fake.held("credit_notes", note_id)
        bill = self._fake.held("invoices", note["invoice"])
        if note["status"] != "issued" or note["type"] != "pre_payment" or bill["status"] != "open":
            raise StripeRefusalError(400, "Only a credit note of an open invoice can be voided.")
        invoice_life.credit(bill, -note["pre_payment_amount"], 0, self._fake.now())
        note.update(status="void", voided_at=self._fake.now() if at is None else at)
        self._fake.changed("invoices", bill, "invoice.updated")
        return self._fake.changed("credit_notes", note, "credit_note.voided")

    def refund(
        self, payment_id: str, amount: int, *, status: str = "succeeded", at: int | None = None, refund_id: str = ""
    ) -> Object:
        """Give back *amount* of an intent or a charge, and return the refund."""
        charge = self._charge(payment_id)
        if not 0 < amount <= charge["amount"] - charge["amount_refunded"]:
            raise StripeRefusalError(400, "The amount is more than is left of the charge.", param="amount")
        at = self._fake.now() if at is None else at
        charge["amount_refunded"] += amount
        made = credits_.refund(
            refund_id or f"re_{self._fake.number()}", at, charge=charge, amount=amount, status=status
        )
        return self._fake.changed("refunds", made, "refund.created")

    def update_refund(self, refund_id: str, status: str) -> Object:
        """Let a refund succeed, fail or be canceled, even after it succeeded, and return it."""
        refund = self._fake.held("refunds", refund_id)
        if status in {"failed", "canceled"}:
            self._fake.held("charges", refund["charge"])["amount_refunded"] -= refund["amount"]
        refund["status"] = status
        return self._fake.changed("refunds", refund, "refund.failed" if status == "failed" else "refund.updated")

    def dispute(self, payment_id: str, amount: int, *, at: int | None = None) -> Object:
        """Open a dispute of *amount* of an intent or a charge, and return it."""
        charge = self._charge(payment_id)
        charge["disputed"] = True
        at = self._fake.now() if at is None else at
        made = credits_.dispute(f"dp_{self._fake.number()}", at, charge=charge, amount=amount)
        return self._fake.changed("disputes", made, "charge.dispute.created")

    def close_dispute(self, dispute_id: str, status: str) -> Object:
        """Let a dispute end as ``won`` or ``lost``, and return it."""
        dispute = self._fake.held("disputes", dispute_id)
        dispute["status"] = status
        return self._fake.changed("disputes", dispute, "charge.dispute.closed")

    def add_to_balance(self, customer_id: str | None, currency: str, amount: int) -> None:
        """Add to what a customer owes apart from invoices, minor units; below zero it is owed."""
        if not amount or customer_id is None:
            return
        self._fake.store.balances[customer_id, currency] += amount
        if customer_id in self._fake.store.customers:
            customer = self._fake.store.customers.held(customer_id)
            customer["currency"] = customer["currency"] or currency
            if customer["currency"] == currency:
                customer["balance"] += amount
            self._fake.event("customer.updated", customer)

    def _charge(self, payment_id: str) -> Object:
        if payment_id.startswith("pi_"):
            payment_id = self._fake.held("payment_intents", payment_id)["latest_charge"] or ""
        return self._fake.held("charges", payment_id)

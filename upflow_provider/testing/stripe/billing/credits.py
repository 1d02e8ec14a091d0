"""
How money is given back: by credit notes, refunds and disputes.

The objects are made by `objects.credits`; here is what they do to invoices and customers, and the events.
"""

from upflow_provider.testing.stripe.billing import invoice_life
from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.billing.payments import Payments
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError
from upflow_provider.testing.stripe.objects import credits as credits_
from upflow_provider.testing.stripe.objects.object import Object

CREDITABLE = ("open", "uncollectible", "paid")


class Credits:
    """
    Gives back money as Stripe does; each change leaves its events.

    Args:
        account: Whose invoices.
        payments: What still is to pay them, which ends when a credit note pays the rest.
    """

    def __init__(self, account: Account, payments: Payments) -> None:
        self._account, self._payments = account, payments

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
        bill = self._account.in_status(invoice_id, *CREDITABLE)
        at = self._account.now() if at is None else at
        pre = min(amount, bill["amount_remaining"])
        post = amount - pre
        balance = post - refunded - out_of_band - (reported[1] if reported else 0)
        if not 0 < amount <= invoice_life.creditable(bill) or balance < 0:
            raise StripeRefusalError(400, "The amount is more than can be credited.", param="amount")
        number = f"{bill['number']}-CN-{self._account.number()}"
        note = credits_.credit_note(
            note_id or self._account.new_id("credit_notes"), at, invoice=bill, number=number, pre=pre, post=post
        )
        note["out_of_band_amount"] = out_of_band or None
        if refund is not None:
            note["refunds"].append(credits_.refunded_with(refund["id"], refunded))
        if reported is not None:
            note["refunds"].append(credits_.reported_with(reported[0], f"rg_{self._account.number()}", reported[1]))
        if balance:
            note["customer_balance_transaction"] = f"cbtxn_{self._account.number()}"
            self._account.add_to_balance(bill["customer"], bill["currency"], -balance)
        invoice_life.credit(bill, pre, post, at)
        if bill["status"] == "paid":
            self._payments.cancel_open(invoice_id, at)
        self._account.changed("credit_notes", note, "credit_note.created")
        self._account.changed("invoices", bill, "invoice.updated")
        return note

    def void(self, note_id: str, *, at: int | None = None) -> Object:
        """Void a credit note of an open invoice, and return it."""
        note = self._account.held("credit_notes", note_id)
        bill = self._account.held("invoices", note["invoice"])
        if note["status"] != "issued" or note["type"] != "pre_payment" or bill["status"] != "open":
            raise StripeRefusalError(400, "Only a credit note of an open invoice can be voided.")
        invoice_life.credit(bill, -note["pre_payment_amount"], 0, self._account.now())
        note.update(status="void", voided_at=self._account.now() if at is None else at)
        self._account.changed("invoices", bill, "invoice.updated")
        return self._account.changed("credit_notes", note, "credit_note.voided")

    def refund(
        self, payment_id: str, amount: int, *, status: str = "succeeded", at: int | None = None, refund_id: str = ""
    ) -> Object:
        """Give back *amount* of an intent or a charge, and return the refund."""
        charge = self._charge(payment_id)
        if not 0 < amount <= charge["amount"] - charge["amount_refunded"]:
            raise StripeRefusalError(400, "The amount is more than is left of the charge.", param="amount")
        at = self._account.now() if at is None else at
        charge["amount_refunded"] += amount
        made = credits_.refund(
            refund_id or self._account.new_id("refunds"), at, charge=charge, amount=amount, status=status
        )
        return self._account.changed("refunds", made, "refund.created")

    def update_refund(self, refund_id: str, status: str) -> Object:
        """Let a refund succeed, fail or be canceled, even after it succeeded, and return it."""
        refund = self._account.held("refunds", refund_id)
        if status in {"failed", "canceled"}:
            self._account.held("charges", refund["charge"])["amount_refunded"] -= refund["amount"]
        refund["status"] = status
        return self._account.changed("refunds", refund, "refund.failed" if status == "failed" else "refund.updated")

    def dispute(self, payment_id: str, amount: int, *, status: str = "needs_response", at: int | None = None) -> Object:
        """Open a dispute of *amount* of an intent or a charge, and return it; one may begin as ``lost``."""
        charge = self._charge(payment_id)
        charge["disputed"] = True
        at = self._account.now() if at is None else at
        made = credits_.dispute(self._account.new_id("disputes"), at, charge=charge, amount=amount, status=status)
        return self._account.changed("disputes", made, "charge.dispute.created")

    def close_dispute(self, dispute_id: str, status: str) -> Object:
        """Let a dispute end as ``won`` or ``lost``, and return it."""
        dispute = self._account.held("disputes", dispute_id)
        dispute["status"] = status
        return self._account.changed("disputes", dispute, "charge.dispute.closed")

    def add_to_balance(self, customer_id: str | None, currency: str, amount: int) -> None:
        """Add to what a customer owes apart from invoices, minor units; below zero it is owed."""
        self._account.add_to_balance(customer_id, currency, amount)

    def _charge(self, payment_id: str) -> Object:
        if payment_id in self._account.store.payment_intents:
            payment_id = self._account.held("payment_intents", payment_id)["latest_charge"] or ""
        return self._account.held("charges", payment_id)

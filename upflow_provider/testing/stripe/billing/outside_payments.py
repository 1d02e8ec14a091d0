"""
Payments from outside of Stripe, and those in it that no invoice knows: records of them, and how they are attached.

https://docs.stripe.com/payments/payment-records and https://docs.stripe.com/api/invoices/attach_payment
"""

from collections.abc import Mapping
from typing import Any, Literal

from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.billing.payments import Payments
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, missing
from upflow_provider.testing.stripe.objects import payments as objects
from upflow_provider.testing.stripe.objects.object import Object


class OutsidePayments:
    """
    Records of outside payments, and payments to be attached to invoices.

    Args:
        account: Whose.
        payments: Applies them.

    Attributes:
        out_of_band: What an invoice that is paid out of band shows of it: ``nothing``, or the ``record`` of a payment;
            that is not documented.
        to_uncollectible: Whether a payment can be attached to an uncollectible invoice; that is not documented.
    """

    def __init__(self, account: Account, payments: Payments) -> None:
        self._account, self._payments = account, payments
        self.out_of_band: Literal["nothing", "record"] = "nothing"
        self.to_uncollectible: Literal["taken", "refused"] = "taken"
        self._references: set[str] = set()

    def receive(
        self, customer: str | None, amount: int, currency: str = "eur", *, payment_id: str | None = None
    ) -> Object:
        """Take money by card for no invoice, as Upflow's gateway does in this account, and return the intent."""
        account = self._account
        intent = objects.payment_intent(
            payment_id or account.new_id("payment_intents"),
            account.now(),
            amount=amount,
            currency=currency,
            customer=customer,
            method="card",
        )
        charge_id = f"ch_{intent['id'].removeprefix('pi_')}"
        account.store.charges.add(objects.succeed(intent, charge_id, amount=amount, at=account.now()))
        return account.store.payment_intents.add(intent)

    def pay_out_of_band(self, invoice_id: str) -> Object:
        """Mark what remains of an invoice as paid, whatever is left of it."""
        status = self._account.held("invoices", invoice_id)["status"]
        if status == "paid":
            raise StripeRefusalError(400, "Invoice is already paid")
        if status not in ("open", "uncollectible"):
            raise StripeRefusalError(400, f"This invoice is {status}: only open and uncollectible ones can be paid.")
        if self.out_of_band == "nothing":
            return self._payments.settle_out_of_band(invoice_id)
        invoice = self._account.held("invoices", invoice_id)
        record = self._account.store.payment_records.add(
            objects.payment_record(
                self._account.new_id("payment_records"),
                self._account.now(),
                amount=invoice["amount_remaining"],
                currency=invoice["currency"],
                customer=invoice["customer"],
                display_name="Paid out of band",
            )
        )
        return self._payments.attach(invoice_id, record, invoice["amount_remaining"])

    def report(self, given: Mapping[str, Any]) -> Object:
        """Make the record of a payment from outside, whose amount is guaranteed."""
        customer = given.get("customer_details", {}).get("customer")
        if customer is not None and customer not in self._account.store.customers:
            raise missing("customers", customer, "customer_details[customer]", 400)
        amount = given["amount_requested"]
        made = objects.payment_record(
            self._account.new_id("payment_records"),
            given["initiated_at"],
            amount=amount["value"],
            currency=amount["currency"],
            customer=customer,
            display_name=given["payment_method_details"]["custom"]["display_name"],
        )
        reference = given["processor_details"]["custom"]["payment_reference"]
        made["processor_details"] = {"type": "custom", "custom": {"payment_reference": reference}}
        made["metadata"] = dict(given.get("metadata", {}))
        return self._account.store.payment_records.add(made)  # no event tells of it

    def attach(self, invoice_id: str, resource: Literal["payment_records", "payment_intents"], of_id: str) -> Object:
        """Apply a record as a whole, or as much of an intent as remains; what is too much is the customer's."""
        invoice, payment = self._account.held("invoices", invoice_id), self._account.held(resource, of_id)
        if invoice["status"] != "open" and not self._is_taken(invoice):
            raise StripeRefusalError(400, f"Payments can't be attached to an invoice that is {invoice['status']}.")
        currency = (payment if resource == "payment_intents" else payment["amount_guaranteed"])["currency"]
        if currency != invoice["currency"]:
            raise StripeRefusalError(400, "The payment's currency is not the invoice's.")
        left = self._unapplied(resource, payment)
        if left <= 0:
            raise StripeRefusalError(400, "This payment is attached to an invoice already.")
        amount = min(left, invoice["amount_remaining"])
        surplus = left - amount if resource == "payment_records" else 0
        return self._payments.attach(invoice_id, payment, amount, surplus)

    def refund(self, record_id: str, amount: int | None, reference: str) -> Object:
        """Report that a record's payment was given back outside; a reference is good for one refund."""
        record = self._account.held("payment_records", record_id)
        if reference in self._references:
            raise StripeRefusalError(400, "This refund reference was used already.", param="processor_details")
        left = record["amount_guaranteed"]["value"] - record["amount_refunded"]["value"]
        value = left if amount is None else amount
        if not 0 < value <= left:
            raise StripeRefusalError(400, "The amount is more than is left of the payment.", param="amount")
        self._references.add(reference)
        refunded = {**record["amount_refunded"], "value": record["amount_refunded"]["value"] + value}
        record["amount_refunded"] = refunded
        return record

    def _is_taken(self, invoice: Object) -> bool:
        return invoice["status"] == "uncollectible" and self.to_uncollectible == "taken"

    def _unapplied(self, resource: str, payment: Object) -> int:
        kind = payment["object"]
        applied = self._account.store.invoice_payments.where(f"payment.{kind}", payment["id"])
        taken = sum(each["amount_paid"] for each in applied if each["status"] == "paid")
        whole: int = payment["amount_guaranteed"]["value"] if resource == "payment_records" else 0
        if resource == "payment_records":
            return 0 if taken else whole
        received: int = payment["amount_received"] if payment["status"] == "succeeded" else 0
        return received - int(taken)

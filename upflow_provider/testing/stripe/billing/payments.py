"""
How invoices are paid: by intents, by charges, by records of outside payments, or by word alone.

The objects are made by `objects.payments`; here is what they do to invoices and customers, and the events.
"""

from collections.abc import Mapping
from typing import Literal

from upflow_provider.testing.stripe.billing import customers, invoice_life
from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError
from upflow_provider.testing.stripe.objects import credits as credits_
from upflow_provider.testing.stripe.objects import payments
from upflow_provider.testing.stripe.objects.object import Object

PAYABLE = ("open", "uncollectible")


class Payments:
    """
    Pays invoices as Stripe does; each change leaves its events.

    Args:
        account: Whose invoices.

    Attributes:
        overpaid: Which of two shapes an overpayment leaves; it is not on record which one is Stripe's. The
            invoice payment counts what the invoice took (``capped``), or all that came (``counted``).
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self.overpaid: Literal["capped", "counted"] = "capped"

    def expect(self, invoice: Object) -> None:
        """Open the default payment of an invoice that was finalized."""
        if invoice["status"] == "open":
            intent = self._intent(invoice, invoice["amount_due"])
            self._apply_later(invoice, intent, invoice["amount_due"], is_default=True)

    def pay(
        self,
        amounts: Mapping[str, int],
        *,
        surplus: int = 0,
        authorized: int | None = None,
        method: str = "card",
        at: int | None = None,
        payment_id: str | None = None,
    ) -> Object:
        """
        Let one intent pay invoices: minor units by invoice id, and a *surplus* that overpays the last of them.

        If more was *authorized*, only so much of it is captured, and Stripe makes a refund of the rest, which was
        never taken (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method).

        Returns:
            The intent.
        """
        bills = [self._payable(invoice_id, amount) for invoice_id, amount in amounts.items()]
        at = self._account.now() if at is None else at
        received = sum(amounts.values()) + surplus
        intent = self._default_intent(bills[0]) if len(bills) == 1 and payment_id is None else None
        if intent is None:
            intent = self._intent(bills[0], received, payment_id, method)
        intent["payment_method_types"] = [method]
        charge = payments.succeed(intent, f"ch_{intent['id'].removeprefix('pi_')}", amount=received, at=at)
        self._account.store.charges.add(charge)
        self._account.store.payment_intents.add(intent)
        for bill in bills:
            extra = surplus if bill is bills[-1] else 0
            self._applied(bill, intent, amounts[bill["id"]], extra, at)
        if authorized is not None and authorized > received:
            self._release(charge, authorized, at)
        return intent

    def report(
        self, amounts: Mapping[str, int], *, display_name: str = "Bank transfer", at: int | None = None
    ) -> Object:
        """Record a payment that came outside of Stripe, apply it to invoices, and return the record."""
        bills = [self._payable(invoice_id, amount) for invoice_id, amount in amounts.items()]
        at = self._account.now() if at is None else at
        record = payments.payment_record(
            self._account.new_id("payment_records"),
            at,
            amount=sum(amounts.values()),
            currency=bills[0]["currency"],
            customer=bills[0]["customer"],
            display_name=display_name,
        )
        self._account.store.payment_records.add(record)
        for bill in bills:
            self._applied(bill, record, amounts[bill["id"]], 0, at)
        return record

    def charge(self, invoice_id: str, amount: int, *, method: str = "card", at: int | None = None) -> Object:
        """Pay with a charge that has no intent, as before 2019, and return it."""
        bill = self._payable(invoice_id, amount)
        at = self._account.now() if at is None else at
        made = payments.charge(
            self._account.new_id("charges"),
            at,
            amount=amount,
            currency=bill["currency"],
            customer=bill["customer"],
            intent=None,
            method=method,
        )
        self._account.store.charges.add(made)
        self._applied(bill, made, amount, 0, at)
        return made

    def refuse(self, invoice_id: str, *, method: str = "card", at: int | None = None) -> Object:
        """Try to charge what remains of an invoice, in vain, and return the charge that failed."""
        bill = self._payable(invoice_id, 1)
        intent = self._default_intent(bill)
        made = payments.charge(
            self._account.new_id("charges"),
            self._account.now() if at is None else at,
            amount=bill["amount_remaining"],
            currency=bill["currency"],
            customer=bill["customer"],
            intent=intent["id"] if intent else None,
            method=method,
        )
        return self._account.store.charges.add(payments.fail(made))

    def save_method(self, customer_id: str, kind: str = "card") -> Object:
        """Save a payment method for a customer, who pays invoices with it from now on, and return it."""
        account = self._account
        made = payments.payment_method(
            account.new_id("payment_methods"), account.now(), customer=customer_id, kind=kind
        )
        account.store.payment_methods.add(made)
        settings = account.held("customers", customer_id).get("invoice_settings")
        customers.update(
            account, customer_id, invoice_settings={**(settings or {}), "default_payment_method": made["id"]}
        )
        return made

    def settle_out_of_band(self, invoice_id: str, *, at: int | None = None) -> Object:
        """Take the whole rest of an invoice as paid, without any payment to tell of it."""
        bill = self._payable(invoice_id, 1)
        return self._counted(bill, bill["amount_remaining"], 0, self._account.now() if at is None else at)

    def attach(self, invoice_id: str, payment: Object, amount: int, surplus: int = 0) -> Object:
        """Apply a payment that is there already to an invoice, which a *surplus* overpays; return the invoice."""
        bill = self._account.in_status(invoice_id, *PAYABLE)
        self._applied(bill, payment, amount, surplus, self._account.now())
        return bill

    def unapply(self, payment_id: str, invoice_id: str, *, at: int | None = None) -> Object:
        """Take back what a payment was applied to an invoice, which is open again; return the invoice."""
        at = self._account.now() if at is None else at
        bill = self._account.held("invoices", invoice_id)
        for each in self._account.store.invoice_payments.where("invoice", invoice_id):
            if each["status"] == "paid" and payment_id in each["payment"].values():
                if bill["status"] not in (*PAYABLE, "paid") or bill["amount_overpaid"]:
                    break
                invoice_life.take_back(bill, each["amount_paid"])
                payments.cancel(each, at)
                return self._account.changed("invoices", bill, "invoice.updated")
        raise StripeRefusalError(400, "This payment is not one that can be taken off this invoice.")

    def cancel_open(self, invoice_id: str, at: int) -> None:
        """Cancel what was to pay an invoice that is void or was paid otherwise."""
        for each in self._account.store.invoice_payments.where("invoice", invoice_id):
            if each["status"] == "open":
                payments.cancel(each, at)

    def _release(self, charge: Object, authorized: int, at: int) -> None:
        """Let a charge be one of which only a part was captured; the rest is a refund."""
        rest = authorized - charge["amount"]
        charge.update(amount=authorized, amount_refunded=rest)
        made = credits_.refund(self._account.new_id("refunds"), at, charge=charge, amount=rest, is_release=True)
        self._account.changed("refunds", made, "refund.created")

    def _payable(self, invoice_id: str, amount: int) -> Object:
        bill = self._account.in_status(invoice_id, *PAYABLE)
        if not 0 < amount <= bill["amount_remaining"]:
            raise StripeRefusalError(400, "The amount is not one that remains to be paid.", param="amount")
        return bill

    def _intent(self, bill: Object, amount: int, intent_id: str | None = None, method: str = "card") -> Object:
        intent = payments.payment_intent(
            intent_id or self._account.new_id("payment_intents"),
            bill["created"],
            amount=amount,
            currency=bill["currency"],
            customer=bill["customer"],
            method=method,
        )
        return self._account.store.payment_intents.add(intent)

    def _default_intent(self, bill: Object) -> Object | None:
        """Return the intent that was opened for an invoice, if it is still to be paid."""
        for each in self._account.store.invoice_payments.where("invoice", bill["id"]):
            if each["is_default"] and each["status"] == "open":
                return self._account.held("payment_intents", each["payment"]["payment_intent"])
        return None

    def _apply_later(self, bill: Object, of: Object, amount: int, *, is_default: bool = False) -> Object:
        at = bill["status_transitions"]["finalized_at"] if is_default else self._account.now()
        made = payments.invoice_payment(
            self._account.new_id("invoice_payments"),
            at or bill["created"],
            invoice=bill["id"],
            currency=bill["currency"],
            amount=amount,
            of=of,
            is_default=is_default,
        )
        return self._account.store.invoice_payments.add(made)

    def _applied(self, bill: Object, of: Object, amount: int, extra: int, at: int) -> None:
        """Apply a payment that succeeded to an invoice."""
        known = self._account.store.invoice_payments.where("invoice", bill["id"])
        application = next(
            (each for each in known if each["status"] == "open" and of["id"] in each["payment"].values()), None
        )
        if application is None:
            application = self._apply_later(bill, of, amount + extra)
        payments.apply(application, amount + (extra if self.overpaid == "counted" else 0), at)
        self._account.event("invoice_payment.paid", application)
        self._counted(bill, amount, extra, at)

    def _counted(self, bill: Object, amount: int, extra: int, at: int) -> Object:
        """Count what was paid; what is too much is the customer's."""
        invoice_life.pay(bill, amount, at)
        if extra:
            bill["amount_overpaid"] += extra
            bill["amount_paid"] += extra if self.overpaid == "counted" else 0
            self._account.add_to_balance(bill["customer"], bill["currency"], -extra)
        if bill["status"] == "paid":
            self.cancel_open(bill["id"], at)
        return self._account.changed(
            "invoices", bill, "invoice.paid" if bill["status"] == "paid" else "invoice.updated"
        )

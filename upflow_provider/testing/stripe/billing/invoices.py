"""
What happens to the invoices of an account, from the draft to the end.

The object itself is made by `objects.invoices` and changed by `invoice_life`; here are customers, payments and events.
"""

from typing import Any

from upflow_provider.testing.stripe.billing import invoice_life
from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.billing.payments import PAYABLE, Payments
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, missing
from upflow_provider.testing.stripe.objects import invoices
from upflow_provider.testing.stripe.objects.object import Object, deleted


class Invoices:
    """
    Makes, finalizes, voids and gives up invoices as Stripe does; each change leaves its events.

    Args:
        account: Whose invoices.
        payments: Pays them.
    """

    def __init__(self, account: Account, payments: Payments) -> None:
        self._account, self._payments = account, payments

    def create(self, customer: str | None, total: int, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Create a draft of *total* minor units, ``tax`` of which is tax, for a customer that exists, or None."""
        if customer is not None and customer not in self._account.store.customers:
            raise missing("customers", customer, "customer", 400)
        invoice_id = fields.pop("id", None) or self._account.new_id("invoices")
        created = fields.pop("created", self._account.now())
        if customer is not None:
            fields = {"test_clock": self._account.store.customers.shown(customer).get("test_clock"), **fields}
        made = invoices.invoice(invoice_id, created, customer=customer, total=total, **fields)
        return self._account.changed("invoices", made, "invoice.created")

    def finalize(self, invoice_id: str, *, number: str | None = None, at: int | None = None) -> Object:
        """Make a draft an open invoice, or a paid one when nothing is to be paid; settles the customer's balance."""
        account, draft = self._account, self._account.in_status(invoice_id, "draft")
        customers, owner = account.store.customers, draft["customer"]
        buyer = customers.shown(owner) if owner in customers else None
        at = draft["created"] if at is None else at
        balance = account.store.balances[owner, draft["currency"]] if owner else 0
        minimum = account.minimum_charge if draft["collection_method"] == "charge_automatically" else 0
        number = number or f"F-{account.number()}"
        after = invoice_life.finalize(draft, number=number, at=at, buyer=buyer, balance=balance, minimum=minimum)
        account.add_to_balance(owner, draft["currency"], after - balance)
        self._payments.expect(draft)
        account.changed("invoices", draft, "invoice.finalized")
        return account.changed("invoices", draft, "invoice.paid") if draft["status"] == "paid" else draft

    def pay(self, invoice_id: str, amount: int | None = None, *, at: int | None = None) -> Object:
        """Pay an open or uncollectible invoice by card, in full or in part (minor units)."""
        invoice = self._account.in_status(invoice_id, *PAYABLE)
        self._payments.pay({invoice_id: invoice["amount_remaining"] if amount is None else amount}, at=at)
        return invoice

    def void(self, invoice_id: str, *, at: int | None = None) -> Object:
        """Void an open or uncollectible invoice."""
        invoice = self._account.in_status(invoice_id, *PAYABLE)
        if invoice["amount_paid"]:
            raise StripeRefusalError(400, "An invoice that is partly paid cannot be voided.")
        at = self._account.now() if at is None else at
        invoice_life.settle(invoice, "void", at)
        self._payments.cancel_open(invoice_id, at)
        before, after = invoice["starting_balance"] or 0, invoice["ending_balance"] or 0
        self._account.add_to_balance(invoice["customer"], invoice["currency"], before - after)
        return self._account.changed("invoices", invoice, "invoice.voided")

    def void_paid(self, invoice_id: str, *, at: int | None = None) -> Object:
        """Void an invoice that was paid: it counts nothing as paid any more, but its applications stay ``paid``."""
        invoice = self._account.in_status(invoice_id, "paid")
        at = self._account.now() if at is None else at
        invoice_life.take_back(invoice, invoice["amount_paid"])
        invoice_life.settle(invoice, "void", at)
        return self._account.changed("invoices", invoice, "invoice.voided")

    def mark_uncollectible(self, invoice_id: str, *, at: int | None = None) -> Object:
        """Give up on an open invoice."""
        invoice = self._account.in_status(invoice_id, "open")
        invoice_life.settle(invoice, "uncollectible", self._account.now() if at is None else at)
        return self._account.changed("invoices", invoice, "invoice.marked_uncollectible")

    def update(self, invoice_id: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Change attributes of an invoice."""
        if fixed := fields.keys() & {"created", "status"}:
            raise ValueError(f"an invoice's {', '.join(sorted(fixed))} cannot be updated")
        invoice = invoices.change(self._account.held("invoices", invoice_id), fields)
        return self._account.changed("invoices", invoice, "invoice.updated")

    def delete(self, invoice_id: str) -> None:
        """Delete a draft; finalized invoices cannot be deleted."""
        draft = self._account.in_status(invoice_id, "draft")
        self._account.store.invoices.remove(invoice_id, deleted(draft))
        self._account.event("invoice.deleted", draft)

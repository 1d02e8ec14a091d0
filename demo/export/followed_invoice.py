"""The money of one customer, followed through all three systems while the demonstration changes it in Stripe."""

from __future__ import annotations

from dataclasses import dataclass

from demo.export.account_values import ON_ACCOUNTS, in_upflow, on_accounts
from demo.screen import Screen
from demo.totals import in_upflows_units, money
from demo.vendors import Salesforce, Stripe, Upflow

HEADINGS = ("when", "Stripe:\ninvoice", "Upflow:\ninvoice", "Upflow:\ncustomer", "Salesforce:\nAccount")


@dataclass(frozen=True, slots=True)
class UnpaidInvoice:
    """
    An open invoice on which nothing has been paid.

    Attributes:
        id: Its id in Stripe.
        number: The number that people know it by.
        customer: The customer's id in Stripe.
        name: The customer's name.
        currency: ISO 4217.
        remaining: What remains to be paid, in Upflow's minor units.
    """

    id: str
    number: str
    customer: str
    name: str
    currency: str
    remaining: int

    def __str__(self) -> str:
        """Name the invoice and its amount, as people do."""
        return f"invoice {self.number} of {self.name} ({money(self.remaining, self.currency)})"


def unpaid_invoices(stripe: Stripe, upflow: Upflow) -> list[UnpaidInvoice]:
    """
    Return an unpaid invoice of each customer that has one; first those of customers who owe more than that.

    Only invoices in the customer's currency count, because Upflow adds up what a customer owes in that one only.
    """
    customers = {each["externalId"]: each for each in upflow.records("customers")}
    found: dict[str, UnpaidInvoice] = {}
    for each in stripe.records("invoices"):
        customer, currency = customers.get(each["customer"]), each["currency"].upper()
        if each["status"] == "open" and not each["amount_paid"] and customer and customer["currency"] == currency:
            remaining = in_upflows_units(each["amount_remaining"], currency)
            invoice = UnpaidInvoice(each["id"], each["number"], each["customer"], customer["name"], currency, remaining)
            found.setdefault(invoice.customer, invoice)
    return sorted(found.values(), key=lambda invoice: customers[invoice.customer]["balance"] <= invoice.remaining)


class FollowedInvoice:
    """
    What remains of one invoice, and what its customer owes, as each system tells it at several moments.

    Args:
        invoice: The invoice.
        stripe: Where it comes from.
        upflow: Where it is loaded.
        salesforce: Where its customer has an Account.
    """

    def __init__(self, invoice: UnpaidInvoice, stripe: Stripe, upflow: Upflow, salesforce: Salesforce) -> None:
        self._invoice, self._stripe, self._upflow, self._salesforce = invoice, stripe, upflow, salesforce
        self._rows: list[tuple[str, ...]] = []

    def note(self, moment: str) -> None:
        """Ask all three systems, and keep what they tell under the name of a moment."""
        invoice, currency = self._invoice, self._invoice.currency
        remaining = self._stripe.get(f"/v1/invoices/{invoice.id}")["amount_remaining"]
        [imported] = [each for each in self._upflow.records("invoices") if each["externalId"] == invoice.id]
        owed = in_upflow(self._upflow.records("customers"))[invoice.customer].amounts["outstanding"]
        shown = on_accounts(self._salesforce.accounts(*ON_ACCOUNTS))[invoice.customer].amounts["outstanding"]
        amounts = (in_upflows_units(remaining, currency), imported["amountOutstanding"], owed, shown)
        told = (money(None if amount is None else int(amount), currency) or "nothing yet" for amount in amounts)
        self._rows.append((moment, *told))

    def show(self, screen: Screen) -> None:
        """Print what was kept, a moment a row."""
        invoice = self._invoice
        screen.table(f"The money of {invoice.name}: invoice {invoice.number}", HEADINGS, self._rows)

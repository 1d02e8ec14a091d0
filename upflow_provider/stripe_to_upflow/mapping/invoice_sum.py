"""
The sum of an invoice, whose result must be the same in Upflow as in Stripe.

    gross - credit notes - customer's balance - payments - paid without a record - written off = outstanding

Stripe's side (https://docs.stripe.com/api/invoices/object): ``amount_remaining = amount_due -
amount_paid``; the amount due is the total minus credit notes before payment, minus the credit (or plus the debt) in
the customer's balance. In Upflow the outstanding amount cannot exceed an invoice's gross amount, so a debt that Stripe
adds to an invoice is added to its gross amount. If an invoice is too small to be charged, its amount due is 0 and its
total is added to the customer's balance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upflow_provider.records.money import Units


@dataclass(frozen=True, slots=True)
class InvoiceSum:
    """
    One invoice's amounts, in Upflow's minor units.

    Attributes:
        total: Stripe's total; below zero for an invoice that credits.
        gross: Gross amount for Upflow.
        net: Net amount for Upflow.
        credited: Reduction by credit notes before payment; the credit notes are linked themselves.
        balance: Amount settled by the customer's balance in Stripe, or added to it as too small to be charged.
        applied: Amount settled by its payments; the payments are linked themselves.
        unexplained: Amount paid without a payment that is a record.
        written_off: Amount that remains of an uncollectible invoice.
        voided: Amount by which a void invoice has to be reduced to zero.
        outstanding: Outstanding amount that Upflow must show in the end.
        is_credit: Whether it is negative and nothing is due.
    """

    total: int
    gross: int
    net: int
    credited: int
    balance: int
    applied: int
    unexplained: int
    written_off: int
    voided: int
    outstanding: int
    is_credit: bool

    @classmethod
    def from_invoice(cls, invoice: Mapping[str, Any], units: Units) -> InvoiceSum:
        """
        Compute the sum of a finalized Stripe invoice with all of its ``payments``.

        Raises:
            MappingError: An amount is no whole number in Upflow's units.
        """
        total, due, remaining = (
            units(invoice["total"]),
            units(invoice["amount_due"]),
            units(invoice["amount_remaining"]),
        )
        credited = units(invoice["pre_payment_credit_notes_amount"])
        balance = total - credited - due
        added_debt = max(-balance, 0)
        paid = due - remaining
        paid_by_payments = sum(
            units(each["amount_paid"]) for each in invoice["payments"]["data"] if each["status"] == "paid"
        )
        applied = min(paid_by_payments, paid)
        is_credit = total < 0 and due == 0
        is_void, is_uncollectible = invoice["status"] == "void", invoice["status"] == "uncollectible"
        return cls(
            total=total,
            gross=total + added_debt,
            net=_net(invoice, units) + (0 if is_credit else added_debt),
            credited=credited,
            balance=0 if is_void else max(balance, 0),
            applied=applied,
            unexplained=paid - applied,
            written_off=remaining if is_uncollectible else 0,
            voided=total + added_debt - credited - applied if is_void else 0,
            outstanding=0 if is_void or is_uncollectible else remaining,
            is_credit=is_credit,
        )

    def __str__(self) -> str:
        """Return the sum in words, in Upflow's minor units."""
        parts = (
            (self.credited, "credit notes"),
            (self.balance, "customer balance"),
            (self.applied, "payments"),
            (self.unexplained, "paid outside of Stripe"),
            (self.written_off, "written off"),
            (self.voided, "voided"),
        )
        minus = "".join(f" - {amount} {name}" for amount, name in parts if amount)
        return f"gross {self.gross}{minus} = {self.outstanding}"


def _net(invoice: Mapping[str, Any], units: Units) -> int:
    """Return the total without tax."""
    net: int | None = invoice["total_excluding_tax"]
    if net is not None:
        return units(net)
    return units(invoice["total"]) - sum(units(tax["amount"]) for tax in invoice["total_taxes"] or ())

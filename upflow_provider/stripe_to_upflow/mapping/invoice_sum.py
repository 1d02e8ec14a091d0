"""
The sum of an invoice, whose result must be the same in Upflow as in Stripe.

    gross - credit notes - customer's balance - payments - portal payments - paid without a record - written off
        = outstanding

Stripe's side (https://docs.stripe.com/api/invoices/object): ``amount_remaining = amount_due -
amount_paid``; the amount due is the total minus credit notes before payment, minus the credit (or plus the debt) in
the customer's balance. In Upflow the outstanding amount cannot exceed an invoice's gross amount, so a debt that Stripe
adds to an invoice is added to its gross amount. If an invoice is too small to be charged, its amount due is 0 and its
total is added to the customer's balance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from upflow_provider.errors import MappingError
from upflow_provider.records.text import entries_in
from upflow_provider.stripe_to_upflow.mapping.applications import applied_amounts
from upflow_provider.stripe_to_upflow.mapping.portal import portal_money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upflow_provider.records.money import Units

NET_UNUSABLE = "the net amount is unusable; the gross amount is used instead"
"""The note on a document whose net amount Stripe does not show as a whole number in Upflow's units."""


class InvoiceSum(NamedTuple):
    """
    One invoice's amounts, in Upflow's minor units.

    Attributes:
        total: Stripe's total; below zero for an invoice that credits.
        gross: Gross amount for Upflow.
        net: Net amount for Upflow.
        is_net_known: Whether Stripe's net amount is usable; otherwise the gross amount stands for it.
        credited: Reduction by credit notes before payment, or in place of a portal payment that was refunded; the
            credit notes are linked themselves.
        balance: Amount settled by the customer's balance in Stripe, or added to it as too small to be charged.
        applied: Amount settled by its payments; the payments are linked themselves.
        portal: Amount settled by portal payments, which Upflow has by itself.
        unexplained: Amount paid without a payment that is a record, in Stripe or in Upflow.
        written_off: Amount that remains of an uncollectible invoice.
        voided: Amount by which a void invoice has to be reduced to zero.
        outstanding: Outstanding amount that Upflow must show in the end.
        is_credit: Whether it is negative and nothing is due.
    """

    total: int
    gross: int
    net: int
    is_net_known: bool
    credited: int
    balance: int
    applied: int
    portal: int
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
            MappingError: An amount or the payments are missing, or an amount is not a whole number in Upflow's units.
        """
        total, due, remaining = (units.of(invoice, name) for name in ("total", "amount_due", "amount_remaining"))
        credited = units.of(invoice, "pre_payment_credit_notes_amount", absent=0)
        balance = total - credited - due
        added_debt = max(-balance, 0)
        if not isinstance(invoice.get("payments"), dict):
            raise MappingError(invoice["id"], "payments")
        applications = entries_in(invoice["payments"])
        amounts = applied_amounts(invoice, applications, units)
        paid = max(due - remaining, 0)
        portal = portal_money(invoice, applications, amounts, paid, units)
        applied, credited = sum(amounts.values()) - portal.recorded, credited + portal.credited
        net = net_amount(invoice, units)
        is_credit = total < 0 and due == 0
        is_void, is_uncollectible = invoice.get("status") == "void", invoice.get("status") == "uncollectible"
        written_off = max(remaining - max(portal.unknown_to_stripe, 0), 0) if is_uncollectible else 0
        return cls(
            total=total,
            gross=total + added_debt,
            net=(total if net is None else net) + (0 if is_credit else added_debt),
            is_net_known=net is not None,
            credited=credited,
            balance=0 if is_void else max(balance, 0),
            applied=applied,
            portal=portal.linked,
            unexplained=paid - applied - portal.recorded - portal.out_of_band,
            written_off=written_off,
            voided=max(total + added_debt - credited - applied - portal.linked, 0) if is_void else 0,
            outstanding=0 if is_void else max(remaining - written_off - portal.unknown_to_stripe, 0),
            is_credit=is_credit,
        )

    def __str__(self) -> str:
        """Return the sum in words, in Upflow's minor units."""
        parts = (
            (self.credited, "credit notes"),
            (self.balance, "customer balance"),
            (self.applied, "payments"),
            (self.portal, "paid in Upflow's portal"),
            (self.unexplained, "paid outside of Stripe"),
            (self.written_off, "written off"),
            (self.voided, "voided"),
        )
        minus = "".join(f" - {amount} {name}" for amount, name in parts if amount)
        return f"gross {self.gross}{minus} = {self.outstanding}"


def net_amount(document: Mapping[str, Any], units: Units) -> int | None:
    """
    Return the total of an invoice or a credit note without tax, in Upflow's minor units.

    It never keeps a document out: ``None`` if Stripe's amounts are unusable, or not whole numbers in Upflow's units.
    """
    try:
        if document.get("total_excluding_tax") is not None:
            return units.of(document, "total_excluding_tax")
        taxes = entries_in(document.get("total_taxes"))
        return units.of(document, "total") - sum(units.of(tax, "amount") for tax in taxes)
    except MappingError:
        return None

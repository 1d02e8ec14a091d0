"""What portal payments, which Upflow took itself, settle of an invoice: in Upflow, and as Stripe shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from upflow_provider.records.text import entries_in, mapping_in
from upflow_provider.stripe_to_upflow.mapping.applications import amount_paid, applied_amounts, payment_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from upflow_provider.records.money import Units

REASON = "paid in Upflow's portal: Upflow has the payment itself"
"""Why a payment that was written back, or its refund, is not imported."""


class PortalMoney(NamedTuple):
    """
    What portal payments settle of an invoice, in Upflow's minor units.

    Attributes:
        linked: What is linked to it in Upflow.
        recorded: What Stripe shows of it as payments.
        out_of_band: What Stripe shows of it as paid without a payment, as far as anybody knows.
        credited: What credit notes in Stripe gave back of it, as far as that was refunded in Upflow: they settle the
            invoice there in place of the payment.
    """

    linked: int = 0
    recorded: int = 0
    out_of_band: int = 0
    credited: int = 0

    @property
    def given_back(self) -> int:
        """What Stripe shows and Upflow has not any more, because it was refunded there."""
        return max(self.recorded + self.out_of_band - self.linked, 0)

    @property
    def unknown_to_stripe(self) -> int:
        """What Upflow has and Stripe does not show; below zero if it was given back in Upflow, and Stripe shows it."""
        return self.linked + self.credited - self.recorded - self.out_of_band


def portal_money(
    invoice: Mapping[str, Any],
    applications: Iterable[Mapping[str, Any]],
    applied: Mapping[str, int],
    paid: int,
    units: Units,
) -> PortalMoney:
    """
    Return what portal payments settle of an invoice.

    What is paid without a payment counts as theirs as far as it was written back, or is linked in Upflow already: then
    somebody has marked the invoice as paid because of them.

    Args:
        invoice: The invoice, with ``portal`` if portal payments settle anything of it: ``linked`` in Upflow's minor
            units, ``out_of_band`` as written back, in Stripe's, ``payments``, their ids in Stripe, and ``credited``,
            what credit notes can cover.
        applications: Its applications.
        applied: What each settled, by the application's id, in Upflow's minor units.
        paid: What is paid of it in all, in Upflow's minor units.
        units: Converts amounts.
    """
    portal = mapping_in(invoice.get("portal"))
    if not portal:
        return PortalMoney()
    ours = {each["id"] for each in applications if each["id"] in applied and payment_id(each) in portal["payments"]}
    recorded = sum(applied[each] for each in ours)
    written, unexplained = units(portal["out_of_band"]), max(paid - sum(applied.values()), 0)
    out_of_band = min(unexplained, max(written, portal["linked"] - recorded, 0))
    money = PortalMoney(portal["linked"], recorded, out_of_band)
    return money._replace(credited=min(money.given_back, sum(units(each.amount) for each in portal["credited"])))


def portal_share(note: Mapping[str, Any], units: Units) -> tuple[int, int]:
    """
    Return how much of a credit note settles its invoice in place of a portal payment that was refunded in Upflow.

    The oldest credit note comes first.

    Args:
        note: The credit note, with ``portal_invoice``, its invoice, if portal payments settle anything of that.
        units: Converts amounts.

    Returns:
        The amount in Upflow's minor units, and how much of it was given back by refunds that Upflow has by itself.
    """
    invoice = mapping_in(note.get("portal_invoice"))
    if not invoice:
        return 0, 0
    applications = entries_in(invoice["payments"])
    applied = applied_amounts(invoice, applications, units)
    left = portal_money(invoice, applications, applied, amount_paid(invoice, units) or 0, units).credited
    for each in invoice["portal"]["credited"]:
        share = min(left, units(each.amount))
        if each.note_id == note["id"]:
            return share, min(share, units(each.refunded))
        left -= share
    return 0, 0

"""
Money that Upflow took itself, on records of Stripe's: it is in Upflow already, and must not come back.

Records get what the mappings need to know of it after they were read. What is written back is in the ledger before
Stripe can show anything of it, so that the ledger knows whatever a record shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from upflow_provider.records.page import Record
from upflow_provider.records.portal_tag import is_tagged
from upflow_provider.records.text import id_in


class Settlements(Protocol):
    """The part of the ledger's settlements that is used here: what payments settle that Upflow took itself."""

    def of_invoices(self, invoice_ids: Iterable[str]) -> Mapping[str, Sequence[Any]]:
        """Return the settlements of some invoices, by invoice."""

    def known_payments(self, stripe_ids: Iterable[str]) -> set[str]:
        """Return those of some payments in Stripe whose money Upflow took itself."""


PortalMoney = Callable[[Settlements, Sequence[Record]], Sequence[Record]]
"""Returns complete records of a stream with what the mapping has to know of money that Upflow took itself."""


def without_portal_money(settlements: Settlements, records: Sequence[Record]) -> Sequence[Record]:  # noqa: ARG001 - as all of them
    """Return records as they are: money that Upflow took itself does not concern them."""
    return records


def on_invoices(settlements: Settlements, invoices: Sequence[Record]) -> Sequence[Record]:
    """Return invoices, those that portal payments settle with ``portal``; see `mapping.portal`."""
    known = settlements.of_invoices(each["id"] for each in invoices)
    return [{**each, "portal": _of_invoice(known[each["id"]])} if each["id"] in known else each for each in invoices]


def _of_invoice(settlements: Sequence[Any]) -> dict[str, Any]:
    return {
        "linked": sum(each.linked for each in settlements),
        "out_of_band": sum(each.amount or 0 for each in settlements if each.method == "out_of_band"),
        "payments": [found for each in settlements for found in (each.record_id, each.gateway_id) if found],
    }


def on_payments(settlements: Settlements, payments: Sequence[Record]) -> Sequence[Record]:
    """Return payments, those that record a payment of Upflow's with ``is_portal``."""
    known = settlements.known_payments(each["id"] for each in payments)
    return [
        {**each, "is_portal": True} if each["id"] in known or is_tagged(each.get("payment")) else each
        for each in payments
    ]


def on_refunds(settlements: Settlements, refunds: Sequence[Record]) -> Sequence[Record]:
    """Return refunds, those of a payment that Upflow took itself, and refunds itself, with ``is_portal``."""
    paid_by = {each["id"]: {id_in(each.get("payment_intent")), id_in(each.get("charge"))} for each in refunds}
    known = settlements.known_payments({each for ids in paid_by.values() for each in ids if each})
    return [{**each, "is_portal": True} if paid_by[each["id"]] & known else each for each in refunds]

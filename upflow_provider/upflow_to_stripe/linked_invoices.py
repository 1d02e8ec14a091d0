"""Which invoices one of Upflow's payments is linked to, as far as its links can be read. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from upflow_provider.records.money import is_amount
from upflow_provider.records.text import mapping_in

SENDABLE = re.compile(r"[!-~]{1,100}")
"""Ids that an idempotency key may contain, which is a header of a request."""
LINKED_MAX = 10**12
"""More than any payment, in minor units."""


@dataclass(slots=True)
class LinkedInvoices:
    """
    What a payment is linked to.

    Attributes:
        amounts: What is linked to invoices of Stripe's, in Upflow's minor units, by the invoice's id in Stripe.
        problem: Why that is not all that is known; ``None`` if it is. Then nothing can be said of other invoices.
    """

    amounts: dict[str, int] = field(default_factory=dict)
    problem: str | None = None


def linked_invoices(payment: Mapping[str, Any]) -> LinkedInvoices:
    """
    Return what a payment is linked to.

    Links that are absent, or of an unexpected form, are not known; an empty list says that there are none. Invoices
    without an external id did not come from Stripe.

    Args:
        payment: Payment as Upflow lists it.
    """
    found, links = LinkedInvoices(), payment.get("linkedInvoices")
    if not isinstance(links, list):
        found.problem = "linkedInvoices is no list"
        return found
    for each in links:
        found.problem = _add(found.amounts, mapping_in(each)) or found.problem
    return found


def _add(amounts: dict[str, int], link: Mapping[str, Any]) -> str | None:
    """Add what a link says; return what is wrong about it."""
    if not isinstance(link.get("invoice"), dict):
        return "linkedInvoices.invoice is absent"
    invoice_id, amount = link["invoice"].get("externalId"), link.get("linkedAmount")
    if not invoice_id:
        return None
    if not isinstance(invoice_id, str) or not SENDABLE.fullmatch(invoice_id):
        return "linkedInvoices.invoice.externalId is no id"
    if not is_amount(amount) or not 0 <= amount <= LINKED_MAX:
        return "linkedInvoices.linkedAmount is no amount"
    if amount:
        amounts[invoice_id] = amounts.get(invoice_id, 0) + amount
    return None

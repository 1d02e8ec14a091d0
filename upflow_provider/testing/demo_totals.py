"""What must arrive and what did: counts and sums of both sides, as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, get_currency_precision

Record = Mapping[str, Any]

SENT_AS_HUNDREDTHS = {"ISK", "UGX"}
"""Have no minor unit, but Stripe's API has one: https://docs.stripe.com/currencies#special-cases."""


@dataclass(frozen=True, slots=True)
class Total:
    """
    Records of one kind.

    Attributes:
        count: How many.
        amount: Sum of their gross amounts in minor units; ``None`` for records without an amount.
    """

    count: int = 0
    amount: int | None = None


Totals = dict[tuple[str, str], Total]
"""By stream and currency (ISO 4217); the currency is empty for records without an amount."""


def expected(customers: Iterable[Record], invoices: Iterable[Record]) -> Totals:
    """
    Return what must arrive of Stripe's records: every invoice but drafts, and every customer.

    A customer that was deleted in Stripe is listed no more, but arrives if it has such an invoice.
    """
    finalized = [invoice for invoice in invoices if invoice["status"] != "draft"]
    customer_ids = {customer["id"] for customer in customers} | {invoice["customer"] for invoice in finalized}
    return {("customers", ""): Total(len(customer_ids))} | _invoices(finalized, "total")


def arrived(customers: Iterable[Record], invoices: Iterable[Record]) -> Totals:
    """Return what Upflow holds, as its own API lists it."""
    return {("customers", ""): Total(len(list(customers)))} | _invoices(invoices, "grossAmount")


def _invoices(invoices: Iterable[Record], amount_key: str) -> Totals:
    amounts: dict[str, list[int]] = defaultdict(list)
    for invoice in invoices:
        amounts[invoice["currency"].upper()].append(invoice[amount_key])
    return {("invoices", currency): Total(len(of), sum(of)) for currency, of in sorted(amounts.items())}


def money(amount: int | None, currency: str) -> str:
    """Return an amount in Stripe's minor units as people write it."""
    if amount is None:
        return ""
    digits = 2 if currency in SENT_AS_HUNDREDTHS else get_currency_precision(currency)
    major = Decimal(amount).scaleb(-digits)
    return format_currency(major, currency, format="#,##0.00 ¤¤", locale="en")

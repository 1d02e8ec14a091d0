"""What must arrive and what has arrived: counts and sums of both sides, as values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_currency, get_currency_precision

Record = Mapping[str, Any]

SENT_AS_HUNDREDTHS = {"ISK", "UGX"}
"""Currencies without a minor unit, which Stripe's API gives one: https://docs.stripe.com/currencies#special-cases."""
FROM_STRIPE = ("customers", "invoices", "credit_notes", "invoice_payments", "refunds")
"""Stripe's resources to compare."""
INTO_UPFLOW = ("customers", "invoices", "credit_notes", "payments", "refunds")
"""Upflow's collections to compare."""
OWED_BY_NOBODY = {"void", "uncollectible", "draft"}


@dataclass(frozen=True, slots=True)
class Total:
    """
    Records of one kind.

    Attributes:
        count: How many.
        amount: Sum of their gross amounts in Upflow's minor units; ``None`` for records without an amount.
    """

    count: int = 0
    amount: int | None = None


Totals = dict[tuple[str, str], Total]
"""Totals by kind of record and currency (ISO 4217); the currency is empty for records without an amount."""


def expected(records: Mapping[str, Iterable[Record]]) -> Totals:
    """
    Return what must arrive in Upflow, and what must be outstanding there.

    Every customer arrives, and every invoice that is not a draft. Stripe no longer lists a deleted customer, but the
    customer arrives if it has such an invoice. A payment counts with the sum of what it pays on invoices.

    Args:
        records: Stripe's records by resource, each of `FROM_STRIPE`.
    """
    finalized = [invoice for invoice in records["invoices"] if invoice["status"] != "draft"]
    customers = {each["id"] for each in records["customers"]} | {invoice["customer"] for invoice in finalized}
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for each in records["invoice_payments"]:
        if each["status"] == "paid":
            paid[each["payment"][each["payment"]["type"]], each["currency"]] += each["amount_paid"]
    remaining = [
        (invoice["currency"], 0 if invoice["status"] in OWED_BY_NOBODY else invoice["amount_remaining"])
        for invoice in finalized
    ]
    return {
        ("customers", ""): Total(len(customers)),
        **_totals("invoices", ((each["currency"], each["total"]) for each in finalized)),
        **_totals("credit notes", ((each["currency"], each["total"]) for each in records["credit_notes"])),
        **_totals("payments", ((currency, amount) for (_, currency), amount in paid.items())),
        **_totals("refunds", ((each["currency"], each["amount"]) for each in records["refunds"])),
        **_totals("outstanding", ((currency, amount) for currency, amount in remaining if amount)),
    }


def arrived(records: Mapping[str, Iterable[Record]]) -> Totals:
    """
    Return what Upflow holds, as its API lists it, and what is outstanding there.

    Balancing documents, which have a colon in their external id, do not count: Stripe has no record of them.

    Args:
        records: Upflow's records by collection, each of `INTO_UPFLOW`.
    """
    totals: Totals = {("customers", ""): Total(len(list(records["customers"])))}
    invoices = list(records["invoices"])
    for collection in INTO_UPFLOW[1:]:
        theirs = invoices if collection == "invoices" else records[collection]
        ours = (each for each in theirs if ":" not in each["externalId"])
        key = "amount" if collection in {"payments", "refunds"} else "grossAmount"
        name = collection.replace("_", " ")
        totals |= _totals(name, ((each["currency"], each[key]) for each in ours), in_upflow=True)
    owed = ((each["currency"], each["amountOutstanding"]) for each in invoices if each["amountOutstanding"])
    return totals | _totals("outstanding", owed, in_upflow=True)


def goals(totals: Totals) -> dict[str, int]:
    """Return how many customers and invoices must arrive, in all currencies."""
    return {
        stream: sum(total.count for (each, _), total in totals.items() if each == stream)
        for stream in ("customers", "invoices")
    }


def _totals(name: str, amounts: Iterable[tuple[str, int]], *, in_upflow: bool = False) -> Totals:
    by_currency: dict[str, list[int]] = defaultdict(list)
    for currency, amount in amounts:
        by_currency[currency.upper()].append(amount if in_upflow else in_upflows_units(amount, currency))
    return {(name, currency): Total(len(of), sum(of)) for currency, of in sorted(by_currency.items())}


def drafts(records: Mapping[str, Iterable[Record]]) -> int:
    """Return how many of Stripe's invoices are drafts, which wait in Stripe until they are finalized."""
    return sum(invoice["status"] == "draft" for invoice in records["invoices"])


def in_upflows_units(amount: int, currency: str) -> int:
    """Return an amount of Stripe's, in Upflow's minor units."""
    return amount // 100 if currency.upper() in SENT_AS_HUNDREDTHS else amount


def money(amount: int | None, currency: str, *, code: bool = True) -> str:
    """Return an amount in Upflow's minor units as text, with the code of its currency unless that is left out."""
    if amount is None:
        return ""
    major = Decimal(amount).scaleb(-get_currency_precision(currency))
    return format_currency(major, currency, format="#,##0.00 ¤¤" if code else "#,##0.00", locale="en")

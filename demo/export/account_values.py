"""What Upflow knows about customers and what their Accounts show, as values that can be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import get_currency_precision

from demo.totals import Record, Total, Totals, money
from upflow_provider.testing.seed.salesforce_accounts import CURRENCY, KEY, field_of

AMOUNTS = {
    "outstanding": ("balance", field_of("outstanding")),
    "overdue": ("amountOverdue", field_of("overdue")),
    "due": ("amountDue", field_of("due")),
}
"""Amounts to compare: property of a customer in Upflow, and field of its Account."""
COUNTS = {
    "overdue invoices": ("countInvoicesOverdue", field_of("overdue_count")),
    "due invoices": ("countInvoicesDue", field_of("due_count")),
}
"""Numbers of invoices to compare."""
WORKED_OUT = {
    "average payment delay": field_of("average_payment_delay"),
    "rating": field_of("rating"),
    "payment method": field_of("payment_method"),
    "last payment": field_of("payment_method_status"),
}
"""Fields that the export calculates, because Upflow's API does not have them."""
PAGE, PORTAL = field_of("details_url"), field_of("portal_url")
"""Fields for links: to the customer's page in Upflow, and to the customer's portal."""
ON_ACCOUNTS = (
    "Id",
    "Name",
    KEY,
    CURRENCY,
    *(field for _, field in (AMOUNTS | COUNTS).values()),
    *WORKED_OUT.values(),
    PAGE,
    PORTAL,
)
"""Fields of Account to read."""


class Shown(NamedTuple):
    """
    What one customer owes.

    Attributes:
        currency: ISO 4217.
        amounts: Each of `AMOUNTS`, in minor units of the currency; ``None`` where the Account has no value.
        counts: Each of `COUNTS`.
        page: URL of the customer's page in Upflow.
    """

    currency: str
    amounts: Mapping[str, Decimal | None]
    counts: Mapping[str, int | None]
    page: str | None


def in_upflow(customers: Iterable[Record]) -> dict[str, Shown]:
    """Return what Upflow knows about customers, from its list of them, by their id in Stripe."""
    return {
        each["externalId"]: Shown(
            each["currency"],
            {name: Decimal(each[key]) for name, (key, _) in AMOUNTS.items()},
            {name: each[key] for name, (key, _) in COUNTS.items()},
            each["directUrl"],
        )
        for each in customers
    }


def on_accounts(accounts: Iterable[Record]) -> dict[str, Shown]:
    """Return what Accounts show, from the records of a query, by the id in Stripe that they hold."""
    return {
        each[KEY]: Shown(
            each[CURRENCY],
            {name: _minor(each[field], each[CURRENCY]) for name, (_, field) in AMOUNTS.items()},
            {name: each[field] for name, (_, field) in COUNTS.items()},
            each[PAGE],
        )
        for each in accounts
    }


def totals(shown: Mapping[str, Shown]) -> Totals:
    """Return how many customers there are, how many owe something, and how much, by currency."""
    owing: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for each in shown.values():
        if amount := each.amounts["outstanding"]:
            owing["outstanding", each.currency].append(amount)
    return {
        ("customers", ""): Total(len(shown)),
        ("overdue invoices", ""): Total(sum(int(each.counts["overdue invoices"] or 0) for each in shown.values())),
        **{key: Total(len(amounts), int(sum(amounts))) for key, amounts in owing.items()},
    }


def example(account: Record, days: float) -> dict[str, str]:
    """
    Return what people see of an Account.

    Args:
        account: The record of a query.
        days: For how many days its link to the portal is valid.
    """
    [shown] = on_accounts([account]).values()
    amounts = {name: money(int(amount or 0), shown.currency) for name, amount in shown.amounts.items()}
    for name in ("overdue", "due"):
        amounts[name] += f", invoices: {shown.counts[f'{name} invoices'] or 0:.0f}"
    worked_out = {name: str(account[field]) for name, field in WORKED_OUT.items() if account[field] is not None}
    if delay := worked_out.get("average payment delay"):
        worked_out["average payment delay"] = f"{delay} days"
    links = {"page in Upflow": str(shown.page), "customer's portal": f"a link, valid for {days:.0f} more days"}
    return {"billing id": account[KEY], **amounts, **worked_out, **links}


def _minor(major: float | None, currency: str) -> Decimal | None:
    return None if major is None else Decimal(repr(major)).scaleb(get_currency_precision(currency))

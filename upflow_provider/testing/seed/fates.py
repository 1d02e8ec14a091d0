"""What becomes of a seeded invoice, decided by a few dice, and what that leaves on it."""

import random
from dataclasses import dataclass
from typing import Literal

from upflow_provider.testing.stripe.billing.invoice_life import credit, finalize, pay, settle
from upflow_provider.testing.stripe.objects.object import Object

DAY_S = 86_400
HOUR_S = 3_600
UNITS = {"kwd": 10, "isk": 100}
"""What amounts are multiples of, in minor units (https://docs.stripe.com/currencies#special-cases)."""
DRAFT, VOID, UNCOLLECTIBLE, OPEN = 0.03, 0.05, 0.07, 0.30
"""Upper bounds of the dice below which an invoice has that status; paid above them."""
FREE, PARTLY, CREDITED, REFUNDED = 0.01, 0.10, 0.03, 0.01
"""Shares: of nothing; of open ones, partly paid; with a credit note; refunded without one."""
BY_RECORD, BY_WORD = 0.05, 0.02
"""Shares of paid ones: paid outside of Stripe with a record, and without."""
METHODS = ("card", "card", "card", "sepa_debit", "us_bank_account", "customer_balance")


@dataclass(frozen=True, slots=True)
class Fate:
    """
    What becomes of an invoice.

    Attributes:
        status: Its status in the end.
        is_free: Whether its total is 0.
        paid_by: What pays it, wholly or in part; ``word`` leaves no payment.
        method: Payment method of an intent.
        is_credited: Whether it is credited in part: before payment if it is open, and refunded if it is paid.
        is_refunded: Whether a part is refunded without a credit note.
    """

    status: Literal["draft", "void", "uncollectible", "open", "paid"]
    is_free: bool
    paid_by: Literal["payment_intent", "payment_record", "word"] | None
    method: str
    is_credited: bool
    is_refunded: bool

    @classmethod
    def of(cls, dice: random.Random) -> "Fate":
        """Decide."""
        end, free, pays, more = (dice.random() for _ in range(4))
        bounds = ((DRAFT, "draft"), (VOID, "void"), (UNCOLLECTIBLE, "uncollectible"), (OPEN, "open"))
        status = next((name for bound, name in bounds if end < bound), "paid")
        is_free = free < FREE
        paid_by = None
        if status == "paid":
            paid_by = "word" if pays < BY_WORD else "payment_record" if pays < BY_WORD + BY_RECORD else "payment_intent"
        elif status == "open" and pays < PARTLY:
            paid_by = "payment_intent"
        can_be_credited = not is_free and (status == "open" or paid_by == "payment_intent")
        return cls(
            status=status,  # type: ignore[arg-type]
            is_free=is_free,
            paid_by=None if is_free else paid_by,  # type: ignore[arg-type]
            method=dice.choice(METHODS),
            is_credited=can_be_credited and more < CREDITED,
            is_refunded=can_be_credited and status == "paid" and CREDITED <= more < CREDITED + REFUNDED,
        )


def live(made: Object, fate: Fate, buyer: Object) -> None:
    """Lead a draft through its life."""
    created = made["created"]
    if fate.status == "draft":
        return
    finalize(made, number=f"F-{made['id'][-8:]}", at=created + HOUR_S, buyer=buyer)
    if fate.is_free:
        return
    if fate.is_credited and fate.status == "open":
        credit(made, part(made), 0, credited_at(made))
    if fate.status == "paid":
        settle(made, "paid", paid_at(made))
    elif fate.paid_by:
        pay(made, part(made), paid_at(made))
    if fate.status == "void":
        settle(made, "void", created + DAY_S)
    elif fate.status == "uncollectible":
        settle(made, "uncollectible", created + 90 * DAY_S)
    if fate.is_credited and fate.status == "paid":
        credit(made, 0, part(made), credited_at(made))


def part(made: Object) -> int:
    """Return a tenth of an invoice's total, in whole units of its currency."""
    unit = UNITS.get(made["currency"], 1)
    tenth: int = made["total"] // unit // 10 * unit
    return tenth


def paid_at(made: Object) -> int:
    """Return when an invoice is paid, if it is."""
    at: int = made["created"] + 10 * DAY_S
    return at


def credited_at(made: Object) -> int:
    """Return when an invoice is credited or refunded, if it is."""
    at: int = made["created"] + 20 * DAY_S
    return at

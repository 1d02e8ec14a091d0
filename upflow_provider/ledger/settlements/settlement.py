"""A settlement: what one payment settles of one invoice; and the ledger's table of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from upflow_provider.ledger.tables import UtcDateTime, metadata

State = Literal["listed", "begun", "reported", "written"]
"""
How far a settlement has come: only ``listed`` by Upflow; ``begun``, so that Stripe may have got a request; its payment
record ``reported``, and not attached yet; or ``written``: Stripe shows it on the invoice.
"""
Method = Literal["out_of_band", "record", "intent"]
"""
How Stripe is told: the invoice is paid out of band, a payment record of its own is attached to it, or the PaymentIntent
that took the money in the same account is.
"""

settlements = sa.Table(
    "upflow_settlements",
    metadata,
    sa.Column("organization", sa.Text, primary_key=True),
    sa.Column("payment_id", sa.Text, primary_key=True),
    sa.Column("invoice_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("linked", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("instrument", sa.Text, nullable=False),
    sa.Column("paid_on", sa.Text, nullable=False),
    sa.Column("gateway_id", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("method", sa.Text),
    sa.Column("amount", sa.BigInteger),
    sa.Column("record_id", sa.Text),
    sa.Column("begun_at", UtcDateTime),
    sa.Column("refusals", sa.Integer, nullable=False),
    sa.Column("cause", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("tried_at", UtcDateTime),
    sa.Column("next_attempt_at", UtcDateTime),
    sa.Column("is_done", sa.Boolean, nullable=False),
)
for _name, _column in (("invoice", "invoice_id"), ("record", "record_id"), ("gateway", "gateway_id")):
    sa.Index(f"upflow_settlements_{_name}", settlements.c.organization, settlements.c[_column])


@dataclass(frozen=True, slots=True)
class Settlement:
    """
    What one payment settles of one invoice.

    Attributes:
        payment_id: Upflow's id of the payment.
        invoice_id: Stripe's id of the invoice.
        kind: Kind of payment, such as ``portal``; see `upflow_provider.upflow_to_stripe.payment_kinds`.
        evidence: What the kind is known by.
        linked: How much of the payment is linked to the invoice in Upflow now, in Upflow's minor units.
        currency: ISO 4217 code, capitals.
        instrument: Upflow's instrument, such as ``CARD``.
        paid_on: Day of the payment, ``YYYY-MM-DD``.
        gateway_id: Id of the payment at Stripe as Upflow's gateway; ``None`` if Upflow does not show it.
        state: How far it has come in Stripe.
        method: How Stripe is told; ``None`` until that is decided.
        amount: What Stripe is told, or shows, in Stripe's minor units; ``None`` until it is decided.
        record_id: The payment record or the PaymentIntent in Stripe.
        begun_at: When the first request may have been sent, aware, UTC; its idempotency keys count from then.
        refusals: Requests that Stripe has refused: it keeps such an answer with the request's key, too, so that the
            next request needs another one.
        cause: What is in its way; ``None`` if nothing is.
        error: Details of the cause, without values.
        attempts: Attempts in a row that ended with a cause.
        tried_at: When it was last tried, aware, UTC.
        next_attempt_at: When it is tried again, aware, UTC.
        is_done: Whether nothing is left to do, unless Upflow's list changes.
    """

    payment_id: str
    invoice_id: str
    kind: str
    evidence: str
    linked: int
    currency: str
    instrument: str
    paid_on: str
    gateway_id: str | None = None
    state: State = "listed"
    method: Method | None = None
    amount: int | None = None
    record_id: str | None = None
    begun_at: datetime | None = None
    refusals: int = 0
    cause: str | None = None
    error: str | None = None
    attempts: int = 0
    tried_at: datetime | None = None
    next_attempt_at: datetime | None = None
    is_done: bool = False

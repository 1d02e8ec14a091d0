"""
Settlements: what a payment that Upflow took itself settles of an invoice of Stripe's, and what Stripe knows of it.

A payment over several invoices has a settlement for each. Upflow's list of payments says how much is linked now; how
far its record in Stripe has come is written down here before each step, so that the run after a crash can go on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from upflow_provider.errors import RecordBusyError
from upflow_provider.ledger.tables import UtcDateTime, metadata, records, upsert
from upflow_provider.runs.batches import batches
from upflow_provider.shown_ids import shown_id

BATCH_SIZE = 100
"""Settlements in one statement and one transaction."""

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

LISTED_COLUMNS = ("kind", "evidence", "linked", "currency", "instrument", "paid_on", "gateway_id")
"""Columns that Upflow's list fills; only ``linked`` still follows it once Stripe may have got a request."""


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


_COLUMNS = [settlements.c[field.name] for field in fields(Settlement)]


class Settlements:
    """
    The settlements of one organization.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
    """

    def __init__(self, engine: sa.Engine, organization: str) -> None:
        self._engine, self._organization = engine, organization
        self._is_ours = settlements.c.organization == organization

    def all(self, *, is_done: bool | None = None) -> list[Settlement]:
        """Return the settlements, by payment and invoice; if asked for, only those that are done, or are not."""
        which = () if is_done is None else (settlements.c.is_done.is_(is_done),)
        return self._find(*which)

    def of_invoices(self, invoice_ids: Iterable[str]) -> dict[str, list[Settlement]]:
        """Return the settlements of some invoices, by invoice."""
        found: dict[str, list[Settlement]] = defaultdict(list)
        for ids in batches(invoice_ids, BATCH_SIZE):
            for each in self._find(settlements.c.invoice_id.in_(ids)):
                found[each.invoice_id].append(each)
        return dict(found)

    def known_payments(self, stripe_ids: Iterable[str]) -> set[str]:
        """Return those of some PaymentIntents, charges and payment records whose money Upflow itself took."""
        known: set[str] = set()
        for ids in batches(stripe_ids, BATCH_SIZE):
            for column in (settlements.c.record_id, settlements.c.gateway_id):
                query = sa.select(column).where(self._is_ours, column.in_(ids))
                with self._engine.connect() as connection:
                    known.update(connection.execute(query).scalars())
        return known

    def imported(self, payment_ids: Iterable[str]) -> set[str]:
        """Return those of some payments, by Upflow's id, that were imported from Stripe."""
        found: set[str] = set()
        for ids in batches(payment_ids, BATCH_SIZE):
            query = sa.select(records.c.upflow_id).where(
                records.c.organization == self._organization,
                records.c.stream == "payments",
                records.c.upflow_id.in_(ids),
            )
            with self._engine.connect() as connection:
                found.update(connection.execute(query).scalars())
        return found

    def observe(self, listed: Iterable[Settlement]) -> None:
        """
        Record what Upflow lists; what changed is to be looked at again.

        Args:
            listed: The settlements, of which only what the list shows counts; nothing is linked of one that is gone.
        """
        for batch in batches(listed, BATCH_SIZE):
            insert = upsert(self._engine.dialect.name, settlements).values([self._values(each) for each in batch])
            new, old = insert.excluded, settlements.c
            renewed = {
                name: sa.case((old.state == "listed", new[name]), else_=old[name])
                for name in LISTED_COLUMNS
                if name != "linked"
            }
            changes = [old.linked != new.linked, sa.and_(old.state == "listed", old.kind != new.kind)]
            with self._engine.begin() as connection:
                connection.execute(
                    insert.on_conflict_do_update(
                        index_elements=["organization", "payment_id", "invoice_id"],
                        set_={
                            **renewed,
                            "linked": new.linked,
                            "is_done": sa.and_(old.is_done, ~sa.or_(*changes)),
                            "next_attempt_at": sa.case((sa.or_(*changes), None), else_=old.next_attempt_at),
                        },
                        where=sa.or_(*changes, old.state == "listed"),
                    )
                )

    def save(self, before: Settlement, **changes: Any) -> Settlement:  # noqa: ANN401 - attributes
        """
        Record how far a settlement has come, and return it.

        Args:
            before: The settlement as it was read.
            changes: Attributes, none of which Upflow's list fills.

        Raises:
            RecordBusyError: Another task has changed it meanwhile.
        """
        statement = (
            sa.update(settlements)
            .where(
                self._is_ours,
                settlements.c.payment_id == before.payment_id,
                settlements.c.invoice_id == before.invoice_id,
                settlements.c.state == before.state,
                settlements.c.attempts == before.attempts,
            )
            .values(**changes)
        )
        with self._engine.begin() as connection:
            if not connection.execute(statement).rowcount:
                raise RecordBusyError(f"payment {shown_id(before.payment_id)} is being written by another task")
        return replace(before, **changes)

    def _find(self, *which: sa.ColumnElement[bool]) -> list[Settlement]:
        query = sa.select(*_COLUMNS).where(self._is_ours, *which)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(settlements.c.payment_id, settlements.c.invoice_id)).all()
        return [Settlement(*each) for each in found]

    def _values(self, settlement: Settlement) -> Mapping[str, Any]:
        return {"organization": self._organization, **asdict(settlement)}

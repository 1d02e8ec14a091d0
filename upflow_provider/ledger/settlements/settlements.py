"""
Settlements: what a payment that Upflow took itself settles of an invoice of Stripe's, and what Stripe knows of it.

A payment over several invoices has a settlement for each. Upflow's list of payments says how much is linked now; how
far its record in Stripe has come is written down here before each step, so that the run after a crash can go on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any, Literal

import sqlalchemy as sa

from upflow_provider.errors import RecordBusyError
from upflow_provider.ledger.settlements.settlement import Settlement, settlements
from upflow_provider.ledger.tables import records, upsert
from upflow_provider.runs.batches import batches
from upflow_provider.shown_ids import shown_id

BATCH_SIZE = 100
"""Settlements in one statement and one transaction."""

FOLLOWED_COLUMNS = ("kind", "evidence", "linked")
"""Columns that follow Upflow's list at all times."""
FIRST_COLUMNS = ("currency", "instrument", "paid_on", "gateway_id")
"""Columns that follow Upflow's list until Stripe may have got a request."""
DECIDING_COLUMNS = (
    *("kind", *FIRST_COLUMNS, "linked"),
    *("state", "method", "amount", "record_id", "refusals", "attempts", "tried_at"),
)
"""
Columns that decisions depend on, all of which must be as they were when a decision is written down. ``tried_at``
changes when another settlement of the same invoice does.
"""
STEP_COLUMNS = ("state", "method", "amount", "record_id", "refusals", "attempts")
"""Columns that say how far a settlement has come, whatever Upflow lists."""

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

    def known_payments(self, stripe_ids: Iterable[str]) -> dict[str, set[str]]:
        """Return the PaymentIntents, charges and payment records whose money Upflow took, each with its invoices."""
        known: dict[str, set[str]] = defaultdict(set)
        for ids in batches(stripe_ids, BATCH_SIZE):
            for column in (settlements.c.record_id, settlements.c.gateway_id):
                query = sa.select(column, settlements.c.invoice_id).where(self._is_ours, column.in_(ids))
                with self._engine.connect() as connection:
                    for payment_id, invoice_id in connection.execute(query):
                        known[payment_id].add(invoice_id)
        return dict(known)

    def imported(
        self, payment_ids: Iterable[str], *, by: Literal["upflow_id", "external_id"] = "upflow_id"
    ) -> set[str]:
        """Return those of some payments, by their id in Upflow or in Stripe, that were imported from Stripe."""
        found: set[str] = set()
        for ids in batches(payment_ids, BATCH_SIZE):
            query = sa.select(records.c[by]).where(
                records.c.organization == self._organization,
                records.c.stream == "payments",
                records.c.upflow_id.is_not(None),
                records.c[by].in_(ids),
            )
            with self._engine.connect() as connection:
                found.update(connection.execute(query).scalars())
        return found

    def observe(self, listed: Iterable[Settlement]) -> None:
        """
        Record what Upflow lists; what changed is looked at again, with all that is known of the same invoice.

        Args:
            listed: The settlements, of which only what the list shows counts; nothing is linked of one that is gone.
        """
        for batch in batches(listed, BATCH_SIZE):
            insert = upsert(self._engine.dialect.name, settlements).values([self._values(each) for each in batch])
            new, old = insert.excluded, settlements.c
            first = {name: sa.case((old.state == "listed", new[name]), else_=old[name]) for name in FIRST_COLUMNS}
            is_changed = sa.or_(old.linked != new.linked, old.kind != new.kind)
            look_again = self._look_again(batch)
            with self._engine.begin() as connection:
                connection.execute(look_again)
                connection.execute(
                    insert.on_conflict_do_update(
                        index_elements=["organization", "payment_id", "invoice_id"],
                        set_={
                            **first,
                            **{name: new[name] for name in FOLLOWED_COLUMNS},
                            "is_done": sa.and_(old.is_done, ~is_changed),
                            "next_attempt_at": sa.case((is_changed, None), else_=old.next_attempt_at),
                        },
                        where=sa.or_(is_changed, old.evidence != new.evidence, old.state == "listed"),
                    )
                )

    def _look_again(self, listed: Sequence[Settlement]) -> sa.Update:
        """Return the statement by which all settlements of an invoice are looked at again if one of them changed."""
        known = {
            (each.payment_id, each.invoice_id): each
            for found in self.of_invoices({each.invoice_id for each in listed}).values()
            for each in found
        }
        changed = {each.invoice_id for each in listed if _differs(each, known.get((each.payment_id, each.invoice_id)))}
        return (
            sa.update(settlements)
            .where(self._is_ours, settlements.c.invoice_id.in_(changed))
            .values(is_done=False, tried_at=None, next_attempt_at=None)
        )

    def save(self, before: Settlement, **changes: Any) -> Settlement:  # noqa: ANN401 - attributes
        """
        Record a decision about a settlement, and return the settlement.

        Args:
            before: The settlement as it was read; nothing that the decision depends on may have changed since.
            changes: Attributes, none of which Upflow's list fills.

        Raises:
            RecordBusyError: Another task has changed it meanwhile.
        """
        self._update(before, DECIDING_COLUMNS, changes)
        return replace(before, **changes)

    def save_answer(self, before: Settlement, **changes: Any) -> Settlement:  # noqa: ANN401 - attributes
        """
        Record what Stripe has done or shows, which is so whatever Upflow lists now; return the settlement as it is now.

        Args:
            before: The settlement as it was read; no other task may have taken a step since.
            changes: Attributes, none of which Upflow's list fills.

        Raises:
            RecordBusyError: Another task has taken a step meanwhile.
        """
        self._update(before, STEP_COLUMNS, changes)
        return self.get(before)

    def get(self, settlement: Settlement) -> Settlement:
        """Return a settlement as the ledger has it now."""
        is_it = (settlements.c.payment_id == settlement.payment_id, settlements.c.invoice_id == settlement.invoice_id)
        return next(iter(self._find(*is_it)), settlement)

    def _update(self, before: Settlement, columns: Iterable[str], changes: Mapping[str, Any]) -> None:
        is_same = [settlements.c[name].is_not_distinct_from(getattr(before, name)) for name in columns]
        statement = (
            sa.update(settlements)
            .where(
                self._is_ours,
                settlements.c.payment_id == before.payment_id,
                settlements.c.invoice_id == before.invoice_id,
                *is_same,
            )
            .values(**changes)
        )
        with self._engine.begin() as connection:
            if not connection.execute(statement).rowcount:
                raise RecordBusyError(f"payment {shown_id(before.payment_id)} is being written by another task")

    def _find(self, *which: sa.ColumnElement[bool]) -> list[Settlement]:
        query = sa.select(*_COLUMNS).where(self._is_ours, *which)
        with self._engine.connect() as connection:
            found = connection.execute(query.order_by(settlements.c.payment_id, settlements.c.invoice_id)).all()
        return [Settlement(*each) for each in found]

    def _values(self, settlement: Settlement) -> Mapping[str, Any]:
        return {"organization": self._organization, **asdict(settlement)}


def _differs(listed: Settlement, known: Settlement | None) -> bool:
    """Return whether Upflow lists something else than the ledger knows."""
    return known is None or (listed.linked, listed.kind) != (known.linked, known.kind)

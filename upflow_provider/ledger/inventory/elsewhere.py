"""Records of Upflow that do not come from the source of some streams."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from upflow_provider.ledger.clock import LedgerClock
from upflow_provider.ledger.records import Outcome
from upflow_provider.ledger.tables import records, upsert
from upflow_provider.runs.batches import batches

BATCH_SIZE = 100
"""Records in one statement and one transaction."""
ELSEWHERE = "elsewhere"
"""Instead of a stream: of records that Upflow has, and that do not come from Stripe or any other source we know."""


class Elsewhere:
    """
    What one organization's Upflow has from elsewhere: other streams of the ledger, or sources that it does not know.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
        clock: The ledger's clock.
    """

    def __init__(self, engine: sa.Engine, organization: str, clock: LedgerClock) -> None:
        self._engine, self._organization, self._clock = engine, organization, clock

    def known(self, streams: Collection[str], external_ids: Iterable[str]) -> set[str]:
        """Return those of some records that are known to come from elsewhere than from *streams*."""
        known: set[str] = set()
        is_known = sa.or_(records.c.upflow_id.is_not(None), records.c.stream == ELSEWHERE)
        is_elsewhere = (records.c.organization == self._organization, records.c.stream.not_in(streams), is_known)
        for batch in batches(external_ids, BATCH_SIZE):
            query = sa.select(records.c.external_id).where(*is_elsewhere, records.c.external_id.in_(batch))
            with self._engine.connect() as connection:
                known.update(connection.execute(query).scalars())
        return known

    def remember(self, external_ids: Iterable[str]) -> None:
        """Remember that records of Upflow do not come from the source of any stream."""
        for batch in batches(external_ids, BATCH_SIZE):
            new = {
                "organization": self._organization,
                "stream": ELSEWHERE,
                "outcome": Outcome.SKIPPED,
                "attempts": 0,
                "first_seen_at": self._clock.now(),
            }
            values = [{**new, "external_id": each} for each in batch]
            with self._engine.begin() as connection:
                connection.execute(upsert(self._engine.dialect.name, records).values(values).on_conflict_do_nothing())

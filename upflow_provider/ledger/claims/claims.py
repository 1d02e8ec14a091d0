"""The claims on one organization's records, and the outcomes that end them; the package says what they promise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from upflow_provider.ledger.balances import Balances
from upflow_provider.ledger.claims import giving_back, looks, statements
from upflow_provider.ledger.claims.parameters import CLOCK_STEP_MAX, SLOW_TRIES_MAX, Parameters, key_of, too_slow
from upflow_provider.ledger.records import Balancing, Claim, Claimed, Owner, RecordOutcome
from upflow_provider.runs.batches import batches

BATCH_SIZE = 100
"""Outcomes in one statement and one transaction, so that others wait for a few milliseconds at most."""


class Claims:
    """
    The claims on one organization's records; threads may share it.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
        balances: Keeps the invoices that differ with the run that has to check them.
        now: The ledger's time, aware, UTC.
        lease: Age from which a claim counts as left behind by a dead task.
    """

    def __init__(
        self,
        engine: sa.Engine,
        organization: str,
        *,
        balances: Balances,
        now: Callable[[], datetime],
        lease: timedelta,
    ) -> None:
        self._engine, self._organization, self._balances = engine, organization, balances
        self._now, self._lease, self._parameters = now, lease, Parameters(organization, lease)
        dialect = engine.dialect.name
        self._take_turn, self._end_turn = statements.take_turn(dialect), statements.end_turn()
        self._take, self._take_with_balancing = (
            statements.take(dialect, with_balancing=each) for each in (False, True)
        )
        self._record, self._mark_overtaken = statements.record(dialect), statements.mark_overtaken()
        self._look, self._looked_at = looks.look(), looks.looked_at()
        self._balancing = statements.balancing()
        self._known, self._read_again = statements.known(), statements.read_again()

    def take(
        self,
        stream: str,
        external_id: str,
        *,
        read_at: datetime,
        owner: Owner,
        customer: str = "",
        content: str = "",
        balancing: Balancing | None = None,
        may_arrive_late: bool = False,
    ) -> Claimed:
        """
        Claim one record right before a request about it, or renew the claim.

        Args:
            stream: Name of the stream.
            external_id: The record.
            read_at: The tick at which the source was read for it.
            owner: Who claims it.
            customer: External id of the customer whose turn it must be; empty if the record belongs to none.
            content: Hash of what is to be sent; empty for a removal.
            balancing: All balancing documents that Upflow may have from now on; ``None``: those of before.
            may_arrive_late: Whether an earlier request about it got no answer; then it is sent twice.
        """
        turn = {**self._parameters.turn(customer, owner), "new_owner": owner.name}
        claim: dict[str, Any] = {
            "new_organization": self._organization,
            "new_stream": stream,
            "new_external_id": external_id,
            "new_claimed_by": owner.name,
            "new_claim_process": owner.process,
            "new_read_at": read_at,
            "new_content": content,
            "new_resend": may_arrive_late,
        }
        if balancing is not None:
            claim["new_balancing"] = balancing
        for _ in range(SLOW_TRIES_MAX):
            answer = self._take_now(turn if customer else None, claim)
            if answer is not None:
                return answer if answer.claim is Claim.GRANTED else self._refused(claim)
        raise too_slow(external_id)

    def _take_now(self, turn: dict[str, Any] | None, claim: dict[str, Any]) -> Claimed | None:
        """Take a turn and a claim, or neither; return ``None`` if it took too long to tell which leases have ended."""
        now = self._now()
        lease = self._parameters.lease_ends(now)
        # Whatever becomes of the task, somebody reads the record again.
        times = {"new_claimed_at": now, "new_next_attempt_at": now + self._lease, **lease}
        statement = self._take_with_balancing if "new_balancing" in claim else self._take
        with self._engine.connect() as connection:  # what is not committed takes no turn
            has_turn = turn is None or connection.execute(self._take_turn, {**turn, "new_taken_at": now, **lease}).all()
            granted = connection.execute(statement, {**claim, **times}).all() if has_turn else []
            if self._now() - now > CLOCK_STEP_MAX:  # a lease that began meanwhile seems to lie ahead
                return None
            if not granted:
                return Claimed(Claim.BUSY, {})
            connection.commit()
        return Claimed(Claim.GRANTED, granted[0].balancing or {})

    def _refused(self, claim: Mapping[str, Any]) -> Claimed:
        """Return why a claim was refused; a record that is stale because of a link becomes due."""
        key = key_of(claim)
        with self._engine.begin() as connection:
            known = connection.execute(self._known, key).one_or_none()
            if known and known.read_at and known.read_at > claim["new_read_at"]:
                return Claimed(Claim.STALE, {})
            if known and known.linked_at and known.linked_at > claim["new_read_at"]:
                connection.execute(self._read_again, {**key, "new_next_attempt_at": self._now()})
                return Claimed(Claim.STALE, {})
        return Claimed(Claim.SENT if known and known.payload_hash == claim["new_content"] else Claim.BUSY, {})

    def record_outcomes(
        self,
        stream: str,
        outcomes: Iterable[RecordOutcome],
        *,
        owner: Owner,
        run: str = "",
        customer: str = "",
        was_sent: bool = False,
    ) -> list[str]:
        """
        Record the outcomes of records, and end their claims.

        Args:
            stream: Name of the stream.
            outcomes: The outcomes; if there are several for one record, the last counts.
            owner: Who has the claims; an import counts only while its process has the claim.
            run: The run that did it, whose last task checks what is still open.
            customer: External id of the customer whose turn ends as well; empty for none.
            was_sent: Whether a request may have been sent even about records that were skipped or rejected.

        Returns:
            External ids that were left as they are, because a newer read is known, or because another process has
            taken over the claim. If they were sent, they will be sent again.
        """
        left: list[str] = []
        by = {"new_claim_process": owner.process, "new_touched_by": run}
        in_order = sorted({each.external_id: each for each in outcomes}.values(), key=lambda each: each.external_id)
        for batch in batches(in_order, BATCH_SIZE):  # in one order, so that two tasks never block each other
            now = self._now()
            values = [
                {**self._parameters.outcome(stream, each, now), **by, "was_sent": was_sent or each.is_sent}
                for each in batch
            ]
            with self._engine.begin() as connection:
                if customer:  # first, as in a claim, so that two tasks never block each other
                    connection.execute(self._end_turn, self._parameters.turn(customer, owner))
                written = set(connection.execute(self._record, values if values[1:] else values[0]).scalars())
                for each in values:
                    if each["new_external_id"] not in written:
                        self._overtaken(connection, each)
                        left.append(each["new_external_id"])
                self._balances.keep_differing(connection, [each.external_id for each in batch if each.differs], run)
        return left

    def abandon(self, stream: str, outcome: RecordOutcome, *, owner: Owner, customer: str, was_sent: bool) -> None:
        """
        End the claim on a record because a newer read is known.

        It is read again if the process has the claim, or if some of its requests may have been sent (*was_sent*).
        """
        by = {"new_claim_process": owner.process, "was_sent": was_sent}
        with self._engine.begin() as connection:
            connection.execute(self._end_turn, self._parameters.turn(customer, owner))
            self._overtaken(connection, {**self._parameters.outcome(stream, outcome, self._now()), **by})

    def _overtaken(self, connection: sa.Connection, values: Mapping[str, Any]) -> None:
        """Have a record sent again, all of whose balancing documents may be as an older read asked for them."""
        known = connection.execute(self._balancing, key_of(values)).scalar()
        balancing = dict.fromkeys({**(known or {}), **(values["new_balancing"] or {})})
        parameters = {name: values[name] for name in statements.OVERTAKEN}
        connection.execute(self._mark_overtaken, {**parameters, "new_balancing": balancing or None})

    def record_looks(self, stream: str, looks: Mapping[str, str | None], read_at: datetime) -> set[str]:
        """
        Record that a read of the source found nothing to send, so that older reads no longer count.

        Args:
            stream: Name of the stream.
            looks: Hash of what Upflow has, as known when the records were compared, by external id.
            read_at: The tick at which the source was read.

        Returns:
            The external ids for which that still holds; the others have to be compared again.
        """
        parameters = {
            "new_organization": self._organization,
            "new_stream": stream,
            "new_read_at": read_at,
            "ids": sorted(looks),
            "hashes": [each for each in looks.values() if each],
            "ids_without_hash": [external_id for external_id, known in looks.items() if not known],
        }
        with self._engine.begin() as connection:
            if connection.execute(self._look, parameters).rowcount == len(looks):
                return set(looks)
            return set(connection.execute(self._looked_at, parameters).scalars())

    def give_back(self, owner: Owner, *, may_arrive_late: bool) -> int:
        """
        End all claims and turns of a process whose task has failed, so that nobody waits for their lease to end.

        Args:
            owner: The process.
            may_arrive_late: Whether a request of it may still be in flight; then its records are sent twice.

        Returns:
            How many records had been claimed; all of them are due at once.
        """
        own = {"in_organization": self._organization, "process": owner.process}
        statement = giving_back.end_claims(may_arrive_late=may_arrive_late)
        with self._engine.begin() as connection:
            connection.execute(giving_back.end_turns(), own)
            connection.execute(giving_back.lock_claims(), own).all()
            return connection.execute(statement, {**own, "now": self._now()}).rowcount

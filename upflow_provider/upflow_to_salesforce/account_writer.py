"""New values for Accounts, sent the way their number asks for, and what became of them written down."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from upflow_provider.clients.salesforce.answers import Refusal
from upflow_provider.clients.salesforce.bulk_jobs import UNPROCESSED, SalesforceJobs
from upflow_provider.clients.salesforce.client import Outcome, SalesforceClient, Update
from upflow_provider.ledger.salesforce_accounts import AccountRefusal, Accounts, Kind, Pair
from upflow_provider.upflow_to_salesforce.customers import UNFIT
from upflow_provider.upflow_to_salesforce.differences import Change
from upflow_provider.upflow_to_salesforce.mapping.account_field import SalesforceField
from upflow_provider.upflow_to_salesforce.mapping.values import UnfitError, Value, as_csv, as_json

log = logging.getLogger(__name__)

T = TypeVar("T")

JOBS = 3
"""How many jobs, one after the other, may take on what the ones before did not come to."""


@dataclass(slots=True)
class WriteResult:
    """
    What became of changes.

    Attributes:
        confirmed: Ids of Accounts that Salesforce has confirmed.
        refused: Why not, by the Id of the Account.
    """

    confirmed: list[str] = field(default_factory=list)
    refused: dict[str, Refusal] = field(default_factory=dict)


class AccountWriter:
    """
    Writes Accounts.

    Args:
        client: Updates a few.
        jobs: Updates many.
        fields: The fields, by API name.
        bulk_from: Number of Accounts from which jobs are used.
    """

    def __init__(
        self,
        client: SalesforceClient,
        jobs: SalesforceJobs,
        fields: Mapping[str, SalesforceField],
        *,
        bulk_from: int,
    ) -> None:
        self._client, self._jobs, self._fields, self._bulk_from = client, jobs, fields, bulk_from

    def push(self, changes: Sequence[Change]) -> Iterator[WriteResult]:
        """
        Write changes, and yield what became of some, again and again, as soon as it is known.

        Args:
            changes: At most one for each Account.

        Raises:
            RetriableError, QuotaError, AuthenticationError: What was not yielded was not written, or nobody knows.
        """
        return self._push_some(changes) if len(changes) < self._bulk_from else self._push_many(changes)

    def _push_some(self, changes: Sequence[Change]) -> Iterator[WriteResult]:
        unfit = WriteResult()
        updates = [Update(each.account_id, self._written(each, as_json, unfit)) for each in changes]
        yield unfit
        for outcomes in self._client.update([each for each in updates if each.account_id not in unfit.refused]):
            yield _pushed(outcomes)

    def _push_many(self, changes: Sequence[Change]) -> Iterator[WriteResult]:
        unfit = WriteResult()
        names = sorted({name for each in changes for name in each.values})
        nothing = dict.fromkeys(names, "")
        records = {each.account_id: tuple((nothing | self._written(each, as_csv, unfit)).values()) for each in changes}
        yield unfit
        for account_id in unfit.refused:
            del records[account_id]
        jobs_left = JOBS
        while records:
            jobs_left -= 1
            again: set[str] = set()
            for outcomes in self._jobs.update(names, records.items()):
                passing = {each.account_id for each in outcomes if _may_pass(each)} if jobs_left else set()
                again |= passing
                yield _pushed(each for each in outcomes if each.account_id not in passing)
            if again:
                log.info("%d Accounts are sent again: locked, or not come to", len(again))
            records = {account_id: values for account_id, values in records.items() if account_id in again}

    def _written(
        self, change: Change, write: Callable[[SalesforceField, Value], T], unfit: WriteResult
    ) -> dict[str, T]:
        """Return the values as they are sent; what cannot be, is noted."""
        written = {}
        for name, value in change.values.items():
            try:
                written[name] = write(self._fields[name], value)
            except UnfitError as error:
                unfit.refused[change.account_id] = Refusal(UNFIT, error.reason, (name,))
        return written


def _may_pass(outcome: Outcome) -> bool:
    refusal = outcome.refusal
    return refusal is not None and (refusal.is_passing or refusal.code == UNPROCESSED)


def _pushed(outcomes: Iterable[Outcome]) -> WriteResult:
    pushed = WriteResult()
    for each in outcomes:
        if each.refusal is None:
            pushed.confirmed.append(each.account_id)
        else:
            pushed.refused[each.account_id] = each.refusal
    return pushed


def write_down(
    accounts: Accounts, kind: Kind, pushed: WriteResult, pair_of: Callable[[str], Pair], *, now: datetime | None = None
) -> None:
    """
    Keep in the ledger what was refused, and forget the refusals of what was confirmed.

    Args:
        accounts: The ledger's Accounts.
        kind: What was written.
        pushed: What became of it.
        pair_of: Returns the customer of an Account and links to both, from the Id of the Account.
        now: Current time, aware; the clock's, unless given.
    """
    at = now or datetime.now(UTC)
    accounts.accept(kind, pushed.confirmed)
    accounts.refuse(
        kind,
        [
            AccountRefusal(account_id, pair_of(account_id), why.code, why.reason, why.fields, at)
            for account_id, why in pushed.refused.items()
        ],
    )

"""New values for Accounts: a few go by sObject Collections, many by Bulk API 2.0; refusals are kept in the ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from upflow_provider.clients.salesforce.answers import Refusal
from upflow_provider.clients.salesforce.bulk_jobs import UNPROCESSED, SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient, Update, UpdateOutcome
from upflow_provider.ledger.salesforce_accounts import AccountRefusal, Accounts, MatchedAccount, Purpose
from upflow_provider.upflow_to_salesforce.customers import UNFIT
from upflow_provider.upflow_to_salesforce.differences import AccountChange
from upflow_provider.upflow_to_salesforce.mapping.account_field import SalesforceField
from upflow_provider.upflow_to_salesforce.mapping.values import UnfitError, Value, as_csv, as_json

log = logging.getLogger(__name__)

T = TypeVar("T")

JOBS = 3
"""How many jobs, one after the other, may try the Accounts that the ones before did not get to."""


@dataclass(slots=True)
class WriteResult:
    """
    What became of some changes.

    Attributes:
        confirmed: Ids of the Accounts that Salesforce has confirmed.
        refused: Reasons why the others were not written, by the Id of the Account.
    """

    confirmed: list[str] = field(default_factory=list)
    refused: dict[str, Refusal] = field(default_factory=dict)


class AccountWriter:
    """
    Writes Accounts.

    Args:
        client: Updates a few Accounts.
        jobs: Updates many Accounts.
        fields: The fields of Account, by API name.
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

    def write(self, changes: Sequence[AccountChange]) -> Iterator[WriteResult]:
        """
        Write changes, and yield what became of them, some at a time, as soon as it is known.

        Args:
            changes: At most one for each Account.

        Raises:
            RetriableError, QuotaError, AuthenticationError: Changes whose result was not yielded may or may not have
                been written.
        """
        return self._by_collections(changes) if len(changes) < self._bulk_from else self._by_jobs(changes)

    def _by_collections(self, changes: Sequence[AccountChange]) -> Iterator[WriteResult]:
        unfit = WriteResult()
        updates = [Update(each.account_id, self._sent_values(each, as_json, unfit)) for each in changes]
        yield unfit
        for outcomes in self._client.update([each for each in updates if each.account_id not in unfit.refused]):
            yield _result(outcomes)

    def _by_jobs(self, changes: Sequence[AccountChange]) -> Iterator[WriteResult]:
        unfit = WriteResult()
        names = sorted({name for each in changes for name in each.values})
        nothing = dict.fromkeys(names, "")
        records = {
            each.account_id: tuple((nothing | self._sent_values(each, as_csv, unfit)).values()) for each in changes
        }
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
                yield _result(each for each in outcomes if each.account_id not in passing)
            if again:
                log.info("%d Accounts are sent again: they were locked, or the job did not get to them", len(again))
            records = {account_id: values for account_id, values in records.items() if account_id in again}

    def _sent_values(
        self, change: AccountChange, write: Callable[[SalesforceField, Value], T], unfit: WriteResult
    ) -> dict[str, T]:
        """Return the values as they are sent; a value that cannot be sent is added to *unfit*."""
        sent = {}
        for name, value in change.values.items():
            try:
                sent[name] = write(self._fields[name], value)
            except UnfitError as error:
                unfit.refused[change.account_id] = Refusal(UNFIT, error.reason, (name,))
        return sent


def _may_pass(outcome: UpdateOutcome) -> bool:
    refusal = outcome.refusal
    return refusal is not None and (refusal.is_passing or refusal.code == UNPROCESSED)


def _result(outcomes: Iterable[UpdateOutcome]) -> WriteResult:
    result = WriteResult()
    for each in outcomes:
        if each.refusal is None:
            result.confirmed.append(each.account_id)
        else:
            result.refused[each.account_id] = each.refusal
    return result


def keep_refusals(
    accounts: Accounts,
    purpose: Purpose,
    result: WriteResult,
    matched_account: Callable[[str], MatchedAccount],
    *,
    now: datetime | None = None,
) -> None:
    """
    Keep in the ledger what was refused, and forget the refusals of what was confirmed.

    Args:
        accounts: The ledger's Accounts.
        purpose: What the changes were for.
        result: What became of them.
        matched_account: Returns an Account with its customer, by the Id of the Account.
        now: Current time, aware; by default, that of the clock.
    """
    at = now or datetime.now(UTC)
    accounts.accept(purpose, result.confirmed)
    accounts.refuse(
        purpose,
        [
            AccountRefusal(account_id, matched_account(account_id), why.code, why.reason, why.fields, at)
            for account_id, why in result.refused.items()
        ],
    )

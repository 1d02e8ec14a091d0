"""New values for Accounts: a few go by sObject Collections, many by Bulk API 2.0; refusals are kept in the ledger."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from upflow_provider.clients.salesforce.bulk_jobs import UNPROCESSED, SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.clients.salesforce.updates import Update, UpdateOutcome
from upflow_provider.ledger.findings import SALESFORCE_JOB, Findings
from upflow_provider.ledger.salesforce_accounts import AccountRefusal, Accounts, MatchedAccount, Purpose
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.upflow_to_salesforce.customers import UNFIT
from upflow_provider.upflow_to_salesforce.differences import AccountChange
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
        findings: Knows the job that is under way.
        bulk_from: Number of Accounts from which jobs are used.

    Attributes:
        client: As given.
    """

    def __init__(self, client: SalesforceClient, jobs: SalesforceJobs, findings: Findings, *, bulk_from: int) -> None:
        self.client = client
        self._jobs, self._findings, self._bulk_from = jobs, findings, bulk_from

    def end_earlier_job(self) -> None:
        """
        See to it that no job of an earlier run writes anything any more.

        It comes before Accounts are read: a job whose task died after it was closed may be done hours later, and would
        put older values over what this run finds or writes.

        Raises:
            UpflowSyncError: The job may still write something.
        """
        if path := self._findings.get(SALESFORCE_JOB):
            self._jobs.end(path)
            self._note("")

    def write(self, changes: Sequence[AccountChange], fields: Mapping[str, SalesforceField]) -> Iterator[WriteResult]:
        """
        Write changes, and yield what became of them, some at a time, as soon as it is known.

        Args:
            changes: At most one for each Account.
            fields: The fields of Account, by API name.

        Raises:
            RetriableError, QuotaError, AuthenticationError: Changes whose result was not yielded may or may not have
                been written.
        """
        method = self._by_collections if len(changes) < self._bulk_from else self._by_jobs
        return method(changes, fields)

    def _by_collections(
        self, changes: Sequence[AccountChange], fields: Mapping[str, SalesforceField]
    ) -> Iterator[WriteResult]:
        unfit = WriteResult()
        updates = [Update(each.account_id, _sent_values(each, fields, as_json, unfit)) for each in changes]
        yield unfit
        for outcomes in self.client.update([each for each in updates if each.account_id not in unfit.refused]):
            yield _result(outcomes)

    def _by_jobs(
        self, changes: Sequence[AccountChange], fields: Mapping[str, SalesforceField]
    ) -> Iterator[WriteResult]:
        """Write changes by jobs, and by Collections what jobs cannot write; see `SalesforceClient.may_update`."""
        unfit = WriteResult()
        names = sorted({name for each in changes for name in each.values})
        nothing = dict.fromkeys(names, "")
        records = {
            each.account_id: tuple((nothing | _sent_values(each, fields, as_csv, unfit)).values()) for each in changes
        }
        yield unfit
        for account_id in unfit.refused:
            del records[account_id]
        left: set[str] = set()
        for attempts in range(1, JOBS + 1):
            again: set[str] = set()
            for outcomes in self._jobs.update(names, records.items(), self._note):
                for_jobs = {each.account_id for each in outcomes if attempts < JOBS and _may_pass(each, attempts)}
                for_client = {each.account_id for each in outcomes if self._is_for_client(each)}
                again |= for_jobs
                left |= for_client
                yield _result(each for each in outcomes if each.account_id not in for_jobs | for_client)
            if again:
                log.info("%d Accounts are sent again: they were locked, or the job did not get to them", len(again))
            records = {account_id: values for account_id, values in records.items() if account_id in again}
        if left:
            log.info("%d Accounts are sent again in smaller requests: a job could not write them", len(left))
            yield from self._by_collections([each for each in changes if each.account_id in left], fields)

    def _is_for_client(self, outcome: UpdateOutcome) -> bool:
        return outcome.refusal is not None and self.client.may_update(outcome.refusal)

    def _note(self, path: str) -> None:
        self._findings.keep(SALESFORCE_JOB, path)


def _sent_values(
    change: AccountChange,
    fields: Mapping[str, SalesforceField],
    write: Callable[[SalesforceField, Value], T],
    unfit: WriteResult,
) -> dict[str, T]:
    """Return the values as they are sent; a value that cannot be sent is added to *unfit*."""
    sent = {}
    for name, value in change.values.items():
        try:
            sent[name] = write(fields[name], value)
        except UnfitError as error:
            unfit.refused[change.account_id] = Refusal(UNFIT, error.reason, (name,))
    return sent


def _may_pass(outcome: UpdateOutcome, attempts: int) -> bool:
    refusal = outcome.refusal
    return refusal is not None and (refusal.may_pass(attempts) or refusal.code == UNPROCESSED)


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
    now: datetime,
) -> None:
    """
    Keep in the ledger what was refused, and forget the refusals of what was confirmed.

    Args:
        accounts: The ledger's Accounts.
        purpose: What the changes were for.
        result: What became of them.
        matched_account: Returns an Account with its customer, by the Id of the Account.
        now: Current time by the ledger's clock.
    """
    accounts.accept(purpose, result.confirmed)
    accounts.refuse(
        purpose,
        [
            AccountRefusal(account_id, matched_account(account_id), why.code, why.reason, why.fields, now)
            for account_id, why in result.refused.items()
        ],
    )

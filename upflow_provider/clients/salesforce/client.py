"""
Accounts in Salesforce: described, queried, updated by Id.

Accounts are never upserted, because an upsert inserts what it does not find. A few go by sObject Collections, many by
Bulk API 2.0; Salesforce itself draws the line at 2,000
(https://developer.salesforce.com, Salesforce Developer Limits and Allocations Quick Reference).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from upflow_provider.clients.salesforce import answers
from upflow_provider.clients.salesforce.answers import Refusal
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.errors import NotFoundError, ProtocolError, RefusedError

COLLECTION_SIZE_MAX = 200
"""Greatest number of records of one request to sObject Collections."""
UPDATE_ATTEMPTS_MAX = 4
"""Greatest number of times that a record is sent if its error may pass, such as a lock."""
BACKOFF_S = 2.0
"""Seconds of the first pause; each later one is twice as long as the one before."""

Json = str | int | float | bool | None


class Update(NamedTuple):
    """
    New values for one Account.

    Attributes:
        account_id: Its Id, 18 characters.
        values: Values as JSON, by API name of the field.
    """

    account_id: str
    values: Mapping[str, Json]

    def __repr__(self) -> str:
        return f"Update({self.account_id}, {', '.join(self.values)})"


@dataclass(frozen=True, slots=True)
class UpdateOutcome:
    """
    What became of one update.

    Attributes:
        account_id: Id of the Account.
        refusal: Why it was refused; ``None`` when it is confirmed.
    """

    account_id: str
    refusal: Refusal | None = None


class SalesforceClient:
    """
    Reads and updates Accounts.

    Args:
        http: Sends the requests; bulk jobs may share it.
    """

    def __init__(self, http: SalesforceHttp) -> None:
        self._http = http

    @property
    def calls(self) -> int:
        """Requests sent so far, those of bulk jobs included, logins not."""
        return self._http.calls

    @property
    def writes(self) -> int:
        """Requests sent so far that change Accounts, or belong to a job that does."""
        return self._http.writes

    def account_url(self, account_id: str) -> str:
        """Return the address of an Account's page, for people."""
        return self._http.page_url(account_id)

    def describe(self) -> Mapping[str, Any]:
        """Return the description of Account as this user sees it, without fields that are hidden from the user."""
        return self._http.get("/sobjects/Account/describe")

    def query(self, soql: str) -> Iterator[Sequence[Mapping[str, Any]]]:
        """
        Yield the pages of a query, each of up to 2,000 records; numbers are exact.

        Each page is yielded before the next one is asked for.

        Raises:
            RefusedError: The query is wrong; it names a field that does not exist, for instance.
        """
        answer = self._http.get("/query", {"q": soql})
        while True:
            yield answer["records"]
            if answer["done"]:
                return
            answer = self._http.get(answer["nextRecordsUrl"])

    def count(self, condition: str) -> int:
        """Return how many Accounts meet a SOQL condition; an empty one is met by all."""
        where = f" WHERE {condition}" if condition else ""
        soql = f"SELECT COUNT() FROM Account{where}"  # noqa: S608 - SOQL, which only reads
        total: int = self._http.get("/query", {"q": soql})["totalSize"]
        return total

    def update(self, updates: Sequence[Update]) -> Iterator[Sequence[UpdateOutcome]]:
        """
        Update Accounts by sObject Collections, 200 a request, and yield the outcomes of each request, in order.

        Records whose errors may pass are sent again, without the others and after a pause. A request that is refused
        as a whole is split in halves until the record at fault is alone.

        Raises:
            RetriableError, QuotaError, AuthenticationError: Updates whose outcome was not yielded may or may not have
                been done.
            NotFoundError: This version of the API has no sObject Collections.
            ProtocolError: The results are not one for each record, in their order.
        """
        for first in range(0, len(updates), COLLECTION_SIZE_MAX):
            yield self._update_batch(updates[first : first + COLLECTION_SIZE_MAX])

    def _update_batch(self, updates: Sequence[Update]) -> Sequence[UpdateOutcome]:
        outcomes = {each.account_id: each for each in self._send(updates)}
        for attempt in range(1, UPDATE_ATTEMPTS_MAX):
            to_retry = [each for each in updates if (why := outcomes[each.account_id].refusal) and why.is_passing]
            if not to_retry:
                break
            self._http.sleep(BACKOFF_S * 2 ** (attempt - 1))
            outcomes |= {each.account_id: each for each in self._send(to_retry)}
        return [outcomes[each.account_id] for each in updates]

    def _send(self, updates: Sequence[Update]) -> Iterator[UpdateOutcome]:
        body = {
            "allOrNone": False,
            "records": [{"attributes": {"type": "Account"}, "id": each.account_id, **each.values} for each in updates],
        }
        path = "/composite/sobjects"
        personal = [answers.personal(each.values) for each in updates]
        try:
            response = self._http.request("PATCH", path, json=body, personal=personal, writes=True)
        except NotFoundError:
            raise
        except RefusedError as error:
            if len(updates) == 1:
                yield UpdateOutcome(updates[0].account_id, Refusal(f"HTTP_{error.status}", str(error)))
                return
            middle = len(updates) // 2
            yield from self._send(updates[:middle])
            yield from self._send(updates[middle:])
            return
        results = answers.content(response, f"PATCH {path}")
        if not _are_results(results) or len(results) != len(updates):
            raise ProtocolError(f"PATCH {path}: expected {len(updates)} results in the order of the records")
        for each, result in zip(updates, results, strict=True):
            yield UpdateOutcome(each.account_id, None if result["success"] else _refusal(result, each))


def _are_results(answer: object) -> bool:
    return isinstance(answer, list) and all(isinstance(each, dict) and "success" in each for each in answer)


def _refusal(result: Mapping[str, Any], update: Update) -> Refusal:
    """Return the reason for a refusal; of several, one that does not pass: a rule matters more than a lock."""
    refusals = [answers.refusal(each, answers.personal(update.values)) for each in result.get("errors", ())]
    lasting = [each for each in refusals if not each.is_passing]
    return next(iter(lasting or refusals), Refusal("UNKNOWN_ERROR"))

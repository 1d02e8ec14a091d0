"""
Accounts in Salesforce: described, queried, updated by Id.

Never an upsert, which would insert what it does not find. Up to some thousand records go by sObject
Collections, more by Bulk API 2.0; Salesforce's own rule draws the line at 2,000
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

COLLECTION = 200
"""Records of one request to sObject Collections, at most."""
ATTEMPTS = 4
"""How often a record is sent whose error goes by, such as a lock; the first time included."""
BACKOFF_S = 2.0
"""Seconds before the second time; each pause is twice as long as the one before."""

Json = str | int | float | bool | None


class Update(NamedTuple):
    """
    New values for one Account.

    Attributes:
        account_id: Its Id, 18 characters.
        values: By the name of the field; as JSON writes them.
    """

    account_id: str
    values: Mapping[str, Json]

    def __repr__(self) -> str:
        return f"Update({self.account_id}, {', '.join(self.values)})"


@dataclass(frozen=True, slots=True)
class Outcome:
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
        http: Sends the requests.
    """

    def __init__(self, http: SalesforceHttp) -> None:
        self.http = http

    def describe(self) -> Mapping[str, Any]:
        """Return the description of Account as this user sees it: fields hidden from them are not in it."""
        return self.http.get("/sobjects/Account/describe")

    def query(self, soql: str) -> Iterator[Sequence[Mapping[str, Any]]]:
        """
        Yield the pages of a query, of up to 2,000 records; numbers are exact.

        The first page is yielded before the second is asked for.

        Raises:
            RefusedError: The query is wrong, for instance names a field that does not exist.
        """
        answer = self.http.get("/query", {"q": soql})
        while True:
            yield answer["records"]
            if answer["done"]:
                return
            answer = self.http.get(answer["nextRecordsUrl"])

    def count(self, condition: str) -> int:
        """Return how many Accounts there are that meet a SOQL condition."""
        where = f" WHERE {condition}" if condition else ""
        soql = f"SELECT COUNT() FROM Account{where}"  # noqa: S608 - SOQL, which only reads
        total: int = self.http.get("/query", {"q": soql})["totalSize"]
        return total

    def update(self, updates: Sequence[Update]) -> Iterator[Sequence[Outcome]]:
        """
        Update Accounts by sObject Collections, 200 a request, and yield what became of these, in order.

        Records with errors that go by are sent again, by themselves and after a pause. A request that is
        refused as a whole is cut in halves until the record that it is about stands alone.

        Raises:
            RetriableError, QuotaError, AuthenticationError: What was not yielded may or may not have been done.
            NotFoundError: This version of the API has no sObject Collections.
            ProtocolError: The results are not one for each record, in their order.
        """
        for first in range(0, len(updates), COLLECTION):
            yield self._settled(updates[first : first + COLLECTION])

    def _settled(self, updates: Sequence[Update]) -> Sequence[Outcome]:
        outcomes = {each.account_id: each for each in self._sent(updates)}
        for attempt in range(1, ATTEMPTS):
            again = [each for each in updates if (why := outcomes[each.account_id].refusal) and why.is_passing]
            if not again:
                break
            self.http.sleep(BACKOFF_S * 2 ** (attempt - 1))
            outcomes |= {each.account_id: each for each in self._sent(again)}
        return [outcomes[each.account_id] for each in updates]

    def _sent(self, updates: Sequence[Update]) -> Iterator[Outcome]:
        body = {
            "allOrNone": False,
            "records": [{"attributes": {"type": "Account"}, "id": each.account_id, **each.values} for each in updates],
        }
        path = "/composite/sobjects"
        personal = [answers.personal(each.values) for each in updates]
        try:
            response = self.http.request("PATCH", path, json=body, personal=personal, writes=True)
        except NotFoundError:
            raise
        except RefusedError as error:
            if len(updates) == 1:
                yield Outcome(updates[0].account_id, Refusal(f"HTTP_{error.status}", str(error)))
                return
            middle = len(updates) // 2
            yield from self._sent(updates[:middle])
            yield from self._sent(updates[middle:])
            return
        results = answers.content(response, f"PATCH {path}")
        if not _are_results(results) or len(results) != len(updates):
            raise ProtocolError(f"PATCH {path}: expected {len(updates)} results in the order of the records")
        for each, result in zip(updates, results, strict=True):
            yield Outcome(each.account_id, None if result["success"] else _refusal(result, each))


def _are_results(answer: object) -> bool:
    return isinstance(answer, list) and all(isinstance(each, dict) and "success" in each for each in answer)


def _refusal(result: Mapping[str, Any], update: Update) -> Refusal:
    """Return the reason that stays, if there are several: a lock is no news beside a rule."""
    refusals = [answers.refusal(each, answers.personal(update.values)) for each in result.get("errors", ())]
    lasting = [each for each in refusals if not each.is_passing]
    return next(iter(lasting or refusals), Refusal("UNKNOWN_ERROR"))

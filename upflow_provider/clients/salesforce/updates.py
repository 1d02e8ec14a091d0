"""
Updates of Accounts by sObject Collections: 200 a request at most, fewer where the org's own programs bear fewer.

https://developer.salesforce.com, REST API, sObject Collections. With ``allOrNone: false`` each record has its own
result; but triggers and flows run once for all, so that one that fails refuses all.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from upflow_provider.clients.salesforce import answers
from upflow_provider.clients.salesforce.answers import OverloadError
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.clients.salesforce.refusals import Refusal, refusal
from upflow_provider.errors import NotFoundError, ProtocolError, RefusedError

log = logging.getLogger(__name__)

COLLECTION_SIZE_MAX = 200
"""Greatest number of records of one request to sObject Collections."""
UPDATE_ATTEMPTS_MAX = 4
"""Greatest number of times that a record is sent if its error may pass, such as a lock."""
BACKOFF_S = 2.0
"""Seconds of the first pause; each later one is twice as long as the one before."""
SPLITS_MAX = 1_000
"""
How many times in a run a request is split because some record in it may be to blame. One record takes eight; what fails
for every record would take one for each, and all of Salesforce's daily requests.
"""
OVERLOAD = "OVERLOAD"
"""Code of an update that is too much for Salesforce even alone; ours, not Salesforce's."""
PATH = "/composite/sobjects"

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


Outcomes = dict[str, UpdateOutcome]
"""Outcomes by the Id of the Account."""


class AccountUpdates:
    """
    Sends updates, and remembers for the run how many the org bears at once.

    Args:
        http: Sends the requests.
        size: Records of one request, at most.
    """

    def __init__(self, http: SalesforceHttp, size: int = COLLECTION_SIZE_MAX) -> None:
        self._http, self._size = http, size
        self._splits_left = SPLITS_MAX
        self._is_too_large, self._borne = False, 0

    def send(self, updates: Sequence[Update]) -> Iterator[Sequence[UpdateOutcome]]:
        """Yield the outcomes of each request, in order; see `SalesforceClient.update`."""
        first = 0
        while batch := updates[first : first + self._size]:
            first += len(batch)
            yield self._send_batch(batch)

    def _send_batch(self, updates: Sequence[Update]) -> Sequence[UpdateOutcome]:
        self._is_too_large, self._borne = False, 0
        outcomes = self._send(updates)
        for attempts in range(1, UPDATE_ATTEMPTS_MAX):
            refused = {each.account_id: each.refusal for each in outcomes.values() if each.refusal}
            again = [each for each in updates if (why := refused.get(each.account_id)) and why.may_pass(attempts)]
            if not again:
                break
            self._http.sleep(BACKOFF_S * 2 ** (attempts - 1))
            outcomes |= self._send(again)
        if self._is_too_large:
            self._size = self._borne or max(1, self._size // 2)
            log.info(
                "%d records in one request are too many for this org; from now on, requests have %d",
                len(updates),
                self._size,
            )
        return [outcomes[each.account_id] for each in updates]

    def _send(self, updates: Sequence[Update]) -> Outcomes:
        """Send updates in one request, and those in halves that failed because of the others."""
        try:
            outcomes = self._request(updates)
        except NotFoundError:
            raise
        except (RefusedError, OverloadError) as error:
            if len(updates) > 1 and self._may_split():
                self._is_too_large |= isinstance(error, OverloadError)
                return self._send_halves(updates)
            code = f"HTTP_{error.status}" if isinstance(error, RefusedError) else OVERLOAD
            refused = Refusal(code, str(error))
            return {each.account_id: UpdateOutcome(each.account_id, refused) for each in updates}
        failed = self._failed_together(updates, outcomes)
        return outcomes | self._send_halves(failed) if failed and self._may_split() else outcomes

    def _send_halves(self, updates: Sequence[Update]) -> Outcomes:
        middle = len(updates) // 2
        halves = [half for half in (updates[:middle], updates[middle:]) if half]
        return {account_id: outcome for half in halves for account_id, outcome in self._send(half).items()}

    def _may_split(self) -> bool:
        self._splits_left -= 1
        return self._splits_left >= 0

    def _failed_together(self, updates: Sequence[Update], outcomes: Outcomes) -> list[Update]:
        """Return the updates of a request that were refused because of the others."""
        kinds = {each.account_id: each.refusal.kind for each in outcomes.values() if each.refusal}
        limited = [each for each in updates if kinds.get(each.account_id) == "limit"]
        if limited:
            self._is_too_large |= len(updates) > 1
        else:
            self._borne = max(self._borne, len(updates))
        automated = [each for each in updates if kinds.get(each.account_id) == "automation"]
        if len(kinds) < len(updates) or len(automated) == 1:  # the others were written, or failed for their own reasons
            automated = []
        return [*limited, *automated] if len(updates) > 1 else []

    def _request(self, updates: Sequence[Update]) -> Outcomes:
        body = {
            "allOrNone": False,
            "records": [{"attributes": {"type": "Account"}, "id": each.account_id, **each.values} for each in updates],
        }
        values = [each.values for each in updates]
        response = self._http.request("PATCH", PATH, json=body, personal=values, writes=True)
        results = answers.content(response, f"PATCH {PATH}")
        if not isinstance(results, list) or len(results) != len(updates) or not all(map(_is_result, updates, results)):
            raise ProtocolError(f"PATCH {PATH}: expected {len(updates)} results in the order of the records")
        return {each.account_id: _outcome(each, result) for each, result in zip(updates, results, strict=True)}


def _is_result(update: Update, result: object) -> bool:
    """Return whether that is a result of an update: it says whether it was done, and names no other Account."""
    if not isinstance(result, dict) or not isinstance(result.get("success"), bool):
        return False
    account_id = result.get("id")
    return account_id is None or (isinstance(account_id, str) and account_id[:15] == update.account_id[:15])


def _outcome(update: Update, result: Mapping[str, Any]) -> UpdateOutcome:
    """Return what became of an update; of several errors, one that does not pass counts: a rule more than a lock."""
    if result["success"]:
        return UpdateOutcome(update.account_id)
    errors = result.get("errors")
    given = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    refusals = [refusal(each, update.values) for each in given]
    lasting = [each for each in refusals if each.kind != "passing"]
    return UpdateOutcome(update.account_id, next(iter(lasting or refusals), Refusal("UNKNOWN_ERROR")))

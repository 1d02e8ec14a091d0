"""
Records in Salesforce, above all Accounts: described, queried, updated by Id.

Accounts are never upserted, because an upsert inserts what it does not find. A few go by sObject Collections, many by
Bulk API 2.0; Salesforce itself draws the line at 2,000
(https://developer.salesforce.com, Salesforce Developer Limits and Allocations Quick Reference).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from upflow_provider.clients.salesforce.answers import REMEDY, member
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.clients.salesforce.pages import pages
from upflow_provider.clients.salesforce.refusals import DUPLICATES, Refusal
from upflow_provider.clients.salesforce.updates import COLLECTION_SIZE_MAX, AccountUpdates, Update, UpdateOutcome
from upflow_provider.errors import ConfigurationError, NotFoundError, ProtocolError

ACCOUNT = "Account"
FIELD_MEMBERS = {
    "name": str,
    "type": str,
    "length": int,
    "precision": int,
    "scale": int,
    "updateable": bool,
    "nillable": bool,
    "calculated": bool,
    "filterable": bool,
    "unique": bool,
    "externalId": bool,
    "restrictedPicklist": bool,
    "picklistValues": list,
}
"""What the description of a field has to say, and in which type."""


class SalesforceClient:
    """
    Reads and updates Accounts.

    Args:
        http: Sends the requests; bulk jobs may share it.
        collection_size: Records of one request to sObject Collections, at most.
    """

    def __init__(self, http: SalesforceHttp, *, collection_size: int = COLLECTION_SIZE_MAX) -> None:
        self._http = http
        self._updates = AccountUpdates(http, collection_size)

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

    def describe(self, sobject: str = ACCOUNT) -> Mapping[str, Any]:
        """
        Return the description of an object as this user sees it, without fields that are hidden from the user.

        Args:
            sobject: API name of the object, such as ``Contact``.

        Raises:
            ConfigurationError: Salesforce knows no such version of its API, or no such object.
            ProtocolError: The answer is not a description.
        """
        path = f"/sobjects/{sobject}/describe"
        call = f"GET {path}"
        try:
            described = self._http.get(path)
        except NotFoundError as error:
            raise ConfigurationError(
                f"{error}; check the version {self._http.version} in the Salesforce connection, such as 60.0, and that "
                f"the connected user may read {sobject}"
            ) from None
        member(described, "updateable", bool, call)
        for each in member(described, "fields", list, call):
            if not _is_field(each):
                raise ProtocolError(f"{call}: the description of a field is incomplete; {REMEDY}")
        return described

    def query(self, soql: str, *, deleted: bool = False) -> Iterator[Sequence[Mapping[str, Any]]]:
        """
        Yield the pages of a query, each of up to 2,000 records; numbers are exact, and no record comes twice.

        Each page is yielded before the next one is asked for. What a list that ends too early lacks is never concluded
        to be gone: then the query starts again.

        Args:
            soql: The query; it selects ``Id``.
            deleted: Whether deleted records count, too, as long as Salesforce keeps them.

        Raises:
            RefusedError: The query is wrong; it names a field that does not exist, for instance.
            ProtocolError: An answer is none to a query.
            RetriableError: The query never came to its end.
        """
        return pages(self._http, soql, deleted=deleted)

    def count(self, condition: str, sobject: str = ACCOUNT) -> int:
        """
        Return how many records of an object meet a SOQL condition; an empty one is met by all. It is asked once.

        Args:
            condition: The condition.
            sobject: API name of the object.

        Raises:
            UpflowSyncError: It is not known.
        """
        where = f" WHERE {condition}" if condition else ""
        soql = f"SELECT COUNT() FROM {sobject}{where}"  # noqa: S608 - SOQL, which only reads
        return member(self._http.get("/query", {"q": soql}, retry=False), "totalSize", int, "GET /query")

    def update(self, updates: Sequence[Update]) -> Iterator[Sequence[UpdateOutcome]]:
        """
        Update Accounts by sObject Collections, 200 a request, and yield the outcomes of each request, in order.

        Records whose errors may pass are sent again, without the others and after a pause. A request that is refused
        as a whole is split in halves until the record at fault is alone, and so is one whose records failed together:
        because a trigger or flow broke a limit, or failed because of one of them. How many records the org bears at
        once is remembered.

        Raises:
            RetriableError, QuotaError, AuthenticationError: Updates whose outcome was not yielded may or may not have
                been done.
            NotFoundError: This version of the API has no sObject Collections.
            ProtocolError: The results are not one for each record, in their order.
        """
        return self._updates.send(updates)

    def may_update(self, refusal: Refusal) -> bool:
        """Return whether `update` may write what a bulk job could not: jobs neither split nor overrule alerts."""
        if refusal.code == DUPLICATES:
            return self._http.allow_duplicates
        return refusal.kind in {"limit", "automation"}


def _is_field(described: object) -> bool:
    """Return whether that describes a field in full."""
    if not isinstance(described, dict):
        return False
    if any(type(described.get(name)) is not kind for name, kind in FIELD_MEMBERS.items()):
        return False
    values = described["picklistValues"]
    return all(isinstance(each, dict) and isinstance(each.get("value"), str) and "active" in each for each in values)

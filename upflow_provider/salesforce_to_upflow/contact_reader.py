"""
Contacts as Salesforce holds them: which Accounts have changes, and whole lists of Accounts.

A changed, deleted, moved or merged Contact only says whose lists are to be read again, because Upflow's are complete.
Changes are read by a window that is open at its end and has no limit, so that Contacts of one instant stay together
(https://developer.salesforce.com, SOQL and SOSL Reference); deleted ones come with ``queryAll``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.errors import ProtocolError, RefusedError, RetriableError
from upflow_provider.records.salesforce.matching import id18
from upflow_provider.runs.batches import batches
from upflow_provider.salesforce_to_upflow.description import RELATED, contact_columns
from upflow_provider.salesforce_to_upflow.mapping.contacts import values_in
from upflow_provider.salesforce_to_upflow.mapping.preflight import RELATION_FIELDS
from upflow_provider.salesforce_to_upflow.settings import ROLES, ContactsImport

log = logging.getLogger(__name__)

Record = Mapping[str, Any]

QUERY_JOB_FROM = 20_000
"""Number of records from which a job reads them: ten pages take about as long as a job."""
IDS_MAX = 200
"""Ids in one condition: the address of a request has room for about 700."""


@dataclass(slots=True)
class ContactLists:
    """
    The Contacts of some Accounts, in little memory.

    Attributes:
        columns: API names of the fields that are read.
        contacts: Values of Contacts in their order, as JSON, by Id.
        roles: Roles of each Contact of an Account, by the Id of the Account.
    """

    columns: Sequence[str]
    contacts: dict[str, str] = field(default_factory=dict)
    roles: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, account_id: str) -> Iterator[Record]:
        """Yield the Contacts of an Account, each with its ``Roles`` there."""
        for contact_id, roles in self.roles.get(account_id, {}).items():
            if contact_id in self.contacts:
                values = dict(zip(self.columns, json.loads(self.contacts[contact_id]), strict=True))
                yield {**values, "Id": contact_id, ROLES: roles}

    def add(self, account_id: str, contact_id: str, roles: str = "") -> None:
        """Add a Contact to the list of an Account."""
        own = self.roles.setdefault(account_id, {})
        own[contact_id] = roles or own.get(contact_id, "")


class ContactReader:
    """
    Reads Contacts.

    Args:
        client: Reads a few.
        jobs: Reads many.
        settings: Which contacts come from Salesforce.
        today: Current day; relations that ended before it do not count.
        query_job_from: Number of records from which a job reads them.
    """

    def __init__(
        self,
        client: SalesforceClient,
        jobs: SalesforceJobs,
        settings: ContactsImport,
        today: date,
        *,
        query_job_from: int = QUERY_JOB_FROM,
    ) -> None:
        self._client, self._jobs, self._query_job_from = client, jobs, query_job_from
        self._related, self._today, self._columns = settings.related, today, contact_columns(settings)

    def changed_since(self, start: datetime) -> tuple[set[str], set[str]]:
        """
        Return which Accounts Contacts now belong to that have changed, and which Contacts these are.

        Args:
            start: First instant of the changes, aware, UTC.
        """
        since = f"SystemModstamp >= {start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        accounts: set[str] = set()
        contacts: set[str] = set()
        sources = {"Contact": "Id", **({RELATED: "ContactId"} if self._related else {})}
        for sobject, own_id in sources.items():
            columns = ", ".join(dict.fromkeys(("Id", "AccountId", own_id)))
            for page in self._client.query(f"SELECT {columns} FROM {sobject} WHERE {since}", deleted=True):  # noqa: S608 - SOQL, which only reads
                contacts |= {id18(each[own_id]) for each in page if each[own_id]}
                accounts |= {id18(each["AccountId"]) for each in page if each["AccountId"]}
        return accounts, contacts

    def of_accounts(self, account_ids: Iterable[str]) -> ContactLists:
        """Return the whole lists of a few Accounts."""
        lists = ContactLists([each for each in self._columns if each not in {"Id", "AccountId"}])
        for ids in batches(account_ids, IDS_MAX):
            self._add_contacts(lists, self._contacts(f"AccountId IN ({_listed(ids)})"), ids)
            if self._related:
                self._add_relations(lists, self._relations(f"AccountId IN ({_listed(ids)})"), ids)
        missing = sorted({each for own in lists.roles.values() for each in own} - lists.contacts.keys())
        for ids in batches(missing, IDS_MAX):
            self._keep(lists, self._contacts(f"Id IN ({_listed(ids)})"))
        return lists

    def of_all(self, account_ids: Container[str]) -> ContactLists:
        """Return the whole lists of many Accounts: everything is read, and the rest is left out."""
        lists = ContactLists([each for each in self._columns if each not in {"Id", "AccountId"}])
        if self._related:
            self._add_relations(lists, self._all(RELATED, RELATION_FIELDS, ""), account_ids)
        related = {each for own in lists.roles.values() for each in own}
        for contact in self._all("Contact", self._columns, "AccountId != null"):
            if id18(contact["Id"]) in related:
                self._keep(lists, [contact])
            self._add_contacts(lists, [contact], account_ids)
        return lists

    def _add_contacts(self, lists: ContactLists, contacts: Iterable[Record], account_ids: Container[str]) -> None:
        for contact in contacts:
            account_id = id18(contact["AccountId"])
            if account_id in account_ids:
                self._keep(lists, [contact])
                lists.add(account_id, id18(contact["Id"]))

    def _add_relations(self, lists: ContactLists, relations: Iterable[Record], account_ids: Container[str]) -> None:
        for each in relations:
            account_id = id18(each["AccountId"])
            if account_id in account_ids and self._is_current(each):
                lists.add(account_id, id18(each["ContactId"]), each[ROLES] or "")

    def _is_current(self, relation: Record) -> bool:
        end = relation["EndDate"]
        return values_in(relation["IsActive"]) == ["true"] and (not end or date.fromisoformat(end) >= self._today)

    def _keep(self, lists: ContactLists, contacts: Iterable[Record]) -> None:
        for contact in contacts:
            values = [contact[name] for name in self._columns if name not in {"Id", "AccountId"}]
            lists.contacts[id18(contact["Id"])] = json.dumps(values, default=str, separators=(",", ":"))

    def _contacts(self, condition: str) -> Iterator[Record]:
        return _records(self._client.query(_soql("Contact", self._columns, condition)), self._columns)

    def _relations(self, condition: str) -> Iterator[Record]:
        return _records(self._client.query(_soql(RELATED, RELATION_FIELDS, condition)), RELATION_FIELDS)

    def _all(self, sobject: str, columns: Sequence[str], condition: str) -> Iterator[Record]:
        """Yield all records of an object, by a job if they are many."""
        soql = _soql(sobject, columns, condition)
        are_many = self._are_many(sobject, condition)
        return _records(self._jobs.query(soql) if are_many else self._client.query(soql), columns)

    def _are_many(self, sobject: str, condition: str) -> bool:
        """Return whether a job is to read records; if Salesforce cannot count them in time, they are many."""
        try:
            return self._client.count(condition, sobject) >= self._query_job_from
        except (RetriableError, RefusedError, ProtocolError) as error:
            log.info("reading %s by a job, because the number is unknown: %s", sobject, error)
            return True


def _records(pages: Iterable[Sequence[Record]], columns: Sequence[str]) -> Iterator[Record]:
    for page in pages:
        for record in page:
            if missing := [name for name in columns if name not in record]:
                raise ProtocolError(f"Salesforce lists a record without {', '.join(missing)}, which the query selects")
            yield record


def _soql(sobject: str, columns: Sequence[str], condition: str) -> str:
    where = f" WHERE {condition}" if condition else ""
    return f"SELECT {', '.join(columns)} FROM {sobject}{where}"  # noqa: S608 - SOQL, of names that were checked; it only reads


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(f"'{each}'" for each in ids)

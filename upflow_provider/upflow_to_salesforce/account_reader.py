"""Accounts as Salesforce holds them: their description, their values, and the customer that each belongs to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.errors import (
    ConfigurationError,
    MappingError,
    ProtocolError,
    RecordError,
    RefusedError,
    RetriableError,
)
from upflow_provider.ledger.salesforce_accounts import MatchedAccount
from upflow_provider.records.page import NO_ID
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.records.salesforce.matching import Matches, id18, key, match
from upflow_provider.runs.containment import contained
from upflow_provider.upflow_to_salesforce.field_mapping import FieldMapping
from upflow_provider.upflow_to_salesforce.mapping.preflight import clear_problems, key_problems, notes, problems

log = logging.getLogger(__name__)

QUERY_JOB_FROM = 20_000
"""Number of Accounts from which a job reads them: ten pages take about as long as a job."""
CURRENCY = "CurrencyIsoCode"
"""Field of every record in an organization with several currencies, and in no other."""


class AccountDescription(NamedTuple):
    """
    The object Account as the connected user sees it, checked against the mapping.

    Attributes:
        fields: Its fields, by API name.
        notes: What works, but not as well as one may expect.
    """

    fields: Mapping[str, SalesforceField]
    notes: Sequence[str]


class KeyedAccount(NamedTuple):
    """
    One Account.

    Attributes:
        account_id: Its Id, 18 characters.
        key: Its key in normal form; ``None`` for an empty one.
        values: Values as Salesforce answers them, by API name of the field.
    """

    account_id: str
    key: str | None
    values: Mapping[str, Any]


class AccountReader:
    """
    Reads Accounts.

    Args:
        client: Reads a few Accounts.
        jobs: Reads many Accounts.
        query_job_from: Number of Accounts from which a job reads them.
    """

    def __init__(self, client: SalesforceClient, jobs: SalesforceJobs, *, query_job_from: int = QUERY_JOB_FROM) -> None:
        self._client, self._jobs, self._query_job_from = client, jobs, query_job_from

    def describe(
        self, mapping: FieldMapping, names: Mapping[str, str], clear: Sequence[str] = ()
    ) -> AccountDescription:
        """
        Describe Account, and check the mapping against the description.

        Args:
            mapping: The mapping.
            names: Those of its fields that are about to be written: name of the Upflow field to API name.
            clear: API names of fields whose values are to be cleared.

        Raises:
            ConfigurationError: Mapping and description do not fit together; every problem is named.
        """
        described = self._client.describe()
        found = [
            *key_problems(mapping.match_field, described, names),
            *problems(names, mapping.kinds, described, options=mapping.options),
            *clear_problems(clear, mapping.match_field, described, names),
        ]
        if found:
            raise ConfigurationError("before anything is written to Salesforce:\n- " + "\n- ".join(found))
        fields = {each["name"]: SalesforceField.of(each) for each in described["fields"]}
        its_notes = notes(names, mapping.kinds, described, key=mapping.match_field, options=mapping.options)
        return AccountDescription(fields, its_notes)

    def read(self, names: Sequence[str], key_field: SalesforceField) -> Iterator[KeyedAccount]:
        """
        Yield the Accounts that have a key.

        Args:
            names: API names of the fields to read.
            key_field: The field that holds the key.
        """
        columns = list(dict.fromkeys(("Id", key_field.name, *names)))
        condition = f"{key_field.name} != null" if key_field.filterable and key_field.name != "Id" else ""
        where = f" WHERE {condition}" if condition else ""
        soql = f"SELECT {', '.join(columns)} FROM Account{where}"  # noqa: S608 - SOQL, of names that were checked; it only reads
        pages = self._jobs.query(soql) if self._are_many(condition) else self._client.query(soql)
        for page in pages:
            for account in page:
                if missing := [name for name in columns if name not in account]:
                    raise ProtocolError(
                        f"Salesforce lists an Account without {', '.join(missing)}, which the query selects"
                    )
                yield KeyedAccount(id18(account["Id"]), key(account[key_field.name], key_field.type), account)

    def _are_many(self, condition: str) -> bool:
        """
        Return whether a job is to read Accounts that meet a condition.

        The count only chooses: if Salesforce cannot count them in time, they are many.
        """
        try:
            return self._client.count(condition) >= self._query_job_from
        except (RetriableError, RefusedError, ProtocolError) as error:
            log.info("reading Accounts by a job, because their number is unknown: %s", error)
            return True


class AccountMatching:
    """
    Collects the keys of both sides, and matches them. Of each record it keeps only what that takes.

    Args:
        mapping: Says what of a customer is its key.
        key_field: The field of Account that holds the same.
        account_url: Returns the address of an Account's page, by the Account's Id.

    Attributes:
        unreadable: Number of customers that cannot be read.
    """

    def __init__(self, mapping: FieldMapping, key_field: SalesforceField, account_url: Callable[[str], str]) -> None:
        self._mapping, self._key_type, self._account_url = mapping, key_field.type, account_url
        self._keys: dict[str, str | None] = {}
        self._customer_urls: dict[str, str] = {}
        self._customer_keys: set[str | None] = set()
        self._account_keys: list[tuple[str, str | None]] = []
        self.unreadable = 0

    def add_customers(self, customers: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """Add customers as Upflow lists them, and yield them; leave out and count those that cannot be read."""
        for customer in customers:
            try:
                with contained(customer["id"] or "a customer without a usable id"):
                    if customer["id"] == NO_ID:
                        raise MappingError("-", "id", "is absent in Upflow's list, or cannot be stored")
                    self.add_customer(customer)
            except RecordError as error:
                log.warning("left out a customer that cannot be read: %s", error)
                self.unreadable += 1
            else:
                yield customer

    def add_customer(self, customer: Mapping[str, Any]) -> None:
        """Add a customer as Upflow lists it."""
        customer_key = key(self._mapping.key_of(customer), self._key_type)
        self._keys[customer["id"]] = customer_key
        self._customer_keys.add(customer_key)
        url = customer.get("directUrl")
        self._customer_urls[customer["id"]] = url if isinstance(url, str) else ""

    def add_account(self, account: KeyedAccount) -> bool:
        """Add an Account, after all customers; return whether a customer has its key."""
        has_customer = account.key in self._customer_keys
        if has_customer:
            self._account_keys.append((account.account_id, account.key))
        return has_customer

    def matches(self) -> Matches:
        """Return which customer is which Account, of all that were added."""
        return match(self._keys.items(), self._account_keys)

    def matched_account(self, customer_id: str, account_id: str) -> MatchedAccount:
        """Return a customer and its Account with the addresses of their pages."""
        return MatchedAccount(customer_id, self._customer_urls[customer_id], self._account_url(account_id))

"""
The plan of an import: both sides are read and compared before the first write.

``customers of Upflow | Accounts | which lists of Contacts to read | compare``
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from upflow_provider.clients.salesforce.bulk_jobs import SalesforceJobs
from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.stream import Answer
from upflow_provider.ledger import Ledger, Outcome, RecordState
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import Collection
from upflow_provider.records.salesforce.fields import SalesforceField
from upflow_provider.runs.batches import batches
from upflow_provider.salesforce_to_upflow.account_reader import AccountReader
from upflow_provider.salesforce_to_upflow.changes import STREAM, CustomerChanges, account_of, dependents_of
from upflow_provider.salesforce_to_upflow.contact_reader import ContactLists, ContactReader
from upflow_provider.salesforce_to_upflow.customers import CustomerKey, MatchedCustomers
from upflow_provider.salesforce_to_upflow.mapping.contacts import contact_mark
from upflow_provider.salesforce_to_upflow.settings import SalesforceImport

BATCH_SIZE = 1_000
"""Customers that are looked up in the ledger at a time."""
LISTS_MAX = 5_000
"""Accounts whose lists are read one by one; for more, all Contacts are read."""


class UpflowReader(Protocol):
    """The part of Upflow's client that shows what it has."""

    def list(self, collection: Collection) -> Iterator[Answer]:
        """Yield every record of a collection."""

    def list_contacts(self, customer_ref: str) -> Iterator[Answer]:
        """Yield the contacts of a customer."""

    def list_custom_fields(self) -> Iterator[Answer]:
        """Yield the definitions of custom fields."""

    def users(self) -> Sequence[Answer]:
        """Return the users."""


class ImportPlan:
    """
    Reads both sides, and compares them.

    Args:
        upflow: Shows customers and contacts.
        client: Reads a few records of Salesforce.
        jobs: Reads many.
        ledger: Knows what was compared before.
        settings: The settings of the import, with the way in which Accounts are found.
    """

    def __init__(
        self,
        *,
        upflow: UpflowReader,
        client: SalesforceClient,
        jobs: SalesforceJobs,
        ledger: Ledger,
        settings: SalesforceImport,
    ) -> None:
        self._upflow, self._client, self._jobs = upflow, client, jobs
        self._ledger, self._settings = ledger, settings
        self._now = ledger.clock.now()

    def read(self, key_field: SalesforceField) -> tuple[MatchedCustomers, AccountReader]:
        """Read all customers, and all Accounts that have a key."""
        settings = self._settings
        owner = ("OwnerId",) if settings.account_owner else ()
        columns = (*owner, *(each.field for each in settings.custom_fields))
        accounts = AccountReader(self._client, self._jobs, key_field, columns)
        wanted = settings.match
        if wanted is None:
            raise ValueError("the settings do not say how Accounts are found")
        customers = MatchedCustomers(CustomerKey(wanted, self._upflow.list_custom_fields()), key_field.type)
        for customer in self._upflow.list("customers"):
            customers.add_customer(customer)
        for account in accounts.read():
            customers.add_account(*account)
        return customers, accounts

    def records(
        self, customers: MatchedCustomers, accounts_of: dict[str, str], changes: CustomerChanges, since: datetime | None
    ) -> list[Record]:
        """
        Return the customers that change, and those that were compared for the first time.

        Args:
            customers: Customers and Accounts.
            accounts_of: Id of the Account by external id of the customer.
            changes: Compares them.
            since: From when on changes are read; ``None`` to compare everything.
        """
        reader = self._contact_reader()
        changed = reader.changed_since(since) if reader and since else (set[str](), set[str]())
        marks = {contact_mark(each) for each in changed[1]}
        known: dict[str, RecordState | None] = {}
        with_contacts: set[str] = set()
        for batch in batches(accounts_of, BATCH_SIZE):
            states = self._ledger.records(STREAM, batch)
            for customer in batch:
                state, account_id = states.get(customer), accounts_of[customer]
                has_changes = since is None or account_id in changed[0] or _has_any(state, marks)
                if has_changes or self._is_open(state, account_id):
                    with_contacts.add(customer)
                if has_changes or not self._waits(state):
                    known[customer] = state
        accounts = {accounts_of[each] for each in with_contacts}
        lists = _lists(reader, accounts) if reader else None
        found = []
        for customer, state in known.items():
            contacts = lists if customer in with_contacts else None
            if record := self._record(customer, accounts_of[customer], customers, changes, contacts, state):
                found.append(record)
        return found

    def _record(
        self,
        customer: str,
        account_id: str,
        customers: MatchedCustomers,
        changes: CustomerChanges,
        lists: ContactLists | None,
        state: RecordState | None,
    ) -> Record | None:
        """Return the changes of one customer; ``None`` if there is nothing to do or to remember."""
        shown = customers.shown(customer)
        payload: dict[str, Any] = changes.of_account(customer, customers.account(account_id), shown)
        dependents = list(state.dependents or ()) if state else []
        if lists is not None:
            contacts, are_changed = changes.of_contacts(
                customer, lists.of(account_id), lambda: self._contacts(customer, shown)
            )
            if are_changed:
                payload["contacts"] = contacts
            dependents = dependents_of(account_id, contacts)
        is_open = self._is_open(state, account_id)
        is_imported = state is not None and state.outcome is Outcome.IMPORTED
        # The ledger has to know whose contacts they are, also if Upflow has them already.
        if payload or (is_open and (is_imported or len(dependents) > 1)):
            return {"id": customer, "payload": payload, "dependents": dependents}
        return {"id": customer, "payload": None, "account": account_id} if is_open else None

    def _contacts(self, customer: str, shown: dict[str, Any]) -> list[Any]:
        """Return the contacts that Upflow has of a customer, asked for if lists do not show them."""
        listed = shown.get("contacts")
        return listed if isinstance(listed, list) else list(self._upflow.list_contacts(external(customer)))

    def _contact_reader(self) -> ContactReader | None:
        contacts = self._settings.contacts
        if contacts is None or not self._settings.has_contacts:
            return None
        return ContactReader(self._client, self._jobs, contacts, self._now.date())

    def _is_open(self, state: RecordState | None, account_id: str) -> bool:
        """Return whether a customer has to be compared: for the first time, with another Account, or once more."""
        if state is None or state.outcome is Outcome.PENDING:
            return True
        if state.outcome is Outcome.REJECTED:
            return not self._waits(state)
        return account_of(state) != account_id

    def _waits(self, state: RecordState | None) -> bool:
        """Return whether a customer was rejected, and is not due again yet."""
        if state is None or state.outcome is not Outcome.REJECTED:
            return False
        return state.next_attempt_at is not None and state.next_attempt_at > self._now


def _lists(reader: ContactReader, accounts: set[str]) -> ContactLists:
    return reader.of_accounts(sorted(accounts)) if len(accounts) <= LISTS_MAX else reader.of_all(accounts)


def _has_any(state: RecordState | None, marks: set[str]) -> bool:
    """Return whether a customer has one of the Contacts, by what the external ids of contacts end in."""
    return state is not None and any(each.rpartition("_")[2] in marks for each in state.dependents or ())

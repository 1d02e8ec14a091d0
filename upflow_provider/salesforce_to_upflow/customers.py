"""The customers of Upflow, the Account that each belongs to, and what is kept of both, in little memory."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from upflow_provider.clients.salesforce.account_match import Match
from upflow_provider.errors import ConfigurationError
from upflow_provider.records.salesforce.customer_key import CUSTOM_FIELD, called, key_of
from upflow_provider.records.salesforce.matching import key, match
from upflow_provider.records.text import entries_in, is_id

Record = Mapping[str, Any]

SHOWN = ("accountManagerId", "customFields")
"""What is kept of a customer, besides its contacts."""
CONTACT = ("externalId", "email", "isMain", "firstName", "lastName", "phone", "position")
"""What is kept of each contact."""


class CustomerKey:
    """
    What of a customer is its key.

    Args:
        wanted: How Accounts are found.
        definitions: Custom fields as Upflow lists them; they are only read if one is the key.

    Raises:
        ConfigurationError: The custom field does not exist, or several have its name.
    """

    def __init__(self, wanted: Match, definitions: Iterable[Record]) -> None:
        self._match, self._definitions = wanted.upflow, dict[str, Record]()
        if wanted.upflow.startswith(CUSTOM_FIELD):
            name = wanted.upflow.removeprefix(CUSTOM_FIELD)
            found = called(name, [each for each in definitions if each.get("entityType", "CUSTOMER") == "CUSTOMER"])
            if len(found) != 1:
                what = "several custom fields have" if found else "no custom field of customers has"
                raise ConfigurationError(
                    f"salesforce_import.match: {what} the name, external id or id {name!r} in Upflow; correct match"
                )
            self._definitions[name] = found[0]

    def of(self, customer: Record) -> object:
        """Return a customer's key as Upflow holds it."""
        return key_of(customer, self._match, self._definitions)


class MatchedCustomers:
    """
    Customers with their Accounts. All customers are added first, then all Accounts.

    Args:
        customer_key: What of a customer is its key.
        key_type: Type of the field of Account that holds the same.

    Attributes:
        number: How many customers were added.
        problems: How many customers have no Account, by reason.
    """

    def __init__(self, customer_key: CustomerKey, key_type: str) -> None:
        self._customer_key, self._key_type = customer_key, key_type
        self._keys: dict[str, str | None] = {}
        self._shown: dict[str, str] = {}
        self._account_keys: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        self._known_keys: set[str | None] = set()
        self.number = 0
        self.problems: Counter[str] = Counter()

    def add_customer(self, customer: Record) -> None:
        """Add a customer as Upflow lists it."""
        self.number += 1
        external_id = customer.get("externalId")
        if not is_id(external_id):
            self.problems["has no external id, by which it can be changed"] += 1
            return
        customer_key = key(self._customer_key.of(customer), self._key_type)
        self._keys[external_id] = customer_key
        self._known_keys.add(customer_key)
        self._shown[external_id] = json.dumps(_compared(customer), separators=(",", ":"))

    def add_account(self, account_id: str, account_key: str | None, values: str) -> None:
        """Add an Account: its Id, its key in normal form, and its values as JSON."""
        if account_key and account_key in self._known_keys:
            self._account_keys[account_id] = account_key
            self._accounts[account_id] = values

    def matched_accounts(self) -> dict[str, str]:
        """Return the Id of the Account by external id of the customer; `problems` has counted the others then."""
        found = match(self._keys.items(), self._account_keys.items())
        self.problems["has no key in Upflow"] += len(found.keyless)
        self.problems["no Account has its key"] += len(found.unmatched)
        self.problems["several Accounts have its key"] += len(found.undecided)
        self.problems["another customer has the same key"] += sum(map(len, found.claimed.values()))
        self.problems = +self.problems
        return found.matched

    def shown(self, customer: str) -> dict[str, Any]:
        """Return what Upflow shows of a customer, as far as it is kept."""
        found: dict[str, Any] = json.loads(self._shown[customer])
        return found

    def account(self, account_id: str) -> dict[str, Any]:
        """Return the values of an Account."""
        found: dict[str, Any] = json.loads(self._accounts[account_id])
        return found

    def ids(self) -> Iterator[str]:
        """Yield the external ids of all customers that can be changed."""
        yield from self._keys


def _compared(customer: Record) -> dict[str, Any]:
    """Return the part of a customer that is compared."""
    found = {name: customer[name] for name in SHOWN if customer.get(name)}
    if isinstance(customer.get("contacts"), list):
        contacts = entries_in(customer["contacts"])
        found["contacts"] = [{name: each[name] for name in CONTACT if each.get(name)} for each in contacts]
    return found

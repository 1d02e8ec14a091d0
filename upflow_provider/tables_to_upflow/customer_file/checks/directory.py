"""
What an organization has in Upflow, read once by lists into a temporary file.

So the check of a file needs no request for each line, and a constant amount of memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, Self

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.stream import Answer
from upflow_provider.errors import NotFoundError
from upflow_provider.records.payloads import Collection
from upflow_provider.records.text import cleaned, entries_in, is_id, mapping_in
from upflow_provider.runs.batches import batches
from upflow_provider.tables_to_upflow.customer_file.checks.database import TemporaryDatabase

BATCH_SIZE = 1_000
"""Customers in one transaction."""
LABELS_MAX = 10_000
"""Labels of one custom field that are remembered; a field with more is no select."""
TABLES = (
    "CREATE TABLE customers (key TEXT PRIMARY KEY, id TEXT, parent TEXT, name TEXT, shown TEXT)",
    "CREATE INDEX customers_by_id ON customers (id)",
    "CREATE INDEX customers_by_name ON customers (name)",
    "CREATE INDEX customers_by_parent ON customers (parent)",
    "CREATE TABLE payments (key TEXT PRIMARY KEY)",
    "CREATE TABLE invoices (reference TEXT, key TEXT, customer TEXT, currency TEXT, gross INTEGER)",
    "CREATE INDEX invoices_by_reference ON invoices (reference)",
)


class Reader(Protocol):
    """The part of Upflow's client that shows customers and invoices."""

    def list(self, collection: Collection) -> Iterator[Answer]:
        """Yield every record of a collection."""

    def get(self, collection: Collection, ref: str) -> Answer:
        """Return one record; `NotFoundError` if there is none."""

    def list_contacts(self, customer_ref: str) -> Iterator[Answer]:
        """Yield the contacts of a customer."""


class KnownInvoice(NamedTuple):
    """
    An invoice that payments may settle.

    Attributes:
        key: Its external id; empty if it has none.
        customer: Key of its customer; empty if that is not known.
        currency: ISO 4217 code.
        gross: Amount with tax, in minor units.
    """

    key: str
    customer: str
    currency: str
    gross: int


class CustomerDirectory:
    """
    The customers of an organization; a context manager, which deletes its temporary file.

    A customer's *key* is its external id, or else its id in Upflow.

    Args:
        upflow: Shows them.

    Attributes:
        labels: Labels that customers have in each custom field, by the field's id.
    """

    def __init__(self, upflow: Reader) -> None:
        self._upflow, self._database = upflow, TemporaryDatabase(*TABLES)
        self.labels: dict[str, dict[str, None]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._database.close()

    def read_customers(self) -> int:
        """Read all customers, and return their number."""
        for batch in batches(self._upflow.list("customers"), BATCH_SIZE):
            self._database.write("INSERT OR REPLACE INTO customers VALUES (?, ?, ?, ?, ?)", map(self._row, batch))
        (number,) = self._database.one("SELECT COUNT(*) FROM customers")
        return int(number)

    def read_invoices(self) -> None:
        """Read all invoices, which payments may refer to by external id or by number."""
        for batch in batches(self._upflow.list("invoices"), BATCH_SIZE):
            rows = [row for each in batch for row in _invoice_rows(each)]
            self._database.write("INSERT INTO invoices VALUES (?, ?, ?, ?, ?)", rows)

    def read_payments(self) -> None:
        """Read the external ids of all payments, whoever brought them."""
        for batch in batches(self._upflow.list("payments"), BATCH_SIZE):
            rows = [(each["externalId"],) for each in batch if is_id(each.get("externalId"))]
            self._database.write("INSERT OR IGNORE INTO payments VALUES (?)", rows)

    def has_payment(self, key: str) -> bool:
        """Return whether Upflow has a payment of an external id."""
        return self._database.one("SELECT 1 FROM payments WHERE key = ?", key) is not None

    def customer(self, key: str) -> dict[str, Any] | None:
        """Return a customer as Upflow shows it; ``None`` if there is none."""
        found = self._database.one("SELECT shown FROM customers WHERE key = ?", key)
        return json.loads(found[0]) if found else None

    def whole_customer(self, key: str) -> dict[str, Any] | None:
        """Return a customer with its address; it is asked for by itself if lists do not show that."""
        found = self.customer(key)
        if found is None or "address" in found:
            return found
        try:
            return self._upflow.get("customers", self.ref(key) or external(key))
        except NotFoundError:
            return None

    def contacts(self, key: str) -> list[Mapping[str, Any]]:
        """Return the contacts of a customer that Upflow has, asked for if lists do not show them."""
        found = self.customer(key) or {}
        if isinstance(found.get("contacts"), list):
            return entries_in(found["contacts"])
        return list(self._upflow.list_contacts(self.ref(key) or external(key)))

    def name(self, key: str) -> str:
        """Return the name of a customer; empty if there is none."""
        found = self._database.one("SELECT name FROM customers WHERE key = ?", key)
        return found[0] if found else ""

    def has(self, key: str) -> bool:
        """Return whether Upflow has a customer."""
        return self._database.one("SELECT 1 FROM customers WHERE key = ?", key) is not None

    def parent(self, key: str) -> str:
        """Return the key of the customer above one; empty if there is none."""
        found = self._database.one("SELECT parent FROM customers WHERE key = ?", key)
        parent = found[0] if found else ""
        if not parent.startswith("id:"):
            return parent
        above = self._database.one("SELECT key FROM customers WHERE id = ?", parent.removeprefix("id:"))
        return above[0] if above else ""

    def children(self, key: str) -> list[str]:
        """Return the keys of the customers right below one."""
        own_id = "SELECT 'id:' || id FROM customers WHERE key = ?"
        query = f"SELECT key FROM customers WHERE parent IN (?, ({own_id})) ORDER BY key"  # noqa: S608 - no value
        return [child for (child,) in self._database.every(query, key, key)]

    def named(self, name: str) -> set[str]:
        """Return the keys of at most two customers of a name."""
        return {key for (key,) in self._database.every("SELECT key FROM customers WHERE name = ? LIMIT 2", name)}

    def ref(self, key: str) -> str | None:
        """Return the reference to a customer in paths; ``None`` if Upflow does not have it."""
        found = self._database.one("SELECT id FROM customers WHERE key = ?", key)
        return (found[0] if found[0] == key else external(key)) if found else None

    def reference(self, key: str) -> dict[str, str]:
        """Return the reference to a customer in payloads; to one that Upflow lacks, by external id."""
        found = self._database.one("SELECT id FROM customers WHERE key = ?", key)
        return {"id": key} if found and found[0] == key else {"externalId": key}

    def invoices(self, reference: str) -> list[KnownInvoice]:
        """Return the invoices with an external id or a number; more than one if that is ambiguous."""
        query = "SELECT DISTINCT key, customer, currency, gross FROM invoices WHERE reference = ? LIMIT 2"
        found = [KnownInvoice(*row) for row in self._database.every(query, reference)]
        return [each._replace(customer=self._key_of(each.customer)) for each in found]

    def _key_of(self, upflow_id: str) -> str:
        found = self._database.one("SELECT key FROM customers WHERE id = ?", upflow_id)
        return found[0] if found else ""

    def _row(self, shown: Answer) -> tuple[str, ...]:
        own_id = shown.get("id")
        key, upflow_id = _key(shown), own_id if is_id(own_id) else ""
        for value in entries_in(shown.get("customFields")):
            self._keep_labels(value)
        name = cleaned(shown.get("name"))
        return key, upflow_id, _parent(shown), name, json.dumps(shown, separators=(",", ":"))

    def _keep_labels(self, value: Mapping[str, Any]) -> None:
        held = value.get("value")
        for each in held if isinstance(held, list) else [held]:
            label, field_id = mapping_in(each).get("label"), value.get("id") or value.get("externalId")
            if isinstance(label, str) and isinstance(field_id, str):
                labels = self.labels.setdefault(field_id, {})
                if len(labels) < LABELS_MAX:
                    labels[label] = None


def _key(shown: Mapping[str, Any]) -> str:
    return next((each for each in (shown.get("externalId"), shown.get("id")) if is_id(each)), "")


def _parent(shown: Mapping[str, Any]) -> str:
    """Return the key of a customer's parent, or ``id:`` and its id, if no external id is shown."""
    parent = mapping_in(shown.get("parent"))
    if is_id(parent.get("externalId")):
        return str(parent["externalId"])
    return f"id:{parent['id']}" if is_id(parent.get("id")) else ""


def _invoice_rows(shown: Mapping[str, Any]) -> Iterable[tuple[str, str, str, str, int]]:
    """Yield an invoice under each of its references."""
    owner = shown.get("customerId") or mapping_in(shown.get("customer")).get("id") or ""
    key = shown["externalId"] if is_id(shown.get("externalId")) else ""
    gross = shown.get("grossAmount")
    for reference in {key, cleaned(shown.get("customId"))} - {""}:
        amount = gross if isinstance(gross, int) else 0
        yield reference, key, str(owner), str(shown.get("currency") or ""), amount

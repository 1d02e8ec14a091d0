"""The records of a checked file, as the delivery takes them: what differs from Upflow, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from upflow_provider.records.custom_fields import DefinedField
from upflow_provider.records.mapped import Link, Mapped, Need
from upflow_provider.records.page import Record
from upflow_provider.records.payloads import Payload
from upflow_provider.tables_to_upflow.customer_file.checks.customers import CheckedCustomer, CustomerCheck
from upflow_provider.tables_to_upflow.customer_file.checks.directory import CustomerDirectory
from upflow_provider.tables_to_upflow.customer_file.checks.payments import PaymentCheck
from upflow_provider.tables_to_upflow.customer_file.destination import UNSHOWN_ADDRESS
from upflow_provider.tables_to_upflow.customer_file.mapping.contacts import contact_changes
from upflow_provider.tables_to_upflow.customer_file.mapping.customers import changes, created
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import ADDRESS

CUSTOMERS = "file:customers"
"""Stream of the customers that files create."""


class CustomerChanges:
    """
    The changes that a file of customers, contacts or assignments makes.

    Args:
        check: What the file says.
        directory: What Upflow shows.
        fields: Custom fields of customers by name.

    Attributes:
        unchanged: Customers so far that are in Upflow as the file says.
    """

    def __init__(self, check: CustomerCheck, directory: CustomerDirectory, fields: Mapping[str, DefinedField]) -> None:
        self._check, self._directory, self._fields = check, directory, fields
        self.unchanged = 0

    def records(self, *, with_parent: bool) -> Iterator[Record]:
        """Yield the customers that change, either those that the file puts below others, or all others."""
        for customer in self._check.customers(with_parent=with_parent):
            shown = self._shown(customer)
            if shown is None:
                self._check.refuse(customer, "the customer was deleted in Upflow meanwhile")
            elif not _shows_address(customer, shown):
                self._check.refuse(customer, UNSHOWN_ADDRESS)
            elif record := self._record(customer, shown):
                yield record
            else:
                self.unchanged += 1

    def _record(self, customer: CheckedCustomer, shown: Mapping[str, Any]) -> Record | None:
        key, content = customer.key, customer.content
        parent = self._directory.reference(customer.parent) if customer.parent else None
        found = changes(content, shown, self._fields, parent)
        is_new = not self._directory.has(key)
        payload = {"externalId": key, **(created(found) if is_new else found)}
        if content["contacts"] and contact_changes(key, content["contacts"], self._contacts(key, is_new=is_new)):
            payload["contacts"] = content["contacts"]
        needs = [customer.parent] if customer.parent and not self._directory.has(customer.parent) else []
        is_unchanged = not is_new and len(payload) == 1
        return None if is_unchanged else {"id": key, "payload": payload, "exists": not is_new, "needs": needs}

    def _shown(self, customer: CheckedCustomer) -> Mapping[str, Any] | None:
        """Return a customer as Upflow shows it, empty if it is new; ``None`` if it is gone since it was listed."""
        if not self._directory.has(customer.key):
            return {}
        has_address = any(name in customer.content["values"] for name in ADDRESS)
        read = self._directory.whole_customer if has_address else self._directory.customer
        return read(customer.key)

    def _contacts(self, key: str, *, is_new: bool) -> list[Mapping[str, Any]]:
        return [] if is_new else self._directory.contacts(key)


def _shows_address(customer: CheckedCustomer, shown: Mapping[str, Any]) -> bool:
    """Return whether what a file leaves out of an address is known; nothing is of a customer that is new."""
    given = [name for name in ADDRESS if name in customer.content["values"]]
    return not shown or not given or len(given) == len(ADDRESS) or "address" in shown


def customer_to_upflow(record: Record) -> Mapped:
    """Return what changes of a customer."""
    needs = tuple(Need(CUSTOMERS, parent) for parent in record["needs"])
    return Mapped(cast("Payload", record["payload"]), record["id"], needs=needs, exists=record["exists"])


def payment_records(check: PaymentCheck) -> Iterator[Record]:
    """Yield the payments of a file."""
    for payment in check.payments():
        yield {"id": payment.key, **payment._asdict()}


def payment_to_upflow(record: Record) -> Mapped:
    """Return one payment, with what it settles."""
    links = tuple(Link("invoices", invoice, amount) for invoice, amount in record["links"].items())
    return Mapped(cast("Payload", record["payload"]), record["customer"], links=links)

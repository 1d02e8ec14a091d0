"""What people do in the Upflow app, which the API does not see coming."""

from collections.abc import Mapping
from typing import Any

from upflow_provider.testing.upflow.endpoint import Holder
from upflow_provider.testing.upflow.records import contacts
from upflow_provider.testing.upflow.records.links import Document, Share
from upflow_provider.testing.upflow.records.refusal import RefusedError
from upflow_provider.testing.upflow.records.store import Record


class People:
    """
    Somebody who works in the app; records are named by collection and external id.

    Args:
        fake: Whose records they see.

    Raises:
        RefusedError: Raised by all methods if there is no such record.
    """

    def __init__(self, fake: Holder) -> None:
        self._fake = fake

    def delete(self, collection: str, external_id: str) -> None:
        """Delete a document with its links, or a customer with all of its documents."""
        store, record = self._fake.store, self._find(collection, external_id)
        if collection == "customers":
            for document in store.documents_of(record["id"]):
                store.remove(document.collection, store.table(document.collection)[document.id])
        store.remove(collection, record)

    def unlink(self, collection: str, external_id: str) -> None:
        """Undo every link of a document."""
        self._fake.store.links.drop(Document(collection, self._find(collection, external_id)["id"]))

    def edit(self, collection: str, external_id: str, **fields: Any) -> None:  # noqa: ANN401 - JSON
        """Change fields of a record, whatever the API would say."""
        self._fake.store.put(collection, {**self._find(collection, external_id), **fields})

    def delete_contact(self, customer: str, contact: str) -> None:
        """Delete a contact of a customer."""
        record = self._find("customers", customer)
        gone = contacts.find(record, f"external:{contact}")
        self.edit("customers", customer, contacts=[each for each in record["contacts"] if each is not gone])

    def manage_contacts(self, *fields: str) -> None:
        """
        List custom fields of customers, by name, under *Settings > Contact management*, in place of others.

        Upflow makes contacts of the addresses in them, and deletes those of fields that are listed no longer.
        """
        store = self._fake.store
        named = {each["name"]: each for each in store.custom_fields.values() if each["entityType"] == "CUSTOMER"}
        for name in fields:
            if named.get(name, {}).get("dataType") != "TEXT":
                raise RefusedError(f"{name!r} is no custom field of customers of type TEXT")
        store.organization.contact_fields = {named[name]["id"] for name in fields}
        for customer in list(store.customers.values()):
            store.put("customers", {**customer, "contacts": contacts.of_fields(store, customer)})

    def pay(
        self,
        amounts: Mapping[str, int],
        *,
        surcharge: int = 0,
        instrument: str = "CARD",
        **fields: Any,  # noqa: ANN401 - JSON
    ) -> str:
        """
        Pay invoices of one customer in its portal, and return the id of the payment.

        With other instruments and fields it is another payment that did not come over the API: a bank transaction that
        was matched, a line of a CSV file, or one made by hand.

        Args:
            amounts: Minor units by external id of the invoice.
            surcharge: What is collected on top, and linked to nothing.
            instrument: How it is paid.
            fields: What the API shows besides, such as ``type``, ``source`` or a field of the gateway.

        Raises:
            RefusedError: More is paid than is owed.
        """
        store, invoices = self._fake.store, {each: self._find("invoices", each) for each in amounts}
        for external_id, invoice in invoices.items():
            owed = invoice["grossAmount"] - store.links.linked(Document("invoices", invoice["id"]))
            if not 0 < amounts[external_id] <= owed:
                raise RefusedError(f"{external_id}: {amounts[external_id]} is not owed")
        first = next(iter(invoices.values()))
        made = {
            "externalId": None,
            "amount": sum(amounts.values()) + surcharge,
            "currency": first["currency"],
            "customerId": first["customerId"],
            "instrument": instrument,
            "type": None,
            "validatedAt": store.now(),
            **fields,
        }
        payment = store.put("payments", made)
        self._link(payment, {each: (invoices[each], amounts[each]) for each in amounts})
        return str(payment["id"])

    def refund(self, payment_id: str, memo: str = "Refund") -> None:
        """Give a payment back, or let it fail late: its invoices are owed again, and the refund is linked to it."""
        store = self._fake.store
        payment = store.payments[payment_id]
        self.unlink_payment(payment_id)
        kept = ("amount", "currency", "customerId", "instrument")
        refund = store.put("refunds", {"externalId": None, **{name: payment[name] for name in kept}, "memo": memo})
        shares = [Share(Document("refunds", refund["id"]), payment["amount"])]
        shares.append(Share(Document("payments", payment_id), payment["amount"]))
        store.links.put(f"refund of {payment_id}", shares)

    def unlink_payment(self, payment_id: str) -> None:
        """Undo every link of a payment that has no external id."""
        self._fake.store.links.drop(Document("payments", payment_id))

    def link_payment(self, payment_id: str, amounts: Mapping[str, int]) -> None:
        """Link a payment to invoices, in place of those that it was linked to."""
        self.unlink_payment(payment_id)
        invoices = {each: (self._find("invoices", each), amount) for each, amount in amounts.items()}
        self._link(self._fake.store.payments[payment_id], invoices)

    def _link(self, payment: Record, invoices: Mapping[str, tuple[Record, int]]) -> None:
        for external_id, (invoice, amount) in invoices.items():
            shares = [Share(Document("invoices", invoice["id"]), amount)]
            shares.append(Share(Document("payments", payment["id"]), amount))
            self._fake.store.links.put(f"portal {payment['id']} {external_id}", shares)

    def _find(self, collection: str, external_id: str) -> Record:
        return self._fake.store.find(collection, f"external:{external_id}")

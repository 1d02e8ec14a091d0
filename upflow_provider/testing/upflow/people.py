"""What people do in the Upflow app, which the API does not see coming."""

from typing import Any

from upflow_provider.testing.upflow.endpoint import Holder
from upflow_provider.testing.upflow.records import contacts
from upflow_provider.testing.upflow.records.links import Document
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

    def _find(self, collection: str, external_id: str) -> Record:
        return self._fake.store.find(collection, f"external:{external_id}")

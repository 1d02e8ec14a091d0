"""What the fake Upflow holds, as plain dicts, and how a record is found."""

import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from upflow_provider.testing.upflow.records.document_types import DOCUMENTS
from upflow_provider.testing.upflow.records.links import Document, Links
from upflow_provider.testing.upflow.records.refusal import RefusedError

Record = dict[str, Any]
"""
One record: the fields as they were imported, ``id``, ``createdAt`` and ``modifiedAt``.

References are kept as Upflow ids: ``customerId`` of a document, ``parentId`` of a customer.
Customers hold their ``contacts`` and ``customFields``.
"""


@dataclass(slots=True)
class Organization:
    """
    What belongs to the organization and cannot be made over the API.

    Attributes:
        positions: Contact positions that exist.
        users: Members, by id.
        dunning_plans: Workflows, by id.
        bank_accounts: Bank accounts, by id.
        actions: Reminders, tasks and replies, by id.
        currency: Currency of a customer without documents.
        contact_fields: Ids of the custom fields of customers of which Upflow makes contacts.
    """

    positions: set[str] = field(default_factory=lambda: {"ACCOUNTING", "SALES", "PAYER", "PURCHASER"})
    users: dict[str, Record] = field(default_factory=dict)
    dunning_plans: dict[str, Record] = field(default_factory=dict)
    bank_accounts: dict[str, Record] = field(default_factory=dict)
    actions: dict[str, Record] = field(default_factory=dict)
    currency: str = "EUR"
    contact_fields: set[str] = field(default_factory=set)


class Store:
    """
    All records of one organization.

    Args:
        now: Current time, aware.
        seed: Seed of the ids, so that two runs make the same ones.

    The records of each collection by Upflow id are an attribute with its name: ``store.customers``,
    ``store.custom_fields``, and one for each row of `DOCUMENTS`, such as ``store.invoices``.

    Attributes:
        links: How documents settle each other.
        pdfs: PDFs of invoices and credit notes.
        pdf_uploads: How often the PDF of each document was uploaded, by collection and external id.
        portal_links: Portal URLs that were minted: ``customerId``, ``url``, ``expiresAt`` and so on.
        organization: Users, workflows and so on.
        over_linked: External ids of documents of which more than their amount was linked, in the order of the links.
        writes: How often records were ``created``, ``updated``, sent ``unchanged`` or ``deleted``, by
            collection and one of these words.
    """

    def __init__(self, now: Callable[[], datetime], *, seed: int = 0) -> None:
        self.now = now
        self._random = random.Random(seed)
        self._tables: dict[str, dict[str, Record]] = {
            collection: {} for collection in ("customers", *DOCUMENTS, "custom_fields")
        }
        self.links = Links()
        self.pdfs: dict[Document, bytes] = {}
        self.pdf_uploads: Counter[tuple[str, str | None]] = Counter()
        self.portal_links: list[Record] = []
        self.over_linked: list[str] = []
        self.writes: Counter[tuple[str, str]] = Counter()
        self.organization = self._furnished()
        self._ids: dict[tuple[str, str], str] = {}
        self._documents: dict[str, dict[Document, None]] = defaultdict(dict)

    def table(self, collection: str) -> dict[str, Record]:
        """Return all records of a collection by Upflow id; `KeyError` for one that is not known."""
        return self._tables[collection]

    def __getattr__(self, name: str) -> dict[str, Record]:
        tables: dict[str, dict[str, Record]] = vars(self).get("_tables", {})
        if name not in tables:
            raise AttributeError(f"no collection {name!r} is known")
        return tables[name]

    def by_id(self, collection: str, record_id: str | None) -> Record | None:
        """Return the record with an Upflow id, if there is one."""
        return self.table(collection).get(record_id or "")

    def by_external_id(self, collection: str, external_id: str) -> Record | None:
        """Return the record with an external id, if there is one."""
        return self.by_id(collection, self._ids.get((collection, external_id)))

    def find(self, collection: str, ref: str) -> Record:
        """
        Return the record that a path names, by Upflow id or ``external:`` and external id.

        Raises:
            RefusedError: There is none.
        """
        kind, colon, external_id = unquote(ref).partition(":")
        found = self.by_id(collection, ref)
        if kind == "external" and colon:
            found = self.by_external_id(collection, external_id)
        if found is None:
            raise RefusedError(f"{collection}: no such record", 404)
        return found

    def documents_of(self, customer_id: str) -> list[Document]:
        """Return the keys of all documents of a customer, in the order in which they were made."""
        return list(self._documents.get(customer_id, ()))

    def put(self, collection: str, record: Record) -> Record:
        """Store a whole record, new if it has no ``id``, and count the write."""
        before = self.by_id(collection, record.get("id"))
        if before is not None:
            if _content(before) == _content(record):
                self.writes[collection, "unchanged"] += 1
                return before
            self._unindex(collection, before)
        at = self.now()
        stored = {"id": self.new_id(), "createdAt": at, **record, "modifiedAt": at}
        self.table(collection)[stored["id"]] = stored
        self._index(collection, stored)
        self.writes[collection, "updated" if before else "created"] += 1
        return stored

    def remove(self, collection: str, record: Record) -> None:
        """Delete a record and its links, and count the write."""
        self._unindex(collection, record)
        del self.table(collection)[record["id"]]
        document = Document(collection, record["id"])
        self.links.drop(document)
        self.pdfs.pop(document, None)
        self.writes[collection, "deleted"] += 1

    def new_id(self) -> str:
        """Return a new UUID."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _index(self, collection: str, record: Record) -> None:
        if external_id := record.get("externalId"):
            self._ids[collection, external_id] = record["id"]
        if customer_id := record.get("customerId"):
            self._documents[customer_id][Document(collection, record["id"])] = None

    def _unindex(self, collection: str, record: Record) -> None:
        self._ids.pop((collection, record.get("externalId") or ""), None)
        if customer_id := record.get("customerId"):
            self._documents[customer_id].pop(Document(collection, record["id"]))

    def _furnished(self) -> Organization:
        """Return an organization with two users, two workflows and a bank account."""
        organization = Organization()
        for first, last, position in (("Ada", "Martin", "Head of AR"), ("Noé ", "Dubois", None)):
            user = {"id": self.new_id(), "firstName": first, "lastName": last, "position": position}
            organization.users[user["id"] or ""] = {**user, "email": f"{last.lower()}@example.com"}
        for name in ("Default", "Key accounts"):
            plan = {"id": self.new_id(), "name": name, "mode": "AUTOMATIC", "entity": "CUSTOMER"}
            organization.dunning_plans[plan["id"]] = plan
        bank_account_id = self.new_id()
        organization.bank_accounts[bank_account_id] = {"id": bank_account_id}
        return organization


def _content(record: Record) -> Record:
    return {key: value for key, value in record.items() if key not in ("createdAt", "modifiedAt")}

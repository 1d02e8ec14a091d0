"""People who work in Upflow's app, and change what the sync has sent."""

from upflow_provider.records.accessories import is_incomplete
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.upflow.records.document_types import DOCUMENTS

EDITS = {
    "customers": lambda number, _: {"name": f"edited {number}"},
    "invoices": lambda number, record: {"customId": f"X-{number}", "grossAmount": record["grossAmount"] + number},
    "credit_notes": lambda number, _: {"issuedAt": f"2001-01-{number % 28 + 1:02}"},
    "payments": lambda number, record: {"amount": record["amount"] + number},
    "refunds": lambda number, _: {"validatedAt": f"2001-01-{number % 28 + 1:02}"},
}
"""
Edits of each collection, each another than the last: what was sent again is left if it has the same content the next
day. Amounts grow only, because nobody links more than what is due.
"""


class People:
    """
    Some people.

    Args:
        world: The world.

    Attributes:
        contacts: The contacts that they have made: Upflow's id of the customer, and the address.
    """

    def __init__(self, world):
        self._world, self._number, self._unlinked, self.contacts = world, 0, set(), []

    def meddle(self):
        """Delete, unlink or edit a record, and say what; say nothing if there is none."""
        dice, upflow = self._world.dice, self._world.upflow
        kind = dice.choice(
            ["edit", "edit", "unlink", "delete", "delete", "delete contact", "add contact", "delete customer"]
        )
        collections = ["customers"] if kind.endswith(("contact", "customer")) else sorted(EDITS)
        names = [
            (collection, record["externalId"])
            for collection in collections
            for record in upflow.store.table(collection).values()
            if collection in DOCUMENTS or kind != "delete"
        ]
        if not names:
            return None
        collection, external_id = dice.choice(names)
        done = getattr(self, f"_{kind.replace(' ', '_')}")(collection, external_id)
        return done and f"people {kind} {collection} {external_id}"

    def _edit(self, collection, external_id):
        [stream] = [each.name for each in STREAMS.values() if each.collection == collection]
        known = self._world.ledger.records(stream, [external_id]).get(external_id)
        if known and is_incomplete(known.reason):  # see docs/guarantees.md: an edit of such a record is not seen
            return False
        self._number += 1
        if collection == "customers" and self._world.fields.edit(self._world.upflow, external_id, self._number):
            return True
        record = self._world.upflow.store.by_external_id(collection, external_id)
        self._world.upflow.people.edit(collection, external_id, **EDITS[collection](self._number, record))
        return True

    def _unlink(self, collection, external_id):
        """Unlink it, once: what is unlinked again the next day is left."""
        if collection in {"customers", "invoices"} or external_id in self._unlinked:
            return False
        self._unlinked.add(external_id)
        self._world.upflow.people.unlink(collection, external_id)
        return True

    def _delete(self, collection, external_id):
        self._world.fields.by_hand.pop(external_id, None)
        self._world.upflow.people.delete(collection, external_id)
        return True

    def _delete_customer(self, collection, external_id):
        return self._delete(collection, external_id)

    def _delete_contact(self, collection, external_id):
        record = self._world.upflow.store.by_external_id(collection, external_id)
        for contact in (each for each in record["contacts"] if each["origin"] == "API"):
            self._world.upflow.people.delete_contact(external_id, contact["externalId"])
            return True
        return False

    def _add_contact(self, collection, external_id):
        self._number += 1
        email = f"hand-{self._number}@example.com"
        self.contacts.append((self._world.upflow.store.by_external_id(collection, external_id)["id"], email))
        self._world.upflow.add_app_contact(external_id, email=email)
        return True

"""Stripe and Upflow in memory, for tests that sync thousands of odd records: what they say is JSON, as over HTTP."""

import json
from datetime import UTC, datetime

from upflow_provider.errors import NotFoundError
from upflow_provider.records.page import Page

ABSENT = type("Absent", (), {"__repr__": lambda _: "absent"})()
"""Stands for a field that is not there."""


class Objects:
    """
    A source of Stripe's objects, as `StripeSource` is one.

    Args:
        by_resource: The objects, expanded, by resource.
        tick: Returns the instant of a read.
    """

    def __init__(self, by_resource, tick):
        self.by_resource, self._tick = by_resource, tick

    def pages(self, resource, **_):
        """Yield all objects of a resource on one page."""
        records = json.loads(json.dumps(self.by_resource[resource]))
        if records:
            yield Page(records, {}, self._tick(), datetime(2026, 1, 1, tzinfo=UTC))

    def find(self, resource, *, expand=(), **filters):  # noqa: ARG002 - as the source
        """Return the objects that filters name."""
        return [each for page in self.pages(resource) for each in page.records if _matches(each, filters)]

    def retrieve(self, resource, record_id, *, expand=()):  # noqa: ARG002 - as the source
        """Return one object."""
        for each in self.find(resource):
            if each["id"] == record_id:
                return each
        raise NotFoundError(f"GET /v1/{resource}/{record_id}: 404")


def _matches(record, filters):
    wanted = {name: value for name, value in filters.items() if name != "payment"}
    if "payment" in filters:
        kind = filters["payment"]["type"]
        record, wanted = record.get("payment"), {kind: filters["payment"][kind]}
    return isinstance(record, dict) and all(_id(record.get(name)) == value for name, value in wanted.items())


def _id(value):
    return value.get("id") if isinstance(value, dict) else value


class Accepting:
    """An Upflow that takes whatever can be sent, and keeps it."""

    def __init__(self):
        self.received = {}

    def import_(self, collection, payload, *, before_send=None):
        """Take a record."""
        before_send(False)  # noqa: FBT003 - as the client
        json.dumps(payload, allow_nan=False).encode()
        self.received[collection, payload["externalId"]] = payload
        return {**payload, "id": f"upflow {payload['externalId']}", "amountOutstanding": payload.get("grossAmount")}

    def delete(self, collection, ref, *, before_send=None):  # noqa: ARG002 - as the client
        """Say that there is no such record."""
        raise NotFoundError("404")

    delete_contact = delete

    def update_customer(self, ref, changes, *, before_send=None):  # noqa: ARG002 - as the client
        """Take changes of a customer."""
        return {}


def changed(record, path, value):
    """Change one field of a record, in place; a field on the way that is no longer there is left alone."""
    *outer, last = path
    value = value if value is ABSENT else json.loads(json.dumps(value))  # a later change may be within it
    for name in outer:
        inside = isinstance(record, dict) and name in record
        inside = inside or (isinstance(record, list) and isinstance(name, int) and name < len(record))
        if not inside:
            return
        record = record[name]
    if isinstance(record, dict) and value is ABSENT:
        record.pop(last, None)
    elif isinstance(record, dict):
        record[last] = value
    elif isinstance(record, list) and isinstance(last, int) and last < len(record):
        record[last] = None if value is ABSENT else value


def paths(record, outer=()):
    """Yield the paths of all fields of a record, its own identity aside."""
    named = record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    for name, value in named:
        if outer or name not in ("id", "object"):
            yield (*outer, name)
        yield from paths(value, (*outer, name))


def shown_oddly(stripe, kind, record_id, path, value):
    """Make the fake Stripe show one field of an object differently, wherever it shows the object."""
    shown = stripe.optional.shown

    def walk(document):
        if isinstance(document, list):
            return [walk(each) for each in document]
        if not isinstance(document, dict):
            return document
        document = {name: walk(each) for name, each in document.items()}
        if (document.get("object"), document.get("id")) == (kind, record_id):
            changed(document, path, value)
        return document

    stripe.optional.shown = lambda document: walk(shown(document))

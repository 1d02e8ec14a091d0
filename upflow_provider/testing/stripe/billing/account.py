"""One Stripe account without HTTP: its objects, its clock, its ids and its events."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, missing
from upflow_provider.testing.stripe.billing.resources import RESOURCES, bare
from upflow_provider.testing.stripe.billing.store import Store
from upflow_provider.testing.stripe.objects.events import event
from upflow_provider.testing.stripe.objects.object import API_VERSION, Object
from upflow_provider.testing.stripe.objects.pdf_links import pdf_at


class Account:
    """
    What a Stripe account holds, and how its objects change; each change leaves its event.

    Args:
        clock: Current time, Unix seconds.

    Attributes:
        clock: As the argument; may be replaced at any time.
        store: The objects; see `Store`.
        url: Root URL while served; PDFs are found below it.
        event_api_version: The version in which the payloads of events are rendered from now on.
        event_delay_s: How long an event takes to be listed.
        minimum_charge: Least amount that can be charged, in minor units of any currency.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.store = Store()
        self.url = ""
        self.event_api_version = API_VERSION
        self.event_delay_s = 0
        self.minimum_charge = 0
        self._numbers = itertools.count(1)

    def now(self) -> int:
        """Return the current time, Unix seconds."""
        return self.clock()

    def events_until(self) -> int:
        """Return when the newest events that are listed now were created, Unix seconds."""
        return self.now() - self.event_delay_s

    def number(self) -> str:
        """Return a number that no other object has."""
        return f"{next(self._numbers):08d}"

    def new_id(self, resource: str) -> str:
        """Return the id of a new object of a resource."""
        return f"{RESOURCES[resource].prefix}_{self.number()}"

    def held(self, resource: str, object_id: str) -> Object:
        """Return an object to be changed; refused without it."""
        try:
            return self.store.collection(resource).held(object_id)
        except KeyError:
            raise missing(resource, object_id) from None

    def in_status(self, invoice_id: str, *statuses: str) -> Object:
        """Return an invoice to be changed; refused unless it has one of these statuses."""
        invoice = self.held("invoices", invoice_id)
        if invoice["status"] not in statuses:
            raise StripeRefusalError(400, f"This invoice is {invoice['status']}, not {' or '.join(statuses)}.")
        return invoice

    def create(self, resource: str, fields: Mapping[str, Any]) -> Object:
        """Create an object that has these attributes and what all objects have, and return it."""
        row = RESOURCES[resource]
        every = {"id": self.new_id(resource), "created": self.now(), "livemode": False, "metadata": {}}
        made = {**every, **fields, "object": row.object}
        if made["id"] in self.store.collection(resource):
            raise ValueError(f"{made['id']} is there already")
        return self.changed(resource, made, f"{row.event or row.object}.created")

    def update(self, resource: str, object_id: str, fields: Mapping[str, Any]) -> Object:
        """Change attributes of an object, and return it."""
        obj = self.held(resource, object_id)
        if fixed := fields.keys() & {"id", "object", "created"}:
            raise ValueError(f"an object's {', '.join(sorted(fixed))} cannot be updated")
        obj.update(fields)
        row = RESOURCES[resource]
        return self.changed(resource, obj, f"{row.event or row.object}.updated")

    def changed(self, resource: str, obj: Object, kind: str) -> Object:
        """Store an object that was changed, with the event of that, and return it."""
        self.store.collection(resource).add(obj)
        self.event(kind, obj)
        return obj

    def event(self, kind: str, obj: Object) -> None:
        """Leave the event of a change."""
        payload = pdf_at(self.url, bare(obj), self.now())
        made = event(self.new_id("events"), kind, payload, created=self.now(), api_version=self.event_api_version)
        self.store.events.add(made)

    def add_to_balance(self, customer_id: str | None, currency: str, amount: int) -> None:
        """Add to what a customer owes apart from invoices, minor units; below zero it is owed."""
        if not amount or customer_id is None:
            return
        self.store.balances[customer_id, currency] += amount
        if customer_id in self.store.customers:
            customer = self.store.customers.held(customer_id)
            customer["currency"] = customer.get("currency") or currency
            if customer["currency"] == currency:
                customer["balance"] = customer.get("balance", 0) + amount
            self.event("customer.updated", customer)

    def forget(self) -> None:
        """Forget all objects."""
        self.store = Store()

"""
What the fake Stripe serves: one row for each resource.

A resource that no logic looks at needs nothing but its row here: `FakeStripe.create` and `FakeStripe.update` make its
objects and their events, and the API lists, filters, expands and retrieves them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from upflow_provider.testing.stripe.objects.object import Object


@dataclass(frozen=True, slots=True)
class Filter:
    """
    A filter by an attribute that equals what is given.

    Attributes:
        path: The attribute, dotted.
        allowed: The values that can be asked for; empty if any can.
    """

    path: str
    allowed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """
    One resource: its objects, and what can be asked of them.

    Attributes:
        object: What an object of it is called, in its attribute ``object``.
        prefix: What ids begin with.
        filters: Parameters that filter a list by equality.
        ranges: Attributes that a list can be filtered by range.
        event: What the types of its events begin with, if that is not its ``object``.
        includable: Attributes that are left out unless they are expanded; each with the resource that the key must be
            permitted to read for that, ``""`` if none.
        references: Attributes that hold an id, or the whole object when expanded; to their resource.
        indexes: Dotted paths of ids by which lists are filtered; looked up instead of searched for.
        clocked: Parameters of a list that show objects of test clocks, which are hidden without them; none if the
            objects know no test clock.
    """

    object: str
    prefix: str
    event: str = ""
    filters: Mapping[str, Filter] = field(default_factory=dict)
    ranges: frozenset[str] = frozenset({"created"})
    includable: Mapping[str, str] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    indexes: tuple[str, ...] = ()
    clocked: frozenset[str] = frozenset()

    def bare(self, obj: Object) -> Object:
        """Return an object without what is left out unless it is expanded."""
        return {name: value for name, value in obj.items() if name not in self.includable}

    def is_hidden(self, obj: Object, params: Collection[str]) -> bool:
        """Tell whether a list leaves an object out, because it lives by a test clock that was not asked for."""
        return bool(self.clocked and obj.get("test_clock")) and self.clocked.isdisjoint(params)


RESOURCES: dict[str, Resource] = {
    "customers": Resource(
        object="customer",
        prefix="cus",
        filters={"email": Filter("email"), "test_clock": Filter("test_clock")},
        includable={"sources": "sources", "subscriptions": "subscriptions", "tax": "", "tax_ids": ""},
        references={
            "default_source": "sources",
            "discount.source.coupon": "coupons",
            "invoice_settings.default_payment_method": "payment_methods",
        },
        clocked=frozenset({"test_clock"}),
    ),
    "invoices": Resource(
        object="invoice",
        prefix="in",
        filters={
            "collection_method": Filter("collection_method", frozenset({"charge_automatically", "send_invoice"})),
            "customer": Filter("customer"),
            "customer_account": Filter("customer_account"),
            "status": Filter("status", frozenset({"draft", "open", "paid", "uncollectible", "void"})),
            "subscription": Filter("parent.subscription_details.subscription"),
        },
        ranges=frozenset({"created", "due_date"}),
        includable={"payments": "invoice_payments"},
        references={"customer": "customers"},
        indexes=("customer",),
        clocked=frozenset({"customer", "subscription"}),
    ),
    "invoice_payments": Resource(
        object="invoice_payment",
        prefix="inpay",
        filters={
            "invoice": Filter("invoice"),
            "status": Filter("status", frozenset({"open", "paid", "canceled"})),
            "payment[type]": Filter("payment.type", frozenset({"payment_intent", "payment_record"})),
            "payment[payment_intent]": Filter("payment.payment_intent"),
            "payment[payment_record]": Filter("payment.payment_record"),
        },
        references={
            "invoice": "invoices",
            "payment.payment_intent": "payment_intents",
            "payment.charge": "charges",
            "payment.payment_record": "payment_records",
        },
        indexes=("invoice", "payment.payment_intent", "payment.payment_record"),
    ),
    "payment_intents": Resource(
        object="payment_intent",
        prefix="pi",
        filters={"customer": Filter("customer")},
        references={"customer": "customers", "latest_charge": "charges"},
        indexes=("customer",),
    ),
    "charges": Resource(
        object="charge",
        prefix="ch",
        filters={"customer": Filter("customer"), "payment_intent": Filter("payment_intent")},
        references={"customer": "customers", "payment_intent": "payment_intents"},
        indexes=("payment_intent",),
    ),
    "payment_methods": Resource(
        object="payment_method",
        prefix="pm",
        filters={"customer": Filter("customer"), "type": Filter("type")},
        ranges=frozenset(),
        references={"customer": "customers"},
        indexes=("customer",),
    ),
    "payment_records": Resource(object="payment_record", prefix="pr", ranges=frozenset()),
    "credit_notes": Resource(
        object="credit_note",
        prefix="cn",
        filters={"customer": Filter("customer"), "invoice": Filter("invoice")},
        references={"customer": "customers", "invoice": "invoices"},
        indexes=("invoice", "customer"),
    ),
    "refunds": Resource(
        object="refund",
        prefix="re",
        filters={"charge": Filter("charge"), "payment_intent": Filter("payment_intent")},
        references={"charge": "charges", "customer": "customers", "payment_intent": "payment_intents"},
        indexes=("payment_intent", "charge"),
    ),
    "disputes": Resource(
        object="dispute",
        prefix="dp",
        filters={"charge": Filter("charge"), "payment_intent": Filter("payment_intent")},
        references={"charge": "charges", "payment_intent": "payment_intents"},
        indexes=("payment_intent", "charge"),
    ),
    "subscriptions": Resource(
        object="subscription",
        prefix="sub",
        event="customer.subscription",
        filters={"customer": Filter("customer"), "status": Filter("status")},
        references={"customer": "customers"},
        indexes=("customer",),
    ),
    "coupons": Resource(object="coupon", prefix="co"),
    "sources": Resource(object="source", prefix="src", event="customer.source", indexes=("customer",)),
    "events": Resource(object="event", prefix="evt"),
}
"""What is served: one row for each resource, by its name in paths."""


def bare(obj: Object) -> Object:
    """Return an object as events hold it: without what is left out unless it is expanded."""
    served = [row for row in RESOURCES.values() if row.object == obj["object"]]
    return served[0].bare(obj) if served else obj  # a discount, for example, cannot be read by itself


def resource_of(obj: Object) -> str:
    """Return the resource of an object; `KeyError` for an object of none that is served."""
    for name, row in RESOURCES.items():
        if row.object == obj["object"]:
            return name
    raise KeyError(obj["object"])

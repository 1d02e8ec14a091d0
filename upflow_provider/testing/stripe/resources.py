"""What the fake Stripe serves: of each resource its filters, and what can be expanded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from upflow_provider.testing.stripe.billing.objects import NEW_CUSTOMER, Object, listing
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, unknown_parameter
from upflow_provider.testing.stripe.billing.store import at
from upflow_provider.testing.stripe.parameters import string, strings, time_range

MAX_DEPTH = 4


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


@dataclass(frozen=True, slots=True)
class Resource:
    """
    What can be asked of one resource.

    Attributes:
        filters: Parameters that filter a list by equality.
        ranges: Attributes that a list can be filtered by range.
        includable: Attributes that are left out unless they are expanded.
        references: Attributes that hold an id, or the whole object when expanded; to their resource.
    """

    filters: Mapping[str, Filter] = field(default_factory=dict)
    ranges: frozenset[str] = frozenset({"created"})
    includable: frozenset[str] = frozenset()
    references: Mapping[str, str] = field(default_factory=dict)

    def check(self, params: Mapping[str, Any]) -> None:
        """Refuse parameters of a list that are not known."""
        known = {"limit", "starting_after", "expand"} | self.filters.keys() | self.ranges
        for name in params.keys() - known:
            raise unknown_parameter(name)

    def equal(self, params: Mapping[str, Any]) -> dict[str, str]:
        """Return what a list's filters want attributes to equal, by path."""
        return {
            asked.path: string(name, params[name], asked.allowed)
            for name, asked in self.filters.items()
            if name in params
        }

    def wants(self, params: Mapping[str, Any]) -> Callable[[Object], bool]:
        """Return whether a list's filters, times of creation aside, want an object."""
        equal = self.equal(params)
        ranges = [(name, time_range(name, params[name])) for name in self.ranges & params.keys() - {"created"}]

        def wanted(obj: Object) -> bool:
            return all(at(obj, path) == value for path, value in equal.items()) and all(
                obj[name] is not None and first <= obj[name] <= last for name, (first, last) in ranges
            )

        return wanted

    def bare(self, obj: Object) -> Object:
        """Return an object without what is left out unless it is expanded."""
        return {name: value for name, value in obj.items() if name not in self.includable}

    def shown(self, obj: Object, expand: list[str], retrieve: Callable[[str, str, list[str]], Object]) -> Object:
        """
        Return an object as the API shows it.

        Args:
            obj: The object.
            expand: What to expand, checked before, relative to the object.
            retrieve: Returns an object that is referred to, from its resource, its id and what to expand of it.
        """
        shown = self.bare(obj)
        for name in self.includable & {path.partition(".")[0] for path in expand}:
            shown[name] = obj[name] if name in obj else _left_out(obj, name)
        for path, resource in self.references.items():
            inside = _inside(path, expand)
            if inside is not None and (object_id := at(obj, path)) is not None:
                _replace(shown, path, retrieve(resource, object_id, inside))
        return shown


def _inside(path: str, expand: list[str]) -> list[str] | None:
    """Return what to expand of the object that a path refers to; None if it is not to be expanded itself."""
    inside = [each.removeprefix(path) for each in expand if each == path or each.startswith(f"{path}.")]
    return [each[1:] for each in inside if each] if inside else None


def _replace(shown: Object, path: str, value: Object) -> None:
    """Replace an attribute by its dotted path, without touching the object that *shown* is a copy of."""
    *outer, name = path.split(".")
    for each in outer:
        shown[each] = dict(shown[each])
        shown = shown[each]
    shown[name] = value


def _left_out(obj: Object, name: str) -> Object:
    """Return an attribute of an object that was loaded without it."""
    if name == "tax":
        return dict(NEW_CUSTOMER["tax"])
    return listing(f"/v1/{obj['object']}s/{obj['id']}/{name}", [])


def expansions(resource: str, params: Mapping[str, Any], *, in_list: bool) -> list[str]:
    """Return what to expand, relative to one object; refused unless all of it can be."""
    paths = strings("expand", params.get("expand", []))
    for path in paths:
        if path.count(".") >= MAX_DEPTH:
            raise StripeRefusalError(
                400, f"You cannot expand more than 4 levels of a property. Property: {path}", param="expand"
            )
        inside = path.removeprefix("data.") if in_list else path
        if (in_list and inside == path) or not _can_be_expanded(resource, inside):
            raise StripeRefusalError(400, f"This property cannot be expanded ({path}).", param="expand")
    return [path.removeprefix("data.") for path in paths] if in_list else paths


def _can_be_expanded(resource: str, path: str) -> bool:
    """Tell whether an attribute can be expanded; those inside of included lists cannot, here."""
    if path in RESOURCES[resource].includable or path in RESOURCES[resource].references:
        return True
    return any(
        path.startswith(f"{reference}.") and _can_be_expanded(referred, path.removeprefix(f"{reference}."))
        for reference, referred in RESOURCES[resource].references.items()
    )


RESOURCES = {
    "customers": Resource(
        filters={"email": Filter("email")},
        includable=frozenset({"sources", "subscriptions", "tax", "tax_ids"}),
        references={"invoice_settings.default_payment_method": "payment_methods"},
    ),
    "invoices": Resource(
        filters={
            "collection_method": Filter("collection_method", frozenset({"charge_automatically", "send_invoice"})),
            "customer": Filter("customer"),
            "status": Filter("status", frozenset({"draft", "open", "paid", "uncollectible", "void"})),
            "subscription": Filter("parent.subscription_details.subscription"),
        },
        ranges=frozenset({"created", "due_date"}),
        includable=frozenset({"payments"}),
        references={"customer": "customers"},
    ),
    "invoice_payments": Resource(
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
    ),
    "payment_intents": Resource(
        filters={"customer": Filter("customer")},
        references={"customer": "customers", "latest_charge": "charges"},
    ),
    "charges": Resource(
        filters={"customer": Filter("customer"), "payment_intent": Filter("payment_intent")},
        references={"customer": "customers", "payment_intent": "payment_intents"},
    ),
    "payment_methods": Resource(
        filters={"customer": Filter("customer"), "type": Filter("type")},
        ranges=frozenset(),
        references={"customer": "customers"},
    ),
    "payment_records": Resource(ranges=frozenset()),
    "credit_notes": Resource(
        filters={"customer": Filter("customer"), "invoice": Filter("invoice")},
        references={"customer": "customers", "invoice": "invoices"},
    ),
    "refunds": Resource(
        filters={"charge": Filter("charge"), "payment_intent": Filter("payment_intent")},
        references={"charge": "charges", "customer": "customers", "payment_intent": "payment_intents"},
    ),
    "disputes": Resource(
        filters={"charge": Filter("charge"), "payment_intent": Filter("payment_intent")},
        references={"charge": "charges", "payment_intent": "payment_intents"},
    ),
    "events": Resource(),
}
"""What is served: one entry a resource."""

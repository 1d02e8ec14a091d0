"""What the fake Stripe serves: of each resource its filters, and what can be expanded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from upflow_provider.testing.stripe_objects import NEW_CUSTOMER, Object, listing
from upflow_provider.testing.stripe_requests import StripeRefusalError, string, strings, time_range, unknown_parameter

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

    def wants(self, params: Mapping[str, Any]) -> Callable[[Object], bool]:
        """Return whether a list's filters, times of creation aside, want an object."""
        equal = [
            (asked.path, string(name, params[name], asked.allowed))
            for name, asked in self.filters.items()
            if name in params
        ]
        ranges = [(name, time_range(name, params[name])) for name in self.ranges & params.keys() - {"created"}]

        def wanted(obj: Object) -> bool:
            return all(_at(obj, path) == value for path, value in equal) and all(
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
        inside: dict[str, list[str]] = {}
        for path in expand:
            name, _, rest = path.partition(".")
            inside.setdefault(name, []).extend([rest] if rest else [])
        shown = self.bare(obj)
        for name in inside.keys() & self.includable:
            shown[name] = obj[name] if name in obj else _left_out(obj, name)
        for name in inside.keys() & self.references.keys():
            if obj[name] is not None:
                shown[name] = retrieve(self.references[name], obj[name], inside[name])
        return shown


def _at(obj: Object, path: str) -> Any:  # noqa: ANN401 - an attribute
    value: Any = obj
    for name in path.split("."):
        value = None if value is None else value.get(name)
    return value


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
    name, _, rest = path.partition(".")
    if rest:
        referred = RESOURCES[resource].references.get(name)
        return referred is not None and _can_be_expanded(referred, rest)
    return name in RESOURCES[resource].includable or name in RESOURCES[resource].references


RESOURCES = {
    "customers": Resource(
        filters={"email": Filter("email")},
        includable=frozenset({"sources", "subscriptions", "tax", "tax_ids"}),
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
    "events": Resource(),
}
"""What is served: one entry a resource."""

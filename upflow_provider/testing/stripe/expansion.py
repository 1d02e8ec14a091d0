"""What is expanded in answers of the fake Stripe: ids become objects, and what is left out is shown."""

from collections.abc import Callable, Mapping
from typing import Any

from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError
from upflow_provider.testing.stripe.billing.resources import RESOURCES, resource_of
from upflow_provider.testing.stripe.billing.store import Store, at
from upflow_provider.testing.stripe.objects.customers import NEW_CUSTOMER
from upflow_provider.testing.stripe.objects.object import Object, listing
from upflow_provider.testing.stripe.parameters import strings

MAX_DEPTH = 4
EMBEDDED = 10
"""Objects of a list inside of an object."""
LISTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "customers": {"sources": ("sources", "customer"), "subscriptions": ("subscriptions", "customer")},
    "invoices": {"payments": ("invoice_payments", "invoice")},
}
"""Attributes with objects of their own, by resource: which resource those are of, and their reference to the object."""

Retrieve = Callable[[str, str, list[str]], Object]
"""Returns an object that is referred to, from its resource, its id and what to expand of it."""


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


def reads(resource: str, expand: list[str]) -> set[str]:
    """Return the resources that a key must be permitted to read so that an object of a resource can be expanded."""
    row = RESOURCES[resource]
    needed = {row.includable[name] for name in row.includable.keys() & {path.partition(".")[0] for path in expand}}
    for path, referred in row.references.items():
        inside = _inside(path, expand)
        if inside is not None:
            needed |= {referred, *reads(referred, inside)}
    return needed - {""}


def embedded(store: Store, resource: str, obj: Object, expand: list[str]) -> Object:
    """
    Return an object with the first page, newest first, of what belongs to it, as far as that is to be expanded.

    A subscription that is canceled is gone. An object that nothing was made for is as it was loaded.
    """
    wanted = {path.partition(".")[0] for path in expand}
    for name in LISTS.get(resource, {}).keys() & wanted:
        referred, reference = LISTS[resource][name]
        collection = store.collection(referred)
        known = [collection.shown(each) for each in collection.ids_where(reference, obj["id"])[::-1]]
        present = [each for each in known if referred != "subscriptions" or each["status"] != "canceled"]
        if known or resource == "invoices":
            page = listing(f"/v1/{referred}", present[:EMBEDDED], has_more=len(present) > EMBEDDED)
            obj = {**obj, name: page}
    return obj


def expanded(resource: str, obj: Object, expand: list[str], retrieve: Retrieve) -> Object:
    """
    Return an object as the API shows it.

    Args:
        resource: The resource that it is of.
        obj: The object.
        expand: What to expand, checked before, relative to the object.
        retrieve: Finds what it refers to.
    """
    row = RESOURCES[resource]
    shown = row.bare(obj)
    for name in row.includable.keys() & {path.partition(".")[0] for path in expand}:
        shown[name] = obj[name] if name in obj else _left_out(obj, name)
    for path, referred in row.references.items():
        inside = _inside(path, expand)
        if inside is not None and (object_id := at(obj, path)) is not None:
            _replace(shown, path, retrieve(referred, object_id, inside))
    return shown


def _can_be_expanded(resource: str, path: str) -> bool:
    """Tell whether an attribute can be expanded; those inside of included lists cannot, here."""
    row = RESOURCES[resource]
    if path in row.includable or path in row.references:
        return True
    return any(
        path.startswith(f"{reference}.") and _can_be_expanded(referred, path.removeprefix(f"{reference}."))
        for reference, referred in row.references.items()
    )


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
    return listing(f"/v1/{resource_of(obj)}/{obj['id']}/{name}", [])

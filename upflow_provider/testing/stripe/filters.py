"""Which objects a list of the fake Stripe is to have."""

from collections.abc import Callable, Mapping
from typing import Any

from upflow_provider.testing.stripe.billing.refusal import unknown_parameter
from upflow_provider.testing.stripe.billing.resources import Resource
from upflow_provider.testing.stripe.billing.store import at
from upflow_provider.testing.stripe.objects.object import Object
from upflow_provider.testing.stripe.parameters import string, time_range


def check(resource: Resource, params: Mapping[str, Any]) -> None:
    """Refuse parameters of a list that are not known."""
    known = {"limit", "starting_after", "expand"} | resource.filters.keys() | resource.ranges
    for name in params.keys() - known:
        raise unknown_parameter(name)


def equal(resource: Resource, params: Mapping[str, Any]) -> dict[str, str]:
    """Return what a list's filters want attributes to equal, by path."""
    return {
        asked.path: string(name, params[name], asked.allowed)
        for name, asked in resource.filters.items()
        if name in params
    }


def wants(resource: Resource, params: Mapping[str, Any]) -> Callable[[Object], bool]:
    """Return whether a list's filters, times of creation aside, want an object."""
    values = equal(resource, params)
    ranges = [(name, time_range(name, params[name])) for name in resource.ranges & params.keys() - {"created"}]

    def wanted(obj: Object) -> bool:
        return all(at(obj, path) == value for path, value in values.items()) and all(
            obj[name] is not None and first <= obj[name] <= last for name, (first, last) in ranges
        )

    return wanted

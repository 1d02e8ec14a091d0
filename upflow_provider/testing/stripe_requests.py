"""What a request to the fake Stripe asks for: nested parameters, filters, expansions; all checked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from upflow_provider.testing.stripe_objects import Object, listing

MAX_LIMIT = 100
MAX_DEPTH = 4
FOREVER = 2**53
RANGE = {"gt", "gte", "lt", "lte"}


class StripeRefusalError(Exception):
    """A request that Stripe refuses, with its status and error object."""

    def __init__(self, status: int, message: str, **detail: str) -> None:
        super().__init__(message)
        self.status = status
        kind = "invalid_request_error" if status != 429 else "rate_limit_error"  # noqa: PLR2004 - HTTP
        self.body = {"error": {"type": kind, "message": message, **detail}}


def unknown_parameter(name: str) -> StripeRefusalError:
    """Return Stripe's refusal of a parameter it does not know."""
    return StripeRefusalError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def missing(resource: str, object_id: str, param: str = "id", status: int = 404) -> StripeRefusalError:
    """Return Stripe's refusal of an id it does not know."""
    return StripeRefusalError(
        status, f"No such {resource.rstrip('s')}: '{object_id}'", code="resource_missing", param=param
    )


def parse(text: str) -> dict[str, Any]:
    """Read form encoding with nesting: ``created[gte]=1``, ``expand[]=a``, ``expand[0]=a``."""
    params: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, *keys = [part for part in re.split(r"\[|\]", name) if part] or [name]
        if name.endswith("[]") or (keys and keys[-1].isdecimal()):
            params.setdefault(head, []).append(value)
        elif keys:
            params.setdefault(head, {})[keys[0]] = value
        else:
            params[head] = value
    return params


def integer(name: str, value: Any) -> int:  # noqa: ANN401 - whatever was sent
    """Read a whole number."""
    if not isinstance(value, str) or not re.fullmatch(r"-?\d+", value):
        raise StripeRefusalError(400, f"Invalid integer: {name}", code="parameter_invalid_integer", param=name)
    return int(value)


def time_range(name: str, value: Any) -> tuple[int, int]:  # noqa: ANN401 - whatever was sent
    """Return the first and the last second that a filter like ``created`` wants."""
    if value is None:
        return 0, FOREVER
    if not isinstance(value, dict):
        return (integer(name, value),) * 2
    if unknown := value.keys() - RANGE:
        raise unknown_parameter(f"{name}[{unknown.pop()}]")
    first, last = 0, FOREVER
    for bound, text in value.items():
        at = integer(f"{name}[{bound}]", text)
        if bound.startswith("g"):
            first = max(first, at + (bound == "gt"))
        else:
            last = min(last, at - (bound == "lt"))
    return first, last


def page_size(params: Mapping[str, Any]) -> int:
    """Return how many records a page may hold."""
    limit = integer("limit", params.get("limit", "10"))
    if not 1 <= limit <= MAX_LIMIT:
        raise StripeRefusalError(
            400, "This value must be between 1 and 100", code="parameter_invalid_integer", param="limit"
        )
    return limit


@dataclass(frozen=True, slots=True)
class Resource:
    """
    What can be asked of one resource.

    Attributes:
        filters: Attributes that a list can be filtered by, equal to what is given.
        ranges: Attributes that a list can be filtered by range.
        includable: Attributes that are left out unless they are expanded.
        references: Attributes that hold an id, or the whole object when expanded; to their resource.
    """

    filters: frozenset[str] = frozenset()
    ranges: frozenset[str] = frozenset({"created"})
    includable: frozenset[str] = frozenset()
    references: Mapping[str, str] | None = None

    def check(self, params: Mapping[str, Any]) -> None:
        """Refuse parameters of a list that are not known."""
        known = {"limit", "starting_after", "expand"} | self.filters | self.ranges
        for name in params.keys() - known:
            raise unknown_parameter(name)

    def wants(self, params: Mapping[str, Any]) -> Callable[[Object], bool]:
        """Return whether a list's filters, times of creation aside, want an object."""
        equal = {name: params[name] for name in self.filters & params.keys()}
        ranges = {name: time_range(name, params[name]) for name in self.ranges & params.keys() - {"created"}}

        def wanted(obj: Object) -> bool:
            return all(obj[name] == value for name, value in equal.items()) and all(
                obj[name] is not None and first <= obj[name] <= last for name, (first, last) in ranges.items()
            )

        return wanted

    def shown(self, obj: Object, expand: list[str], retrieve: Callable[[str, str], Object]) -> Object:
        """Return an object as the API shows it, with what *expand* (relative to it) asks for."""
        asked = {path.split(".")[0] for path in expand}
        if unknown := asked - self.includable - (self.references or {}).keys():
            raise StripeRefusalError(400, f"This property cannot be expanded ({unknown.pop()}).", param="expand")
        shown = {name: value for name, value in obj.items() if name not in self.includable or name in asked}
        for name in asked & self.includable - shown.keys():
            shown[name] = listing(f"/v1/{obj['object']}s/{obj['id']}/{name}", [])  # an object that was loaded without
        for name in asked & (self.references or {}).keys():
            if shown[name] is not None:
                shown[name] = retrieve((self.references or {})[name], shown[name])
        return shown


def expansions(params: Mapping[str, Any], *, in_list: bool) -> list[str]:
    """Return what to expand, relative to one object."""
    paths: list[str] = params.get("expand", [])
    for path in paths:
        if path.count(".") >= MAX_DEPTH:
            raise StripeRefusalError(
                400, f"You cannot expand more than 4 levels of a property. Property: {path}", param="expand"
            )
        if in_list and not path.startswith("data."):
            raise StripeRefusalError(400, f"This property cannot be expanded ({path}).", param="expand")
    return [path.removeprefix("data.") for path in paths] if in_list else paths


RESOURCES = {
    "customers": Resource(
        filters=frozenset({"email"}),
        includable=frozenset({"sources", "subscriptions", "tax", "tax_ids"}),
    ),
    "invoices": Resource(
        filters=frozenset({"status", "customer", "collection_method"}),
        ranges=frozenset({"created", "due_date"}),
        includable=frozenset({"payments"}),
        references={"customer": "customers"},
    ),
    "events": Resource(),
}
"""What is served: one entry a resource."""

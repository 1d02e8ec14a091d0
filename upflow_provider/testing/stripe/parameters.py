"""What a request to the fake Stripe asks for: nested parameters, each read as what it must be, or refused."""

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl

from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, unknown_parameter

MAX_LIMIT = 100
MAX_TYPES = 20
FOREVER = 2**53
RANGE = {"gt", "gte", "lt", "lte"}
PARAMETER = re.compile(r"[^\[\]]+(?:\[[^\[\]]*\])*")
EVENT_TYPE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
EVENT_GROUP = re.compile(r"([a-z0-9_]+\.)*\*")


def parse(text: str) -> dict[str, Any]:
    """Read form encoding with nesting: ``created[gte]=1``, ``a[b][c]=1``, ``expand[]=a``, ``expand[0]=a``."""
    params: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if not PARAMETER.fullmatch(name):
            raise unknown_parameter(name)
        head, *keys = (each.rstrip("]") for each in name.split("["))
        if not _put(params, [head, *keys], value):
            raise StripeRefusalError(400, f"Received {head} more than once", param=head)
    return params


def _put(params: dict[str, Any], path: list[str], value: str) -> bool:
    """Add one value; tell whether it goes together with what is there."""
    head, *rest = path
    if len(rest) == 1 and (rest[0] == "" or rest[0].isdecimal()):
        values = params.setdefault(head, [])
        if isinstance(values, list):
            values.append(value)
        return isinstance(values, list)
    if rest:
        into = params.setdefault(head, {})
        return isinstance(into, dict) and _put(into, rest, value)
    if head in params:
        return False
    params[head] = value
    return True


def string(name: str, value: Any, allowed: Collection[str] = ()) -> str:  # noqa: ANN401 - whatever was sent
    """Read a string, one of *allowed* if there are such."""
    if not isinstance(value, str):
        raise StripeRefusalError(400, f"Invalid string: {name}", param=name)
    if value == "":
        raise StripeRefusalError(
            400, f"You passed an empty string for '{name}'.", code="parameter_invalid_empty", param=name
        )
    if allowed and value not in allowed:
        raise StripeRefusalError(400, f"Invalid {name}: must be one of {', '.join(sorted(allowed))}", param=name)
    return value


def strings(name: str, value: Any) -> list[str]:  # noqa: ANN401 - whatever was sent
    """Read an array of strings."""
    if not isinstance(value, list):
        raise StripeRefusalError(400, "Invalid array", param=name)
    return [string(name, each) for each in value]


def integer(name: str, value: Any) -> int:  # noqa: ANN401 - whatever was sent
    """Read a whole number."""
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
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
        if isinstance(text, dict):
            raise unknown_parameter(f"{name}[{bound}][{next(iter(text))}]")
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


def event_types(params: dict[str, Any]) -> list[str]:
    """Take ``type`` or ``types`` out of *params*: names, or one group such as ``invoice.*``; none: all."""
    one, several = params.pop("type", None), params.pop("types", [])
    if one is not None and several != []:
        raise StripeRefusalError(400, "You may only specify one of these parameters: type, types", param="types")
    kinds = strings("types", several) if one is None else [string("type", one)]
    if len(kinds) > MAX_TYPES:
        raise StripeRefusalError(400, "You may specify at most 20 types", param="types")
    for kind in kinds:
        if not EVENT_TYPE.fullmatch(kind) and not (one and EVENT_GROUP.fullmatch(kind)):
            raise StripeRefusalError(400, f"Invalid event type: {kind}", param="type" if one else "types")
    return kinds

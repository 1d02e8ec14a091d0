"""What all Stripe objects have in common, in the API's version 2026-10-28.endive (https://docs.stripe.com/api)."""

from typing import Any

API_VERSION = "2026-10-28.endive"

Object = dict[str, Any]
"""One object, as JSON. Amounts are integers in minor units, times Unix seconds."""


def listing(url: str, data: list[Object], *, has_more: bool = False) -> Object:
    """Return one page of a list."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def deleted(obj: Object) -> Object:
    """Return what a retrieve shows of a deleted object."""
    return {"id": obj["id"], "object": obj["object"], "deleted": True}

"""Taking off a customer what came along with it and is gone at the source: its contact, its place below a parent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.links import Destination
from upflow_provider.errors import NotFoundError, RefusedError
from upflow_provider.records.contacts import contact_id
from upflow_provider.records.mapped import Mapped


def detach_removed(
    upflow: Destination, delivery: Delivery, mapped: Mapped, answer: Mapping[str, Any], before_send: Callable[[], None]
) -> tuple[str, ...]:
    """
    Take off a customer what was imported with it before and is gone.

    Leaving contacts or a parent out of an import leaves them in Upflow, and an empty list of contacts may remove
    those that people added there (https://docs.upflow.io/reference). A contact is therefore deleted by itself.

    Args:
        upflow: Where the customer was imported.
        delivery: The customer, with what came along with it before.
        mapped: What it is now.
        answer: Upflow's answer to its import.
        before_send: Called right before each request.

    Returns:
        What could not be taken off, in words.
    """
    # Where nobody knows what an earlier import brought along, it was the contact at most.
    known = delivery.dependents
    before = {f"contacts/{contact_id(delivery.external_id)}"} if known is None else set(known)
    notes: list[str] = []
    customer = external(delivery.external_id)
    for each in sorted(before - set(mapped.dependents)):
        kind, _, external_id = each.partition("/")
        before_send()
        try:
            if kind == "contacts":
                upflow.delete_contact(customer, external(external_id))
            elif (answer.get("parent") or {}).get("externalId") == external_id:
                upflow.update_customer(customer, {"parent": None})
        except NotFoundError:
            continue  # somebody else has removed it
        except RefusedError:
            # It is not documented whether the API can take a parent off.
            notes.append(f"{delivery.external_id}: stays below {external_id} in Upflow; take it off there")
    return tuple(notes)

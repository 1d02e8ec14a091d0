"""What came with a customer and goes with its cause: its contact, and its place below a parent."""

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
    upflow: Destination, intent: Delivery, mapped: Mapped, answer: Mapping[str, Any], before_send: Callable[[], None]
) -> tuple[str, ...]:
    """
    Take off a customer what was imported with it before and is no more.

    Leaving contacts or a parent out of an import leaves them in Upflow, and an empty list of contacts may remove
    those that people added there (https://docs.upflow.io/reference). A contact is therefore deleted by itself.

    Args:
        upflow: Where the customer was imported.
        intent: The customer, with what came with it before.
        mapped: What it is now.
        answer: Upflow's answer to its import.
        before_send: Called right before each request.

    Returns:
        What could not be taken off, in words.
    """
    # Where nobody knows what an earlier try brought, it was the contact, at most.
    known = intent.settles
    before = {f"contacts/{contact_id(intent.external_id)}"} if known is None else set(known)
    notes: list[str] = []
    customer = external(intent.external_id)
    for each in sorted(before - set(mapped.holds)):
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
            # Whether the API takes a parent off is not on record.
            notes.append(f"{intent.external_id}: stays below {external_id} in Upflow; take it off there")
    return tuple(notes)

"""Detachment: removes from a customer in Upflow the contact or the parent that the source no longer has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upflow_provider.clients.upflow.client import external
from upflow_provider.delivery.delivery import Delivery
from upflow_provider.delivery.links import BeforeSend, Destination
from upflow_provider.errors import NotFoundError, RefusedError
from upflow_provider.records.contacts import contact_id
from upflow_provider.records.mapped import Mapped
from upflow_provider.shown_ids import shown_id


def detach_removed(
    upflow: Destination, delivery: Delivery, mapped: Mapped, answer: Mapping[str, Any], before_send: BeforeSend
) -> tuple[str, ...]:
    """
    Remove from a customer what was imported with it before and is gone from the source.

    An import without contacts or a parent leaves them in Upflow, and an import with an empty list of contacts may
    remove those that people added there (https://docs.upflow.io/reference). A contact is therefore deleted by a request
    of its own.

    Args:
        upflow: Where the customer is.
        delivery: The customer, with what was imported along with it before.
        mapped: What the mapping made of the customer now.
        answer: Upflow's answer to its import.
        before_send: Called right before each attempt at a request; see `BeforeSend`.

    Returns:
        What could not be removed, in words.
    """
    # If it is not known what an earlier import brought along, it was at most the contact.
    known = delivery.dependents
    before = {f"contacts/{contact_id(delivery.external_id)}"} if known is None else set(known)
    notes: list[str] = []
    customer = external(delivery.external_id)
    for dependent in sorted(before - set(mapped.dependents)):
        kind, _, external_id = dependent.partition("/")
        try:
            if kind == "contacts":
                upflow.delete_contact(customer, external(external_id), before_send=before_send)
            elif (answer.get("parent") or {}).get("externalId") == external_id:
                upflow.update_customer(customer, {"parent": None}, before_send=before_send)
        except NotFoundError:
            continue  # somebody else has removed it
        except RefusedError:
            # It is not documented whether the API can remove a parent.
            notes.append(
                f"{shown_id(delivery.external_id)}: remains below {shown_id(external_id)} in Upflow; detach it there"
            )
    return tuple(notes)

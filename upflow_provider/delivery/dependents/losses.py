"""
Which customers lose contacts. Pure.

A renamed metadata key looks as if all customers had lost theirs, and a wrong key as if all had got others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from upflow_provider.records.accessories import WAITING
from upflow_provider.records.contacts import (
    DEPENDENT,
    contact_id,
    contact_ids,
    contacts_of,
    with_contacts,
    without_values,
)
from upflow_provider.records.mapped import Mapped
from upflow_provider.shown_ids import shown_id


def is_loss(customer: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """
    Return whether a customer has fewer contacts than before, or none of the additional contacts that it had.

    Args:
        customer: Its external id.
        before: Its contacts, as its dependents name them.
        after: Those that it is to have.
    """
    additional = set(before) - {f"{DEPENDENT}{contact_id(customer)}"}
    return len(set(after)) < len(set(before)) or bool(additional and additional.isdisjoint(after))


def with_contacts_of_before(mapped: Mapped, before: Sequence[str], limit: int) -> Mapped:
    """
    Return a customer that keeps its contacts, with a note that it waits; it gets no other ones meanwhile.

    Args:
        mapped: The customer with the contacts that it is to have.
        before: Those that it has.
        limit: How many customers may lose contacts within a day, for the note.
    """
    note = (
        f"{shown_id(mapped.customer)}: contacts stay in Upflow, {WAITING} ({limit} may); if that is right, raise "
        "additional_contacts.losses_per_day"
    )
    stay = {*before, f"{DEPENDENT}{contact_id(mapped.customer)}"}
    kept = without_values(mapped, mapped.contact_fields)
    if "contacts" in mapped.payload:
        kept = with_contacts(kept, [each for each in contacts_of(kept) if f"{DEPENDENT}{each['externalId']}" in stay])
    others = set(contact_ids(mapped.dependents)) - stay
    dependents = dict.fromkeys((*(each for each in mapped.dependents if each not in others), *before))
    return replace(kept, dependents=tuple(dependents), notes=(*mapped.notes, note))

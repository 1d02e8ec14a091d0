"""The payloads that may have led to what Upflow lists of a record. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from upflow_provider.records.content_hash import custom_fields_digest, payload_digest
from upflow_provider.records.payloads import Payload
from upflow_provider.stripe_to_upflow.mapping.contacts import contact_variants
from upflow_provider.stripe_to_upflow.mapping.invoices import VOIDED


class Content(NamedTuple):
    """
    What Upflow lists of a record, and what may have led to it.

    Attributes:
        payload: The payload as it is listed; ``None`` if the list does not show enough.
        payloads: Digests of the payloads that lead to it; with and without what an import may have left alone.
        custom_fields: Digests of the custom fields that lead to it, also if their record is gone; none if unlisted.
    """

    payload: Payload | None
    payloads: frozenset[str]
    custom_fields: frozenset[str]


NOT_LISTED = Content(None, frozenset(), frozenset())


def listed_content(payload: Payload | None) -> Content:
    """Return what a listed payload says."""
    if not payload:
        return NOT_LISTED
    return Content(
        payload,
        frozenset(payload_digest(cast("Payload", each)) for each in _variants({**payload})),
        frozenset({custom_fields_digest(payload), ""}) if payload.get("customFields") else frozenset(),
    )


def _variants(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """
    Yield the payloads that may have been imported, given that which is listed.

    What Stripe does not show stays in Upflow: a parent, a phone or VAT number.
    It is not verified that Upflow keeps the state of a void invoice; the outstanding amount shows whether it is void.
    """
    without_state = {name: value for name, value in payload.items() if name != "state"}
    for stateful in (without_state, {**without_state, "state": VOIDED}):
        for orphaned in (stateful, {name: value for name, value in stateful.items() if name != "parent"}):
            untaxed = {name: value for name, value in orphaned.items() if name != "vatNumber"}
            for taxed in (orphaned, untaxed) if "vatNumber" in orphaned else (orphaned,):
                if "contacts" in taxed:
                    yield from ({**taxed, "contacts": each} for each in contact_variants(taxed["contacts"]))
                else:
                    yield taxed

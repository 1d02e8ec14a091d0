"""Custom fields that a refusal of Upflow's names: only those are left out of a record. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from upflow_provider.records.accessories import REFUSED
from upflow_provider.records.contacts import field_ref
from upflow_provider.records.mapped import Mapped
from upflow_provider.records.payloads import Payload
from upflow_provider.shown_ids import shown_id

NUMBERED = re.compile(r"custom_?fields?[.\[](\d+)", re.IGNORECASE)
"""How a refusal names one of several values, by its place in the request."""


def without_refused_fields(mapped: Mapped, refusal: str) -> Mapped:
    """
    Return a record without the values that a refusal names by place, id or external id; the same record if it has none.

    A value that is empty is not left out here: it is not known whether Upflow takes empty values at all.

    Args:
        mapped: The record.
        refusal: What Upflow said.
    """
    values = cast("Sequence[Mapping[str, Any]]", mapped.payload.get("customFields", ()))
    numbers = {int(each) for each in NUMBERED.findall(refusal)}
    named = [
        each
        for number, each in enumerate(values)
        if each["value"] is not None and (number in numbers or (field_ref(each) or refusal) in refusal)
    ]
    if not named:
        return mapped
    fields: dict[str, Any] = {**mapped.payload, "customFields": [each for each in values if each not in named]}
    if not fields["customFields"]:
        del fields["customFields"]
    record = shown_id(fields["externalId"])
    notes = (f"{record}: custom field {shown_id(field_ref(each) or '')} is left out, {REFUSED}" for each in named)
    return replace(mapped, payload=cast("Payload", fields), notes=(*mapped.notes, *notes))

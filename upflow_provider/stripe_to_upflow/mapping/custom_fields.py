"""
Custom fields of Upflow from Stripe: declared fields, each with its source in the record, metadata or a native field.

Every declared field is mentioned in each import, with ``null`` where Stripe has no value, so that a key that is removed
in Stripe clears the value in Upflow. A field that is not declared is never mentioned, and Upflow leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from upflow_provider.records.custom_field_values import UNFIT, Unfit
from upflow_provider.records.text import mapping_in
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.mapping.native_fields import NOT_SHOWN, NativeField

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from upflow_provider.records.custom_fields import CustomField, DefinedField
    from upflow_provider.records.mapped import Mapped
    from upflow_provider.records.payloads import CustomFieldValue, Payload

Record = Mapping[str, Any]


class Declaration(NamedTuple):
    """
    A custom field that an organization declares, and what fills it.

    Attributes:
        field: The field.
        source: Key of the record's metadata, or a native field.
    """

    field: CustomField
    source: str | NativeField


class MappedField(NamedTuple):
    """
    A declared field that Upflow has, and what fills it.

    Attributes:
        defined: The field with its definition.
        source: As in `Declaration`.
    """

    defined: DefinedField
    source: str | NativeField

    def value_in(self, record: Record, time_zone: ZoneInfo) -> object:
        """Return the source's value in a record; ``None`` if there is none, and `NOT_SHOWN` if that is not known."""
        if isinstance(self.source, NativeField):
            return self.source.text(record, time_zone)
        return metadata_of(record).get(self.source)


def with_values(mapped: Mapped, record: Record, fields: Sequence[MappedField], time_zone: ZoneInfo) -> Mapped:
    """
    Return a mapped record with the values of its custom fields, and notes on values that are left out.

    A document that goes into another collection than its stream, such as a negative invoice, stays as it is: it cannot
    have the fields of that stream.

    Args:
        mapped: The record without custom fields.
        record: What it was mapped from, complete.
        fields: The fields of its stream.
        time_zone: The organization's, for days in values.
    """
    values: list[CustomFieldValue] = []
    notes: list[str] = []
    for each in () if mapped.collection else fields:
        source = each.value_in(record, time_zone)
        value = Unfit("is not shown by Stripe") if source is NOT_SHOWN else each.defined.value_of(source)
        if isinstance(value, Unfit):
            name = each.defined.field.name
            notes.append(f"{shown_id(record['id'])}: custom field {name!r} {UNFIT} {value.rule}")
        else:
            values.append(value)
    payload = _with(mapped.payload, values) if values else mapped.payload
    return replace(mapped, payload=payload, notes=(*mapped.notes, *notes))


def with_listed_values(payload: Payload, entity: Record, fields: Sequence[MappedField]) -> Payload:
    """
    Return a payload that was read back from Upflow's list with the values of mapped fields, as they would be sent.

    Args:
        payload: What the list shows otherwise.
        entity: The record as Upflow lists it; a value that is missing in it counts as empty.
        fields: The mapped fields; values of others are nobody's business.

    Returns:
        The payload; without custom fields if the list shows none at all.
    """
    listed = entity.get("customFields")
    if not fields or not isinstance(listed, list):
        return payload
    return _with(payload, [each.defined.listed_value([mapping_in(value) for value in listed]) for each in fields])


def _with(payload: Payload, values: list[CustomFieldValue]) -> Payload:
    return cast("Payload", {**payload, "customFields": values})


def metadata_of(record: Record) -> Record:
    """
    Return the metadata of a customer, an invoice or a payment.

    That of a payment may be in three places, each of which may have keys of its own: the intent counts before its
    charge; a charge without intent, and a payment record, have only their own. A charge has a copy of its
    intent's metadata, made once (https://docs.stripe.com/api/metadata).
    """
    payment = mapping_in(record.get("payment"))
    own = payment or record
    return {**mapping_in(mapping_in(own.get("latest_charge")).get("metadata")), **mapping_in(own.get("metadata"))}

"""
What has to be read of Stripe for native fields: fields to expand, which need permissions of their own.

Expanded objects make pages much heavier, and one that the key may not read makes Stripe refuse the whole list (403).
Only what is mapped is therefore expanded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from upflow_provider.stripe_to_upflow.mapping.custom_fields import MappedField
from upflow_provider.stripe_to_upflow.mapping.native_fields import NativeField
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

Refusal = Callable[[str, Sequence[str]], str | None]
"""Asks Stripe for a resource with fields to expand; returns what it says about a missing permission."""


def forbidden_fields(fields: Iterable[NativeField], refusal: Refusal) -> dict[str, str]:
    """Return the native fields that a Stripe key may not read, by name, each with what Stripe says about that."""
    asked = {each.name: refusal(resource_of(each), each.expand) for each in fields if each.expand}
    return {name: why for name, why in asked.items() if why is not None}


def native_reads(fields: Mapping[str, Sequence[MappedField]]) -> dict[str, tuple[str, ...]]:
    """Return what has to be expanded for the native fields among mapped fields, by resource; nothing else is."""
    expands: dict[str, dict[str, None]] = {}
    for own in fields.values():
        for each in own:
            if isinstance(each.source, NativeField) and each.source.expand:
                expands.setdefault(resource_of(each.source), {}).update(dict.fromkeys(each.source.expand))
    return {resource: tuple(expand) for resource, expand in expands.items()}


def resource_of(field: NativeField) -> str:
    """Return the resource of Stripe whose objects have a native field."""
    return STREAMS[field.stream].listings[0].resource

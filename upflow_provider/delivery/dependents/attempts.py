"""The attempts at an import that Upflow refuses: with ever less of what never keeps a record out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from upflow_provider.delivery.custom_fields.refused_fields import without_refused_fields
from upflow_provider.delivery.dependents.positions import without_refused
from upflow_provider.delivery.stream import Answer
from upflow_provider.errors import NotFoundError, RefusedError
from upflow_provider.records.accessories import Accessory, reduced, undefined
from upflow_provider.records.mapped import Mapped

NAMED_MAX = 3
"""Requests without exactly what refusals name, one after the other; then everything of the kind is left out."""


def imported(
    send: Callable[[Mapped], Answer], mapped: Mapped, accessories: Sequence[Accessory]
) -> tuple[Answer, Mapped]:
    """
    Import a record, without accessories that Upflow refuses; return its answer, and what was imported.

    Args:
        send: Imports a record.
        mapped: The record.
        accessories: What it may lack.

    Raises:
        RefusedError: Upflow refuses it in any case.
        UpflowSyncError: Raised by *send*.
    """
    try:
        return send(mapped), mapped
    except RefusedError as refusal:
        error = refusal
    for _ in range(NAMED_MAX):
        fewer = mapped if isinstance(error, NotFoundError) else _without_named(mapped, str(error))
        if fewer is mapped:
            break
        mapped = fewer
        try:
            return send(mapped), mapped
        except RefusedError as refusal:
            error = refusal
    for fewer in _fewer(mapped, accessories, error):
        try:
            return send(fewer), fewer
        except RefusedError:
            continue
    raise error


def _without_named(mapped: Mapped, refusal: str) -> Mapped:
    """Return a record without the position of contacts, or else the custom fields, that a refusal names."""
    fewer = without_refused(mapped, refusal)
    return without_refused_fields(mapped, refusal) if fewer is mapped else fewer


def _fewer(mapped: Mapped, accessories: Sequence[Accessory], error: RefusedError) -> Iterator[Mapped]:
    # What does not exist is the definition of a custom field, or a record, which may be imported first.
    return undefined(mapped) if isinstance(error, NotFoundError) else reduced(mapped, accessories, str(error))

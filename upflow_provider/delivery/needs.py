"""The import of what a record needs first, in rounds that come to an end."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from upflow_provider.delivery.delivery import Delivery
from upflow_provider.errors import UnexpectedError
from upflow_provider.records.mapped import Need
from upflow_provider.shown_ids import shown_id


def import_needed(
    delivery: Delivery, missing: Callable[[Delivery], Iterable[Delivery]], is_imported: Callable[[Delivery], bool]
) -> None:
    """
    Import the records that another one needs.

    After one of them is rejected, *missing* is asked again: what it is an accessory of goes without it, and what cannot
    do without it is an error. Each round rejects another record, so that there is a last round.

    Args:
        delivery: The record that needs them.
        missing: Yields what Upflow lacks of them, each after those that it needs itself.
        is_imported: Imports one of them, and returns whether that was possible.

    Raises:
        UnexpectedError: One of them was rejected, and was to be imported again.
        RecordError: Raised by *missing*.
    """
    rejected: set[Need] = set()
    while parent := next((each for each in missing(delivery) if not is_imported(each)), None):
        need = Need(parent.stream.name, parent.external_id)
        if need in rejected:
            raise UnexpectedError(
                f"{shown_id(delivery.external_id)}: {shown_id(parent.external_id)}, which it needs, was rejected and "
                "would be sent again and again; report this. The record is tried again later"
            )
        rejected.add(need)

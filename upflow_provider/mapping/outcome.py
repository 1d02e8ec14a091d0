"""What a mapping makes of one source record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from upflow_provider.payloads import Payload


@dataclass(frozen=True, slots=True)
class Skip:
    """
    The record is not for Upflow, now or ever; no error.

    Attributes:
        reason: Why, in a few words, e.g. ``draft``.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """
    A balancing document: linked to its invoice, it leaves nothing outstanding there.

    Attributes:
        collection: Upflow collection that the document belongs to.
        external_id: Its own external id, derived from the invoice's.
        amount: Amount in the invoice's currency, minor units, above zero.
        date: Day it counts from, ``YYYY-MM-DD``: when the invoice was given up or voided.
        reason: Why it exists, for people who see it in Upflow.
    """

    collection: Literal["payments", "credit_notes"]
    external_id: str
    amount: int
    date: str
    reason: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """
    The record's counterpart in Upflow.

    Attributes:
        payload: Body of the import.
        customer: External id of the customer it belongs to: no two requests for one customer may
            overlap.
        parent: External id of the customer that Upflow must have first, if any.
        lines: Balancing documents of an invoice that nobody owes any more.
        notes: What was left out of the payload and why; ids and field names only.
    """

    payload: Payload
    customer: str
    parent: str | None = None
    lines: tuple[Line, ...] = ()
    notes: tuple[str, ...] = ()

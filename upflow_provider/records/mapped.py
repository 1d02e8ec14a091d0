"""What a mapping makes of one source record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection, Payload


class Need(NamedTuple):
    """
    A record that Upflow must have first.

    Attributes:
        stream: Name of its stream.
        external_id: Its external id.
    """

    stream: str
    external_id: str


class Link(NamedTuple):
    """
    How much of a document settles another one.

    Attributes:
        collection: Upflow collection of the other document.
        external_id: The other document.
        amount: Upflow's minor units, above zero.
    """

    collection: Collection
    external_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class Skip:
    """
    The record is not for Upflow, now or ever; no error.

    Attributes:
        reason: Why, in a few words, e.g. ``draft``.
        remove: Whether it must not stay in Upflow if it was imported before.
        customer: External id of the customer it belongs to, where it may have to be removed.
    """

    reason: str
    remove: bool = False
    customer: str = ""


@dataclass(frozen=True, slots=True)
class BalancingDocument:
    """
    A balancing document: it stands for something that Stripe does without a record of its own.

    Attributes:
        collection: Upflow collection that the document belongs to.
        external_id: Its own external id: that of the record it belongs to, a colon, and what it is.
        amount: Upflow's minor units, above zero.
        date: Day it counts from, ``YYYY-MM-DD``.
        reason: Why it exists, for people who see it in Upflow.
        links: What it settles. One without links is settled by its record, and is sent before it.
    """

    collection: Collection
    external_id: str
    amount: int
    date: str
    reason: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """
    The record's counterpart in Upflow.

    Attributes:
        payload: Body of the import, without links.
        customer: External id of the customer it belongs to: no two requests for one customer may
            overlap.
        needs: What Upflow must have first.
        links: What it settles.
        balancing: Balancing documents that belong to it.
        notes: What was left out of the payload and why; ids and field names only.
        outstanding: What Upflow must show as outstanding in the end, in its minor units; ``None`` for
            what is no invoice.
        collection: Upflow collection, where it is not that of the stream.
        dependents: What a customer brings along and must lose together with its cause:
            ``contacts/<external id>``, ``parent/<external id>``.
    """

    payload: Payload
    customer: str
    needs: tuple[Need, ...] = ()
    links: tuple[Link, ...] = ()
    balancing: tuple[BalancingDocument, ...] = ()
    notes: tuple[str, ...] = ()
    outstanding: int | None = None
    collection: Collection | None = None
    dependents: tuple[str, ...] = ()

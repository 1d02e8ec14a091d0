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
    How much of another document a document settles.

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
    The record is not for Upflow, at least for now; that is not an error.

    Attributes:
        reason: Why, in a few words, e.g. ``draft``.
        remove: Whether it must be removed from Upflow if it was imported before.
        customer: External id of the customer that it belongs to, if it may have to be removed.
    """

    reason: str
    remove: bool = False
    customer: str = ""


@dataclass(frozen=True, slots=True)
class BalancingDocument:
    """
    A document that stands for something that the source does without a record of its own, such as a write-off.

    Attributes:
        collection: Upflow collection that the document belongs to.
        external_id: Its external id: that of the record that it belongs to, a colon, and its kind.
        amount: Upflow's minor units, above zero.
        date: Day from which it counts, ``YYYY-MM-DD``.
        reason: Why it exists, for people who see it in Upflow.
        links: What it settles. A document without links is settled by its record, and is sent before the record.
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
    What Upflow is to have for a source record.

    Attributes:
        payload: Body of the import, without links.
        customer: External id of the customer that it belongs to; requests for one customer must not overlap.
        needs: Records that Upflow must have first.
        links: What it settles.
        balancing: Balancing documents that belong to it.
        notes: What was left out of the payload, and why; ids and field names only.
        outstanding: Outstanding amount that Upflow must show in the end, in its minor units; ``None`` for records
            that are not invoices.
        collection: Upflow collection, if it is not that of the stream.
        dependents: What is imported along with a customer and removed when the source no longer has it:
            ``contacts/<external id>``, whoever makes that contact, and ``parent/<external id>``.
        contact_fields: Ids (or else external ids) of the custom fields from which Upflow makes contacts.
        has_no_links: Whether the source says that it settles nothing, so that links which it had before go.
        keeps: Kinds of dependents, ``contacts`` or ``parent``, that the source says nothing about, so that they stay.
        exists: Whether Upflow has the record already, if its source has compared it; ``None`` if the ledger decides.
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
    contact_fields: tuple[str, ...] = ()
    has_no_links: bool = False
    keeps: tuple[str, ...] = ()
    exists: bool | None = None

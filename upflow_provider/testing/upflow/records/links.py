"""
The links that are stored: which payment, credit note or refund settles how much of what.

What is sent is checked by `reconciliation` before it comes here.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from upflow_provider.testing.upflow.records.document_types import CREDITS, DEBITS


class Document(NamedTuple):
    """Key of a document: its collection and its Upflow id."""

    collection: str
    id: str


class Share(NamedTuple):
    """How much of a document (in minor units) takes part in a group of links."""

    document: Document
    amount: int


class Match(NamedTuple):
    """How much of a debit is settled by a credit, in minor units."""

    debit: Document
    credit: Document
    amount: int


class Links:
    """
    Groups of links by their external ids.

    Attributes:
        groups: The shares of each group.
    """

    def __init__(self) -> None:
        self.groups: dict[str, tuple[Share, ...]] = {}
        self._groups_of: dict[Document, set[str]] = defaultdict(set)

    def put(self, group: str, shares: Sequence[Share]) -> None:
        """Set or replace a group; no shares undo it."""
        for share in self.groups.pop(group, ()):
            self._groups_of[share.document].discard(group)
        if shares:
            self.groups[group] = tuple(shares)
        for share in shares:
            self._groups_of[share.document].add(group)

    def drop(self, document: Document) -> None:
        """Undo every group that a document takes part in."""
        for group in self._groups_of.pop(document, set()).copy():
            self.put(group, ())

    def linked(self, document: Document, *, without: str | None = None) -> int:
        """Return how much of a document is linked, but for the group *without*."""
        return sum(
            share.amount
            for group in self._groups_of.get(document, ())
            if group != without
            for share in self.groups[group]
            if share.document == document
        )

    def matches(self, document: Document) -> list[Match]:
        """Return what a document is matched with, group by group."""
        return [
            match
            for group in sorted(self._groups_of.get(document, ()))
            for match in _match(self.groups[group])
            if document in (match.debit, match.credit)
        ]


def side(shares: Sequence[Share], collections: Sequence[str]) -> int:
    """Return the sum of the shares in one side's collections, in minor units."""
    return sum(share.amount for share in shares if share.document.collection in collections)


def amount(record: Mapping[str, Any]) -> int:
    """Return the amount of a document, in minor units, tax included."""
    value: int = record["grossAmount"] if "grossAmount" in record else record["amount"]
    return value


def _match(shares: Sequence[Share]) -> list[Match]:
    """Match debits with credits in the order in which they were given, as far as they go."""
    debits = deque(share for share in shares if share.document.collection in DEBITS)
    credits_ = deque(share for share in shares if share.document.collection in CREDITS)
    matches = []
    while debits and credits_:
        debit, credit = debits.popleft(), credits_.popleft()
        amount = min(debit.amount, credit.amount)
        matches.append(Match(debit.document, credit.document, amount))
        if debit.amount > amount:
            debits.appendleft(Share(debit.document, debit.amount - amount))
        if credit.amount > amount:
            credits_.appendleft(Share(credit.document, credit.amount - amount))
    return matches

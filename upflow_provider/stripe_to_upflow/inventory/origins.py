"""
Which records that Upflow lists, and the ledger does not know, came from Stripe.

The owner of a Stripe account may choose the ids of customers, and Upflow has customers of other systems as well, from
tables, CSV files or typed in by hand. No id says where it came from. The ledger knows what other flows have imported;
of the rest, Stripe says what it has.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Protocol

from upflow_provider.errors import NotFoundError, RecordError
from upflow_provider.ledger import Ledger
from upflow_provider.records.page import Page, Record
from upflow_provider.records.payloads import COLLECTIONS
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

log = logging.getLogger(__name__)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LIST_FROM = 100
"""Unknown customers from which on Stripe's list is read, 100 a page, instead of each of them."""
LOOK_UPS_MAX = 1_000
"""Customers that one inventory asks Stripe for one by one; the next inventory goes on."""


class StripeCustomers(Protocol):
    """The part of `StripeSource` that is used here."""

    def pages(self, resource: str, *, start: datetime, end: datetime | None) -> Iterator[Page]:
        """List the records that were created in a window."""

    def retrieve(self, resource: str, record_id: str) -> Record:
        """Return one record; `NotFoundError` if there is none, a deleted customer with ``deleted``."""


class Origins:
    """
    Tells records of Stripe from those of other systems.

    Args:
        ledger: Knows what came from elsewhere; what Stripe does not have is remembered there and not asked for again.
        source: Asks Stripe.

    Attributes:
        unasked: Customers that nobody has asked Stripe for yet, because there are so many, or that it refused to look
            up.
    """

    def __init__(self, ledger: Ledger, source: StripeCustomers) -> None:
        self._ledger, self._source = ledger, source
        self._unknown = self._asked = 0
        self._listed: frozenset[str] | None = None
        self.unasked = 0

    def elsewhere(self, external_ids: Collection[str]) -> set[str]:
        """Return those of some ids that are known to come from elsewhere than from Stripe."""
        return self._ledger.elsewhere.known(tuple(STREAMS), external_ids)

    def of_stripe(self, stream: str, external_ids: Collection[str]) -> set[str]:
        """
        Return those of some records, which the ledger does not know in their stream, that came from Stripe.

        Args:
            stream: Name of the stream that they would belong to.
            external_ids: Their ids.

        Raises:
            RetriableError, FatalError: Raised by the client of Stripe.
        """
        elsewhere = self.elsewhere(external_ids)
        unknown = [each for each in external_ids if each not in elsewhere]
        if not unknown or not COLLECTIONS[STREAMS[stream].collection].owns_documents:
            return set(unknown)  # Stripe makes the ids of documents
        self._unknown += len(unknown)
        if self._listed is None and self._unknown > LIST_FROM:
            self._listed = frozenset(_listed(self._source))
        listed = set(unknown) & (self._listed or frozenset())
        return listed | self._looked_up([each for each in unknown if each not in listed])

    def _looked_up(self, external_ids: Sequence[str]) -> set[str]:
        """Return those that Stripe has, be they deleted; remember the others."""
        absent: list[str] = []
        found: set[str] = set()
        for external_id in external_ids:
            exists = self._exists(external_id)
            if exists is None:
                self.unasked += 1
            elif exists:
                found.add(external_id)
            else:
                absent.append(external_id)
        self._ledger.elsewhere.remember(absent)
        return found

    def _exists(self, external_id: str) -> bool | None:
        """Return whether Stripe has a customer; ``None`` if that is not known."""
        if self._asked >= LOOK_UPS_MAX:
            return None
        self._asked += 1
        return _exists(self._source, external_id)


def _listed(source: StripeCustomers) -> Iterator[str]:
    for page in source.pages("customers", start=EPOCH, end=None):
        yield from (each["id"] for each in page.records)


def is_any_of_stripe(external_ids: Collection[str], source: StripeCustomers) -> bool:
    """
    Return whether Stripe has any of these customers: its list is read until the first of them.

    The list lacks customers that were deleted; of those that it lacks, some are looked up.

    Args:
        external_ids: External ids of customers of Upflow.
        source: Lists Stripe's customers, 100 a page.

    Raises:
        RetriableError, FatalError: Raised by the client of Stripe.
    """
    if not external_ids:
        return False
    if any(each in external_ids for each in _listed(source)):
        return True
    return any(_exists(source, each) for each in islice(sorted(external_ids), LIST_FROM))


def _exists(source: StripeCustomers, external_id: str) -> bool | None:
    """Return whether Stripe has a customer, be it deleted; ``None`` if it does not say."""
    try:
        source.retrieve("customers", external_id)
    except NotFoundError:
        return False
    except RecordError as error:
        log.warning("whether it is a customer of Stripe is not known: %s", error)
        return None
    return True

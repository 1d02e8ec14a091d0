"""How many records a page of a listing may have, so that it arrives whole."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)

PAGE_SIZE = 100
"""Records per page; Stripe allows no more, https://docs.stripe.com/api/pagination."""
SHRINKING = 4
"""By how much the second, third, ... page that does not arrive whole makes the next one smaller."""


def next_size(size: int, failures: int) -> int:
    """
    Return how many records to ask for after answers that did not arrive whole.

    Pure. The first failure may be a matter of chance; after the next ones, a smaller answer may arrive where a large
    one never does.

    Args:
        size: Records that were asked for last.
        failures: Failures in a row.
    """
    return size if failures < 2 else max(size // SHRINKING, 1)  # noqa: PLR2004 - the first one is not counted


class PageSizes:
    """The sizes of pages that are known to arrive, by listing; threads may share them."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    def of(self, listing: str) -> int:
        """Return how many records to ask for."""
        return self._sizes.get(listing, PAGE_SIZE)

    def remember(self, listing: str, size: int) -> None:
        """Remember that pages have to be as small as this; smaller ones than before are asked for from now on."""
        log.warning("%s: pages arrive incomplete; from now on, each request asks for %d records", listing, size)
        self._sizes[listing] = size

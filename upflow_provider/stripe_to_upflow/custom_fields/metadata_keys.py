"""
The keys of metadata that records have, for ``metadata: all``, which makes a field in Upflow of each.

Apps write keys of their own, and a field cannot be removed from Upflow without harm. A key therefore becomes a field
only after a dry run has named it. A key that another run meets is noted once, with the remedy.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING, NamedTuple

from upflow_provider.delivery.stream import Stream
from upflow_provider.ledger.findings import Findings, metadata_keys
from upflow_provider.records.text import cleaned
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.mapping.custom_fields import metadata_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upflow_provider.records.mapped import Mapped, Skip
    from upflow_provider.records.page import Record

log = logging.getLogger(__name__)

KEY_LENGTH_MAX = 40
"""Characters of the longest key that may become a field, which is that of Stripe's longest key."""
HIDDEN = re.compile(r"id-[0-9a-f]{10}")
"""A key that looks like personal data, as the ledger has it."""


class KnownKeys(NamedTuple):
    """
    The keys that the ledger knows of a stream.

    Attributes:
        listed: Those that a dry run has named: they may become fields.
        noted: Those that only other runs have met.
    """

    listed: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()

    @classmethod
    def of(cls, stream: str, findings: Findings) -> KnownKeys:
        """Return what the ledger knows of a stream."""
        known = json.loads(findings.get(metadata_keys(stream)) or "{}")
        return cls(tuple(known.get("listed", ())), tuple(known.get("noted", ())))

    def including(self, keys: Iterable[str], *, is_dry_run: bool) -> KnownKeys:
        """Return them with keys that a run has met."""
        if is_dry_run:
            listed = {*self.listed, *keys}
            return KnownKeys(tuple(sorted(listed)), tuple(sorted({*self.noted} - listed)))
        return KnownKeys(self.listed, tuple(sorted({*self.noted, *keys} - {*self.listed})))


class MetadataKeys:
    """
    The keys that one task meets in the records of one stream.

    Args:
        stream: Name of the stream.
        findings: Keep the keys.
        declared: Keys that are declared one by one, which are no news.
        is_dry_run: Whether the keys may become fields from now on.
    """

    def __init__(self, stream: str, findings: Findings, declared: Container[object], *, is_dry_run: bool) -> None:
        self._stream, self._findings, self._is_dry_run = stream, findings, is_dry_run
        self._declared = declared
        self._met: set[str] = set()
        self._stored: frozenset[str] = frozenset()

    def watched(self, stream: Stream) -> Stream:
        """Return a stream whose records are looked at before they are mapped."""

        def to_upflow(record: Record) -> Mapped | Skip:
            new = (key for key in metadata_of(record) if cleaned(key) and key not in self._declared)
            self._met.update(shown_id(key) if is_personal(key) else key for key in new)
            return stream.to_upflow(record)

        return Stream(stream.name, stream.collection, to_upflow, stream.accessories)

    def keep(self) -> None:
        """Keep the keys that were met, and name those that are new; called after each page."""
        if self._met <= self._stored:
            return
        known = KnownKeys.of(self._stream, self._findings)
        met = known.including(self._met, is_dry_run=self._is_dry_run)
        if met != known:
            content = {"listed": met.listed, "noted": met.noted}
            self._findings.keep(metadata_keys(self._stream), json.dumps(content))
            self._say(sorted({*met.listed} - {*known.listed} if self._is_dry_run else {*met.noted} - {*known.noted}))
        self._stored = frozenset(self._met)

    def _say(self, new: Sequence[str]) -> None:
        keys = ", ".join(map(shown_key, new))
        if new and self._is_dry_run:
            log.info(
                "metadata of %s: the next run that is no dry run makes fields of these keys, or says why not: %s",
                self._stream,
                keys,
            )
        elif new:
            log.warning(
                "metadata of %s has keys without a field in Upflow: %s; do a dry run of stripe_to_upflow_backfill over "
                "such records, and the next run makes fields of them",
                self._stream,
                keys,
            )


def is_personal(key: str) -> bool:
    """Return whether a key of metadata looks like personal data, such as an address; any other is configuration."""
    return "@" in key or len(key) > KEY_LENGTH_MAX or HIDDEN.fullmatch(key) is not None


def shown_key(key: str) -> str:
    """Return a key of metadata as messages show it: itself, unless it looks like personal data."""
    return shown_id(key) if is_personal(key) else repr(key)

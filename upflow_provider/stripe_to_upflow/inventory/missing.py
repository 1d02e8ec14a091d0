"""The search for records that Upflow must have and has not listed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from upflow_provider.errors import ConfigurationError, RecordError
from upflow_provider.runs.report import MAX_EXAMPLES
from upflow_provider.shown_ids import shown_id
from upflow_provider.stripe_to_upflow.inventory.content import ListedDocument
from upflow_provider.stripe_to_upflow.inventory.lists import UpflowLists

log = logging.getLogger(__name__)

UNLISTED_MAX = 1_000
"""Records that Upflow has although its lists lack them; if there are more, its lists cannot be used."""


class Missing(NamedTuple):
    """
    A record that Upflow must have and has not listed, or whose balancing documents it has not listed.

    Attributes:
        stream: Name of its stream.
        external_id: Its id.
        balancing: Keys of its balancing documents.
        unlisted: Keys of those that were not listed.
    """

    stream: str
    external_id: str
    balancing: Sequence[str]
    unlisted: Sequence[str]


class Absent(NamedTuple):
    """
    A record that Upflow says it does not have, or whose balancing documents it does not have.

    Attributes:
        missing: The record.
        upflow_id: Its id in Upflow; ``None`` if it is not there.
    """

    missing: Missing
    upflow_id: str | None


class MissingRecords:
    """
    Asks Upflow for records one by one.

    Args:
        lists: Asks.
        limit: How many may be absent. If more are, there is a general cause, and nobody asks any further.

    Attributes:
        found: Those that exist after all, with all of their balancing documents.
    """

    def __init__(self, lists: UpflowLists, limit: int) -> None:
        self._lists, self._limit = lists, limit
        self.found: list[ListedDocument] = []

    def absent(self, missing: Iterable[Missing]) -> list[Absent]:
        """
        Return those that Upflow says it does not have. What it refuses to say anything about is not among them.

        Raises:
            ConfigurationError: So many are absent, or exist without being listed, that there must be a general cause.
            RetriableError, FatalError: Raised by the client.
        """
        absent: list[Absent] = []
        for each in missing:
            try:
                document = self._lists.find(each.stream, each.external_id)
                is_whole = document is not None and all(self._lists.exists(key) for key in each.unlisted)
            except RecordError as error:
                log.warning("%s", error)
                self._lists.note(each.external_id)
                continue
            if document and is_whole:
                self.found.append(document)
            else:
                absent.append(Absent(each, document.record.upflow_id if document else None))
            self._check_number([each.missing for each in absent])
        return absent

    def _check_number(self, absent: Sequence[Missing]) -> None:
        if len(absent) > self._limit:
            examples = ", ".join(shown_id(each.external_id) for each in absent[:MAX_EXAMPLES])
            raise ConfigurationError(
                f"more than {self._limit:,} records that were sent to Upflow do not exist there (such as {examples}): "
                "the connection to Upflow leads to another organization, or somebody has emptied this one. Nothing is "
                "sent again. Correct the connection; or, to send all of them again, trigger the DAG "
                "upflow_ledger_rebuild with send_again"
            )
        if len(self.found) > UNLISTED_MAX:
            raise ConfigurationError(
                f"more than {UNLISTED_MAX:,} records that Upflow has are not in its lists, so that nothing can be "
                "concluded from these. Nothing is sent again. Ask Upflow why its lists are short"
            )

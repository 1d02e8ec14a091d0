"""
The right of one task to import files, of all tasks of an organization.

Two imports at once would each compare their files with what Upflow had before the other one. The right is a lease in
the ledger, renewed while its task works; the lease of a task that has died ends by itself.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from upflow_provider.errors import RetriableError, UpflowSyncError
from upflow_provider.ledger import Ledger
from upflow_provider.ledger.findings import FILE_IMPORT

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long the right lasts, should its task die."""
RENEWAL_S = 60.0
"""Seconds between renewals."""


class FileLease:
    """
    The right to import files; a context manager.

    Args:
        ledger: Keeps it.
        owner: Name of the task instance, the same on every try: a retry has the right of its dead predecessor at once.
        stop: Called if the right is lost although the task works, so that it sends nothing more.

    Raises:
        RetriableError: On entry: another task has the right.
    """

    def __init__(self, ledger: Ledger, owner: str, stop: Callable[[], object]) -> None:
        self._ledger, self._owner, self._stop = ledger, owner, stop
        self._is_done = threading.Event()
        self._renewals = threading.Thread(target=self._renew_regularly, name="upflow-file-lease", daemon=True)

    def __enter__(self) -> Self:
        if not self._reserve():
            raise RetriableError(
                "another file is being imported, or its task has died within 10 minutes; files are imported one after "
                "the other"
            )
        self._renewals.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_done.set()
        self._renewals.join()
        try:
            held = self._ledger.findings.get(FILE_IMPORT)
            if held and held.endswith(f" {self._owner}"):
                self._ledger.findings.replace(FILE_IMPORT, held, "")
        except (SQLAlchemyError, UpflowSyncError) as trouble:  # most likely it is what has stopped the task
            log.warning("the right to import files remains until it ends: %s", type(trouble).__name__)

    def renew(self) -> bool:
        """Renew the right, and return whether this task still has it; if not, nothing more is sent."""
        try:
            is_held = self._reserve()
        except (SQLAlchemyError, UpflowSyncError) as trouble:
            log.warning("the right to import files cannot be renewed for now: %s", type(trouble).__name__)
            return True  # until it ends, nobody else can have it; the task cannot send anything without the ledger
        if not is_held:
            log.error("another task has begun to import a file, because this one stood still; it is stopped")
            self._stop()
        return is_held

    def _reserve(self) -> bool:
        now = self._ledger.clock.now()
        return self._ledger.findings.reserve(FILE_IMPORT, self._owner, now=now, until=now + LEASE)

    def _renew_regularly(self) -> None:
        while not self._is_done.wait(RENEWAL_S):
            if not self.renew():
                return

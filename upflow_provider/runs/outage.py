"""
The outage of a vendor, as opposed to the trouble that it has with one record.

A vendor that fails for ever at one record is in order: the record is set aside, and the others arrive. If it fails for
several in a row, it is out of order, and to go on would set everything aside.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from upflow_provider.errors import (
    ForbiddenError,
    RefusedError,
    SharedLimitError,
    UnservedError,
    UnservedRecordError,
)
from upflow_provider.shown_ids import shown_id

UNSERVED_MAX = 3
"""Records that a vendor does not serve in a row from which it is taken to be out of order."""


class Outage:
    """
    Tells the trouble of one record from that of its vendor; threads may share it.

    Each failed request has used up its retries before it comes here.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unserved: set[str] = set()

    @contextmanager
    def watched(self, record_id: str, customer: str = "") -> Iterator[None]:
        """
        Turn the failure of requests about one record into an error of that record, unless the vendor fails for others.

        Args:
            record_id: The record.
            customer: Its customer, if known: that the vendor fails at all records of one customer is one failure.

        Raises:
            UnservedRecordError: The vendor did not serve the record. It has not failed at `UNSERVED_MAX` in a row.
            UnservedError, ForbiddenError: It has; the error is that of this record.
            UpflowSyncError: Anything else that the requests raise, such as `SharedLimitError`.
        """
        try:
            yield
        except SharedLimitError:
            raise
        except (UnservedError, ForbiddenError) as error:
            if self.unserved(customer or record_id):
                raise
            problem = f"{shown_id(record_id)}: {error}; the record is tried again, and the others continue"
        except RefusedError:
            self.served()
            raise
        else:
            return
        raise UnservedRecordError(problem)

    def served(self) -> None:
        """Note that the vendor has served a record, or has refused it, which is an answer as well."""
        with self._lock:
            self._unserved.clear()

    def unserved(self, name: str) -> bool:
        """Note that the vendor did not serve a record or customer, and return whether it is out of order."""
        with self._lock:
            self._unserved.add(name)
            return len(self._unserved) >= UNSERVED_MAX

"""The connections of one process to the ledger's database."""

from __future__ import annotations

import sqlalchemy as sa

from upflow_provider.errors import RetriableError


class LedgerPool(sa.QueuePool):
    """A pool whose waits end in an error of this package; SQLAlchemy has no event for them."""

    def connect(self) -> sa.PoolProxiedConnection:
        """
        Return a free connection.

        Raises:
            RetriableError: All of them stay in use for too long.
        """
        try:
            return super().connect()
        except sa.exc.TimeoutError:
            raise RetriableError(
                f"the ledger's database: all {self.size() + self._max_overflow} connections of this process stayed in "
                f"use for {self.timeout():.0f} s; lower threads, or look for statements that are waiting for a lock"
            ) from None

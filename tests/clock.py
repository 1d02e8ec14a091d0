"""The time that both fakes and the sync go by."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Clock:
    """The time that both fakes and the sync go by."""

    at: datetime = BEGIN

    def now(self):
        """Return it."""
        return self.at

    def go_on(self, **by):
        """Let time pass."""
        self.at += timedelta(**by)

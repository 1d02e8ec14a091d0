"""The window of time that a sync works on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from upflow_provider.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Window:
    """
    A window ``[start, end)``: the start belongs to it, the end does not.

    Attributes:
        start: First instant by the source's clock, aware, UTC.
        end: First instant after the window, by the same clock, aware, UTC.

    Raises:
        ConfigurationError: The window is empty or ends before it starts.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise ConfigurationError(
                f"the window [{self.start.isoformat()}, {self.end.isoformat()}) is empty: "
                "its end (until) must come after its start (since)"
            )

    @classmethod
    def parse(cls, start: str | None, end: str | None) -> Window:
        """
        Parse a window from two ISO 8601 dates or instants; without an offset they are UTC.

        A run without a data interval has neither, unless it was triggered with them.

        Raises:
            ConfigurationError: One of them is missing or cannot be read, or the window is empty.
        """
        return cls(_instant("start (since)", start), _instant("end (until)", end))

    def __str__(self) -> str:
        return f"[{self.start:%Y-%m-%d %H:%M} UTC, {self.end:%Y-%m-%d %H:%M} UTC)"


def first_watermark(now: datetime, loaded_until: datetime | None = None) -> datetime:
    """
    Return where the incremental sync begins if nothing was synced before.

    Airflow's Backfill loads whole months; the current month is left to the sync.

    Args:
        now: The present by the source's clock, aware, UTC.
        loaded_until: First instant after the window of history that is being loaded, if any.

    Returns:
        The beginning of this month, or a later instant up to which history is being loaded, UTC.
    """
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return min(now, max(month, loaded_until or month))


def _instant(name: str, text: str | None) -> datetime:
    if not text:
        raise ConfigurationError(f"the window has no {name}: trigger the run with since and until")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"the window's {name} is not an ISO 8601 date or instant, such as 2026-01-31"
        ) from error
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)

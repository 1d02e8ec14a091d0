"""The window of time that a sync works on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from upflow_provider.errors import ConfigurationError
from upflow_provider.runs.suggestion import quoted

Names = tuple[str, str]
"""Names under which a window's start and end are given, such as the Params of a DAG."""


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
                f"the window [{self.start.isoformat()}, {self.end.isoformat()}) is empty: its end must come after its "
                "start"
            )

    @classmethod
    def parse(cls, start: object, end: object, names: Names = ("start", "end")) -> Window:
        """
        Parse a window from two ISO 8601 dates or instants; without an offset they are UTC.

        A run without a data interval has neither, unless it was triggered with them.

        Args:
            start: The start; not always text, because a native template makes a number of ``20261101``.
            end: The end, likewise.
            names: Names under which the two are given, for messages.

        Raises:
            ConfigurationError: One of them is missing or cannot be read, or the window is empty.
        """
        if not (start and end):
            missing = " and ".join(repr(name) for name, value in zip(names, (start, end), strict=True) if not value)
            raise ConfigurationError(
                f"{missing} not given: the run needs both ends of its window; trigger it with {names[0]!r} and "
                f"{names[1]!r}"
            )
        first, last = _instant(names[0], start), _instant(names[1], end)
        if first >= last:
            raise ConfigurationError(
                f"{names[1]!r} is {quoted(str(end))}, which is not after {names[0]!r}, {quoted(str(start))}: the "
                f"window is empty; choose a later {names[1]!r}"
            )
        return cls(first, last)

    def check_past(self, now: datetime, names: Names = ("start", "end")) -> None:
        """
        Refuse a window that lies in the future, because nothing in it can have happened.

        Args:
            now: The present, aware, UTC.
            names: Names under which the window was given, for the message.

        Raises:
            ConfigurationError: The window has not begun.
        """
        if self.start > now:
            raise ConfigurationError(
                f"{names[0]!r} is {self.start.isoformat()}, which lies in the future: it is {now:%Y-%m-%d %H:%M} UTC "
                f"now; choose an earlier {names[0]!r}"
            )

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


def _instant(name: str, value: object) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            f"{name!r} is {quoted(str(value))}, which is not an ISO 8601 date or instant; write it as 2026-01-31 or "
            "2026-01-31T12:30:00Z"
        ) from error

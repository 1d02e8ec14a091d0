"""Operators that import from a source in windows: what has changed since the last import."""

from __future__ import annotations

import ast
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.hooks.tables.queries import NOW, database_time
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization
from upflow_provider.tables_to_upflow.mapping.columns import check_source

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.tables_to_upflow.windows import SourceWindows

log = logging.getLogger(__name__)

FORM = "%Y-%m-%d %H:%M:%S"
"""How queries are given instants: every database compares such a text with its own."""


class UpflowOpenWindowOperator(BaseOperator):
    """
    Open the window of an import: from where the last one ended, until now by the clock of the source's database.

    The return value (XCom) has its ``start`` and its ``end``, such as ``2026-01-31 09:55:00``, in UTC, for the queries
    of the tasks after it: ``updated_at >= :start AND updated_at < :end``. Sessions of PostgreSQL, MySQL and SQLite are
    in UTC; a column in another time zone has to be converted by the query. A window with records that were rejected is
    read again with the next ones, for 30 days at most. The first window begins in 1970, and brings the history. Let
    only one run of the DAG be active at a time.

    :param source: name of the source, as the import operators have it
    :param conn_id: connection of the source's database, whose clock counts (templated)
    :param since: where this window begins, ISO 8601, UTC unless it says otherwise; if it is empty, where the last one
        ended (templated)
    :param now_sql: query of the present, for databases that do not know ``CURRENT_TIMESTAMP``, or not in UTC
    :param lag_s: seconds before the present at which a window ends, because rows become visible late
    :param overlap_s: seconds before the end of the last window at which the next one begins
    :param organization: the Upflow organization
    """

    template_fields: Sequence[str] = ("conn_id", "since")
    ui_color = "#e3f4e6"

    def __init__(
        self,
        *,
        source: str,
        conn_id: str,
        since: str = "",
        now_sql: str = NOW,
        lag_s: float = 60.0,
        overlap_s: float = 300.0,
        organization: Organization | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_source(source)
        self.source, self.conn_id, self.since = source, conn_id, since
        self.now_sql, self.lag_s, self.overlap_s = now_sql, lag_s, overlap_s
        self.organization = organization or Organization()

    def execute(self, context: Context) -> dict[str, str]:
        """Open the window; see the class."""
        with airflow_errors():
            opened = OpenOrganization(self.organization, context, lane="live")
            opened.log_start(f"{self.task_id}: opening a window of source {self.source!r}")
            since = instant("since", self.since) if self.since else None
            now = database_time(self.conn_id, self.now_sql)
            window = _windows(opened, self.source).open(
                now,
                since,
                lag=timedelta(seconds=self.lag_s),
                overlap=timedelta(seconds=self.overlap_s),
            )
            if window is None:
                log.info("nothing to import yet: the window is empty")
                return {"start": f"{now:{FORM}}", "end": f"{now:{FORM}}"}
            log.info("window %s", window)
            return {"start": f"{window.start:{FORM}}", "end": f"{window.end:{FORM}}"}


class UpflowCloseWindowOperator(BaseOperator):
    """
    Close the window of an import, so that the next one begins where it ends.

    Put it after all imports of the window, with Airflow's usual trigger rule: if one of them fails, the window stays
    open, and the next run reads it again; what was imported is unchanged then. In a dry run, and in test mode, it stays
    open, too.

    :param source: name of the source
    :param window: what :class:`UpflowOpenWindowOperator` returned, such as the ``output`` of that task (templated)
    :param is_dry_run: leave the window open (templated)
    :param organization: the Upflow organization
    """

    template_fields: Sequence[str] = ("window", "is_dry_run")
    ui_color = "#e3f4e6"

    def __init__(
        self,
        *,
        source: str,
        window: Mapping[str, str] | str,
        is_dry_run: bool = False,
        organization: Organization | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_source(source)
        self.source, self.window, self.is_dry_run = source, window, is_dry_run
        self.organization = organization or Organization()

    def execute(self, context: Context) -> dict[str, str | None]:
        """Close the window; see the class."""
        with airflow_errors():
            from upflow_provider.runs.window import Window

            opened = OpenOrganization(
                self.organization, context, lane="live", is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            opened.log_start(f"{self.task_id}: closing a window of source {self.source!r}")
            if opened.is_dry_run:
                raise AirflowSkipException("nothing was imported, so that the window stays open")
            start, end = bounds_in(self.window)
            if start == end:
                raise AirflowSkipException("the window is empty")
            state = _windows(opened, self.source).close(Window(start, end))
            if state.rejected_since:
                log.info("records were rejected: the next windows begin at %s, for 30 days", state.rejected_since)
            return state.as_dict()


def instant(name: str, text: str) -> datetime:
    """
    Return an instant that a parameter gives, in UTC.

    :param name: name of the parameter
    :param text: ISO 8601, UTC unless it says otherwise
    :raises ConfigurationError: it is no instant
    """
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"{name} {text!r} must be an instant, such as 2026-01-31T09:00:00+00:00") from None


def bounds_in(window: Mapping[str, str] | str) -> tuple[datetime, datetime]:
    """
    Return the bounds of a window, in UTC.

    :param window: what the task that opens windows returned, or its text, as a DAG without
        ``render_template_as_native_obj`` hands it on
    :raises ConfigurationError: it is no window
    """
    try:
        bounds: Any = ast.literal_eval(window) if isinstance(window, str) else window
        start, end = (instant(name, bounds[name]) for name in ("start", "end"))
    except (ValueError, SyntaxError, TypeError, KeyError):
        raise ConfigurationError(
            "window is not what the task that opens it returned; give the output of that task"
        ) from None
    return start, end


def _windows(opened: OpenOrganization, source: str) -> SourceWindows:
    from upflow_provider.tables_to_upflow.windows import SourceWindows

    return SourceWindows(opened.ledger, source)

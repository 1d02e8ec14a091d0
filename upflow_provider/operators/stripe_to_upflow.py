"""Operators that load one window of Stripe's history into Upflow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.links.upflow import UpflowLink
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.operators.stream_sync import existing_stream, publish, sync_stream
from upflow_provider.runs.switches import is_on
from upflow_provider.runs.window import Window, first_watermark
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow.sdk import Context

    from upflow_provider.records.page import Page
    from upflow_provider.stripe_to_upflow.streams.stream import StripeStream


class StripeToUpflowOperator(BaseOperator):
    """
    Import the records of one stream that were created in a window from Stripe into Upflow.

    Each record's current state is written under its own external id, and only if it differs from
    what was sent before, so that the task can be cleared and run again at any time, for any
    window, in any order. A retry continues at the page where the try before it ended.

    The task does all its work first and then fails if more records were rejected than allowed; the ledger
    keeps them with their reasons. A record that Upflow refuses because of its links waits for
    :class:`~upflow_provider.operators.outstanding_check.OutstandingCheckOperator` at the end of the run. Its
    return value (XCom) is the report: counts and ids, never personal data.

    :param stream: name of the stream, such as ``invoices``
    :param start: first instant of the window, ISO 8601, UTC unless it says otherwise (templated)
    :param end: first instant after the window (templated)
    :param streams: names of the streams that this run loads; the task is skipped if its own is not among them; empty
        for all (templated)
    :param is_dry_run: only read, map, compare and report what would be done (templated; a DAG that does so
        needs ``render_template_as_native_obj``)
    :param organization: the Upflow organization: its connections, time zone and limits
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``, and no slot of the pool
    """

    template_fields: Sequence[str] = ("start", "end", "streams", "is_dry_run")
    operator_extra_links = (UpflowLink(),)
    ui_color = "#e8e4ff"

    def __init__(
        self,
        *,
        stream: str,
        start: str,
        end: str,
        streams: Sequence[str] | str = (),
        is_dry_run: bool = False,
        organization: Organization | None = None,
        lane: Literal["live", "history"] = "history",
        **kwargs: Any,
    ) -> None:
        self.stream = existing_stream(stream)
        self.organization = organization or Organization()
        super().__init__(**with_slots(lane, self.organization.threads, kwargs))
        self.start = start
        self.end = end
        self.streams = streams
        self.is_dry_run = is_dry_run
        self._opened: OpenOrganization | None = None
        self.lane: Literal["live", "history"] = lane

    def on_kill(self) -> None:
        """Give back what the task has claimed; Airflow calls this before it kills the task."""
        if self._opened:
            self._opened.stop()

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the sync; see the class."""
        if self.streams and self.stream not in self.streams:
            raise AirflowSkipException(f"this run loads {', '.join(self.streams)} only")
        with airflow_errors():
            window = Window.parse(self.start, self.end)
            opened = self._opened = OpenOrganization(
                self.organization, context, lane=self.lane, is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            if not opened.is_dry_run and opened.ledger.watermark() is None:
                # Before the first read, so that the incremental sync begins where this window ends, or earlier.
                opened.ledger.stamp_watermark(first_watermark(opened.source.server_time(), window.end))
            stream = STREAMS[self.stream]
            report = sync_stream(context, opened, stream, WindowReading(opened, stream, window))
            return publish(context, self.organization, self.stream, report)


@dataclass(frozen=True, slots=True)
class WindowReading:
    """
    The records that were created in a window.

    :param opened: the organization
    :param stream: the stream
    :param window: the window
    """

    opened: OpenOrganization
    stream: StripeStream
    window: Window

    @property
    def inputs(self) -> dict[str, Any]:
        """What the cursor depends on."""
        return {
            "stream": self.stream.name,
            "window": str(self.window),
            "ledger": self.opened.ledger.organization,
            "settings": self.opened.organization.sync_settings,
        }

    def pages(self, cursor: dict[str, Any] | None) -> Iterable[Page]:
        """Return the pages of the window after a cursor."""
        return self.opened.reader.pages(self.stream, self.window, cursor)

    def page_done(self, page_cursor: dict[str, Any]) -> dict[str, Any]:
        """Return the cursor of the page."""
        return page_cursor

    def finish(self) -> None:
        """Nothing is left to do after the last page."""


class StripeCustomersToUpflowOperator(StripeToUpflowOperator):
    """
    Import the customers created in a window, each with its contacts.

    Parameters are those of :class:`StripeToUpflowOperator`, without ``stream``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(stream="customers", **kwargs)


class StripeInvoicesToUpflowOperator(StripeToUpflowOperator):
    """
    Import the finalized invoices created in a window; drafts are skipped.

    A customer that Upflow lacks is imported first; if it was deleted in Stripe, as the invoice describes it. What
    settles an invoice in Stripe without a record of its own (the customer's balance, payments out of band, a
    write-off) is imported along with it.

    Parameters are those of :class:`StripeToUpflowOperator`, without ``stream``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(stream="invoices", **kwargs)


class StripeCreditNotesToUpflowOperator(StripeToUpflowOperator):
    """
    Import the credit notes created in a window, linked to their invoices; void ones are deleted.

    An invoice that Upflow lacks is imported first. Parameters are those of
    :class:`StripeToUpflowOperator`, without ``stream``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(stream="credit_notes", **kwargs)


class StripePaymentsToUpflowOperator(StripeToUpflowOperator):
    """
    Import the payments that were applied to invoices in a window, linked to all of their invoices.

    An invoice that Upflow lacks is imported first. Parameters are those of
    :class:`StripeToUpflowOperator`, without ``stream``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(stream="payments", **kwargs)


class StripeRefundsToUpflowOperator(StripeToUpflowOperator):
    """
    Import the refunds created in a window and the disputes that were lost, linked to credit notes.

    Those that failed or were won are deleted. Parameters are those of
    :class:`StripeToUpflowOperator`, without ``stream``.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(stream="refunds", **kwargs)

"""The operator of the outstanding check at the end of a run."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.operators.stream_sync import add_up_plan
from upflow_provider.runs.switches import is_on
from upflow_provider.runs.window import Window
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

if TYPE_CHECKING:
    from airflow.sdk import Context


log = logging.getLogger(__name__)


class OutstandingCheckOperator(BaseOperator):
    """
    Check that every invoice shows in Upflow the amount that remains in Stripe.

    Amounts that the answers of the imports did not show are read from Upflow's list. Invoices that differ are corrected
    with records of other windows, and with records that waited for others of their run. The task fails if an
    invoice still differs; its message contains the sum. Its return value (XCom) is the report.

    In a dry run there is nothing to check. The task then adds up what the tasks before it have planned: the requests to
    Upflow that the run would take, and the minutes.

    :param start: first instant of the run's window; if it is empty, there is nothing to check (templated)
    :param end: first instant after the window (templated)
    :param streams: names of the streams that this run loads; unless it loads all, the task is skipped, because what
        settles the invoices is missing (templated)
    :param is_dry_run: only add up the plan of the run (templated)
    :param organization: the Upflow organization
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``, and no slot of the pool
    """

    template_fields: Sequence[str] = ("start", "end", "streams", "is_dry_run")
    ui_color = "#e8e4ff"

    def __init__(
        self,
        *,
        start: str,
        end: str,
        streams: Sequence[str] | str = (),
        is_dry_run: bool = False,
        organization: Organization | None = None,
        lane: Literal["live", "history"] = "history",
        **kwargs: Any,
    ) -> None:
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
        """Run the check; see the class."""
        if not self.start:
            raise AirflowSkipException("the run has no window: see its first task")
        with airflow_errors():
            window = Window.parse(self.start, self.end)
            opened = self._opened = OpenOrganization(
                self.organization, context, lane=self.lane, is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            if opened.is_dry_run:
                report = add_up_plan(context, opened, STREAMS)
                context["ti"].xcom_push(key="report", value=report)
                return report
            if self.streams and set(self.streams) < STREAMS.keys():
                opened.ledger.balances.hand_over(opened.run)  # to the check of the next run
                raise AirflowSkipException(f"this run loads {', '.join(self.streams)} only")
            opened.log_start(f"closing: checking what is outstanding after {window}")
            checked = opened.outstanding_check(window).run()
            opened.save_report("closing", checked.as_dict(), window)
            log.info("closing: %s", checked)
            context["ti"].xcom_push(key="report", value=checked.as_dict())
            checked.synced.check(self.organization.max_rejected)
        return checked.as_dict()

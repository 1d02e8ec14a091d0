"""The operator that writes payments made in Upflow's portal back to the invoices that they settle in Stripe."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.errors import FatalError
from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.runs.report import counted
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.ledger import Settlement
    from upflow_provider.upflow_to_stripe.report import WriteBackReport
    from upflow_provider.upflow_to_stripe.settings import WriteBack
    from upflow_provider.upflow_to_stripe.write_back import WriteBackRun

log = logging.getLogger(__name__)


class UpflowPaymentsToStripeOperator(BaseOperator):
    """
    Write payments made in Upflow's portal to Stripe: each once, or not at all and with the reason.

    The first run writes nothing: it ends with the list of what would be written, and so does every other one until a
    run is started with *approve*. Payments in error are in a table in the log, each with its cause and the remedy; they
    are tried again when their invoice changes, at growing intervals, and by *retry*. The task fails at its end as long
    as more are in error than ``max_rejected`` of the settings allows. The return value (XCom) is the report: counts and
    ids.

    :param organization: the Upflow organization; its settings have a part ``write_back``
    :param approve: approve the list: from now on, payments are written (templated; a text counts if it is ``True`` or
        ``False``)
    :param retry: payments in error that are tried now: ``all``, or their ids in Upflow, separated by commas; a payment
        that is named is begun anew even if its first try may have left a payment record in Stripe (templated)
    :param is_dry_run: list what would be written, and write nothing, as in test mode (templated, like
        *approve*)
    """

    template_fields: Sequence[str] = ("approve", "retry", "is_dry_run")
    ui_color = "#ffe9d6"

    def __init__(
        self,
        *,
        organization: Organization,
        approve: bool = False,
        retry: str = "",
        is_dry_run: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.organization = organization
        self.approve = approve
        self.retry = retry
        self.is_dry_run = is_dry_run
        self._is_ending = False

    def on_kill(self) -> None:
        """End after the payment that is being written; Airflow calls this before it kills the task."""
        self._is_ending = True

    def execute(self, context: Context) -> dict[str, Any]:
        """Write what is due; see the class."""
        settings = self.organization.write_back
        if settings is None:
            raise AirflowSkipException(f"organization {self.organization.name!r} has no write_back settings")
        with airflow_errors():
            opened = OpenOrganization(
                self.organization, context, lane="live", is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            opened.log_start(f"{self.task_id}: writing payments of Upflow's portal to Stripe")
            report = self._run(settings, opened)
            log.info("%s: %s", self.task_id, report)
            # This comes before the check, because the report matters most when the task fails.
            context["ti"].xcom_push(key="report", value=report.as_dict())
            opened.save_report("write_back", report.as_dict())
            if not report.dry_run:
                report.check(settings.max_rejected)
            elif report.candidates and not opened.is_dry_run:
                raise FatalError(
                    f"the log lists {counted(report.candidates, 'payment')} to be written to Stripe. Nothing is "
                    "written before somebody approves the list: start the DAG with approve"
                )
        return report.as_dict()

    def _run(self, settings: WriteBack, opened: OpenOrganization) -> WriteBackReport:
        from upflow_provider.upflow_to_stripe.listing import list_payments
        from upflow_provider.upflow_to_stripe.report import WriteBackReport

        opened.check_ledger()
        report = WriteBackReport()
        report.add_listed(list_payments(opened.upflow, opened.ledger.settlements, settings))
        is_dry_run = opened.is_dry_run or not self._is_approved(opened)
        run = write_back_run(opened, settings, is_dry_run=is_dry_run, stop=lambda: self._is_ending)
        run.run(report, payments_named(self.retry))
        if is_dry_run:
            _log_table("payments that would be written", run.candidates)
        _log_table("payments in error", run.rejected if is_dry_run else run.in_error())
        return report

    def _is_approved(self, opened: OpenOrganization) -> bool:
        from upflow_provider.ledger.findings import WRITE_BACK_APPROVED

        if is_on("approve", self.approve) and not opened.is_dry_run:
            opened.ledger.findings.keep(WRITE_BACK_APPROVED, opened.started_at.isoformat())
        return opened.ledger.findings.get(WRITE_BACK_APPROVED) is not None


def write_back_run(
    opened: OpenOrganization, settings: WriteBack, *, is_dry_run: bool, stop: Callable[[], bool] = lambda: False
) -> WriteBackRun:
    """
    Return a run of the write-back.

    :param opened: the organization
    :param settings: its part ``write_back``
    :param is_dry_run: whether nothing may be written to Stripe; its client refuses to, then
    :param stop: returns whether to end before the next payment
    """
    from upflow_provider.hooks.stripe import StripeHook
    from upflow_provider.upflow_to_stripe.settlement_writer import SettlementWriter
    from upflow_provider.upflow_to_stripe.write_back import WriteBackRun

    writer = SettlementWriter(
        source=opened.source,
        writer=StripeHook(opened.organization.stripe_conn_id).get_writer(is_open=not is_dry_run),
        settlements=opened.ledger.settlements,
        settings=settings,
        decimals=opened.organization.currency_decimals,
        now=opened.ledger.clock.now,
    )
    return WriteBackRun(opened.ledger, writer, settings, is_dry_run=is_dry_run, stop=stop)


def payments_named(retry: object) -> list[str]:
    """Return which payments a Param ``retry`` names: ids in Upflow, and ``all`` for all that are in error."""
    given = retry if isinstance(retry, list | tuple) else str(retry or "").replace(",", " ").split()
    ids = [str(each).strip() for each in given]
    return ["all" if each.lower() == "all" else each for each in ids if each]


def _log_table(title: str, settlements: Iterable[Settlement]) -> None:
    from upflow_provider.upflow_to_stripe.report import table

    listed = list(settlements)
    if listed:
        log.info("%s:", title)
        for line in table(listed):
            log.info("%s", line)

"""Operators that write what Upflow knows about customers to their Accounts in Salesforce."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.upflow_to_salesforce.report import ExportReport

log = logging.getLogger(__name__)


class _ToSalesforceOperator(BaseOperator):
    """
    The common part of both operators: they open the organization's systems and keep the report.

    :param organization: the Upflow organization; its settings have a part ``salesforce``
    :param is_dry_run: compare and report, but write nothing, as in test mode (templated)
    """

    template_fields: Sequence[str] = ("is_dry_run",)
    ui_color = "#dcefff"
    lane: Literal["live", "history"] = "live"

    def __init__(self, *, organization: Organization, is_dry_run: bool = False, **kwargs: Any) -> None:
        super().__init__(**with_slots(self.lane, organization.threads, kwargs))
        self.organization = organization
        self.is_dry_run = is_dry_run

    def execute(self, context: Context) -> dict[str, Any]:
        """Do the work, and return the report as JSON; see the class."""
        settings = self.organization.salesforce
        if settings is None:
            raise AirflowSkipException(f"organization {self.organization.name!r} has no salesforce settings")
        with airflow_errors():
            opened = OpenOrganization(
                self.organization, context, lane=self.lane, is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            opened.log_start(f"{self.task_id}: comparing Upflow's customers with Salesforce's Accounts")
            report = self._run(settings, opened)
            _log(self.task_id, report)
            # This comes before the check, because the report matters most when the task fails.
            context["ti"].xcom_push(key="report", value=report.as_dict())
            opened.save_report("salesforce", report.as_dict())
            report.check(settings.max_rejected)
        return report.as_dict()

    @abstractmethod
    def _run(self, settings: SalesforceExport, opened: OpenOrganization) -> ExportReport:
        """Do the work and return its report."""


def _log(task_id: str, report: ExportReport) -> None:
    log.info("%s: %s", task_id, report)
    for note in report.notes:
        log.info("%s", note)
    for kind, reasons in report.examples.items():
        for record_id, reason in reasons.items():
            log.info("%s %s: %s", kind, record_id, reason)


class UpflowToSalesforceOperator(_ToSalesforceOperator):
    """
    Write what Upflow knows about customers to their Accounts: only values that differ; no Account is created.

    The mapping is checked against Salesforce first, and all problems are reported at once. Figures that
    Upflow's API lacks are computed once a day. If Accounts are rejected, the task fails at its end, unless
    ``max_rejected`` allows as many; the next run tries them again. The return value (XCom) is the report: counts, ids
    and reasons.

    :param full: write all mapped fields of all matched Accounts, whatever they hold (templated)
    :param organization: the Upflow organization; its settings have a part ``salesforce``
    :param is_dry_run: compare and report, but write nothing (templated)
    """

    template_fields: Sequence[str] = ("full", "is_dry_run")

    def __init__(self, *, full: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.full = full

    def _run(self, settings: SalesforceExport, opened: OpenOrganization) -> ExportReport:
        from upflow_provider.upflow_to_salesforce.account_writer import AccountWriter
        from upflow_provider.upflow_to_salesforce.daily_figures import DailyFigures
        from upflow_provider.upflow_to_salesforce.export import Export
        from upflow_provider.upflow_to_salesforce.export_plan import ExportPlanner

        DailyFigures(
            upflow=opened.upflow,
            source=lambda: opened.source,
            ledger=opened.ledger,
            zone=self.organization.options.time_zone,
        ).refresh(settings.fields)
        salesforce, ledger = opened.salesforce(settings), opened.ledger
        planner = ExportPlanner(
            upflow=opened.upflow,
            client=salesforce.client,
            jobs=salesforce.jobs,
            ledger=ledger,
            settings=settings,
            decimals=self.organization.currency_decimals,
        )
        writer = AccountWriter(salesforce.client, salesforce.jobs, ledger.findings, bulk_from=settings.bulk_from)
        return Export(planner, writer, ledger).run(full=is_on("full", self.full), dry_run=opened.is_dry_run)


class UpflowPortalLinksOperator(_ToSalesforceOperator):
    """
    Renew the links to the customer portal, so that a link in Salesforce is valid for 30 more days at any time.

    Only links that need it are renewed, and those that expire first come first. Links are secrets: no log, no XCom and
    no table of the ledger contains one.

    :param organization: the Upflow organization; its settings have a part ``salesforce``
    :param is_dry_run: count the links that would be made, but make none (templated)
    """

    lane = "history"

    def _run(self, settings: SalesforceExport, opened: OpenOrganization) -> ExportReport:
        from upflow_provider.upflow_to_salesforce.portal_links import PortalLinks

        if "portal_url" not in settings.fields:
            raise AirflowSkipException("portal_url is not in salesforce.fields")
        salesforce = opened.salesforce(settings)
        return PortalLinks(
            upflow=opened.upflow,
            client=salesforce.client,
            jobs=salesforce.jobs,
            ledger=opened.ledger,
            settings=settings,
            threads=self.organization.threads,
        ).run(dry_run=opened.is_dry_run)

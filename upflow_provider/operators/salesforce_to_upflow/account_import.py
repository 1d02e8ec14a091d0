"""The operator that brings contacts, account owners and custom fields from Salesforce into Upflow."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import AssetAlias, BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.operators.updated_assets import organization_asset
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.delivery.dry_run import DryRun
    from upflow_provider.delivery.importer import Importer
    from upflow_provider.delivery.stream import Destination
    from upflow_provider.salesforce_to_upflow.report import ImportReport
    from upflow_provider.salesforce_to_upflow.settings import SalesforceImport

log = logging.getLogger(__name__)

REPORT = "salesforce_import"
"""Name of the report in the ledger."""


class SalesforceToUpflowOperator(BaseOperator):
    """
    Bring contacts, account owners and custom fields from Salesforce into Upflow: only what differs is written.

    Settings are checked against what Salesforce describes first, and all problems are reported at once. Contacts of
    others in Upflow survive, as ``contacts.owner`` says. If many customers would have fewer contacts than before, the
    task fails before anything is written. If customers are rejected, it does all its work first, and then fails unless
    ``max_rejected`` allows as many. The return value (XCom) is the report: counts, ids and reasons. If anything was
    written, the asset ``upflow://<organization>/changes`` is updated.

    :param organization: the Upflow organization; its settings have a part ``salesforce_import``
    :param full: compare everything, and not only what has changed in Salesforce (templated)
    :param confirm: it is right that many customers have fewer contacts than before (templated)
    :param is_dry_run: compare and report, but write nothing, as in test mode (templated)
    """

    template_fields: Sequence[str] = ("full", "confirm", "is_dry_run")
    ui_color = "#e0f0ea"

    def __init__(
        self,
        *,
        organization: Organization,
        full: bool = False,
        confirm: bool = False,
        is_dry_run: bool = False,
        **kwargs: Any,
    ) -> None:
        self._alias = AssetAlias(f"upflow_salesforce_import_{organization.name}")
        super().__init__(**with_slots("history", organization.threads, {"outlets": [self._alias], **kwargs}))
        self.organization = organization
        self.full, self.confirm, self.is_dry_run = full, confirm, is_dry_run
        self._deliverer: Importer | DryRun | None = None

    def on_kill(self) -> None:
        """Give back what the task has claimed; Airflow calls this before it kills the task."""
        if self._deliverer:
            self._deliverer.stop()

    def execute(self, context: Context) -> dict[str, Any]:
        """Import what differs; see the class."""
        settings = self.organization.account_import
        if settings is None:
            raise AirflowSkipException(f"organization {self.organization.name!r} has no salesforce_import settings")
        with airflow_errors():
            opened = OpenOrganization(
                self.organization, context, lane="history", is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            opened.log_start(f"{self.task_id}: comparing Salesforce's Accounts with Upflow's customers")
            report = self._import(settings, opened)
            log.info("%s: %s", self.task_id, report)
            for note in report.notes:
                log.info("%s", note)
            # This comes before the check, because the report matters most when the task fails.
            context["ti"].xcom_push(key="report", value=report.as_dict())
            if report.records.writes and not opened.is_dry_run:
                asset = organization_asset(self.organization)
                context["outlet_events"][self._alias].add(asset, extra={REPORT: report.records.writes})
            report.check(settings.max_rejected)
        return report.as_dict()

    def _import(self, settings: SalesforceImport, opened: OpenOrganization) -> ImportReport:
        from upflow_provider.hooks.salesforce import SalesforceAccountsHook
        from upflow_provider.salesforce_to_upflow.flow import AccountImport
        from upflow_provider.salesforce_to_upflow.report import ImportReport

        conn_id = settings.conn_id or SalesforceAccountsHook.default_conn_name
        salesforce = SalesforceAccountsHook(conn_id, api_reserve=settings.api_reserve, read_only=True, host=opened.host)
        report = ImportReport()
        account_import = AccountImport(
            settings,
            upflow=opened.upflow,
            client=salesforce.client,
            jobs=salesforce.jobs,
            ledger=opened.ledger,
            deliverer=partial(self._open_deliverer, opened),
            owner=opened.owner,
            zone=self.organization.options.time_zone,
            threads=opened.threads,
        )
        try:
            account_import.run(
                report,
                full=is_on("full", self.full),
                confirm=is_on("confirm", self.confirm),
                dry_run=opened.is_dry_run,
            )
        finally:
            opened.save_report(REPORT, report.as_dict())  # what was written until then is known
        if report.records.dry_run:
            report.records.minutes = report.records.writes / opened.slots_per_minute
        return report

    def _open_deliverer(self, opened: OpenOrganization, destination: Destination) -> Importer | DryRun:
        from upflow_provider.hooks.tables.imports import table_deliverer

        self._deliverer = table_deliverer(opened, destination)
        return self._deliverer

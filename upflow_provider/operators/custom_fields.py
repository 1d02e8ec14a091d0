"""The operator that looks after the definitions of custom fields in Upflow."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.delivery.custom_fields.report import FieldsReport

log = logging.getLogger(__name__)


class UpflowCustomFieldsOperator(BaseOperator):
    """
    Create the custom fields that an organization declares and Upflow lacks, and check those that it has.

    It makes one request to Upflow to list them, one for each that it creates, and one to Stripe for each native field
    that needs a permission of its own. The ledger keeps the result, by which the tasks after it fill the fields. A
    field that cannot be filled is left out by those, and keeps no record out; this task names all such fields, each
    with the remedy, and fails at its end. Keys that ``metadata: all`` can make no field of are notes only.
    Its return value (XCom) is the report: counts, and names of fields and keys.
    The task is skipped if no custom field is declared.

    :param organization: the Upflow organization, with its ``custom_fields``
    :param is_dry_run: create nothing, and say what would be created (templated; a DAG that does so needs
        ``render_template_as_native_obj``)
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``, and no slot of the pool
    """

    template_fields: Sequence[str] = ("is_dry_run",)
    ui_color = "#e8e4ff"

    def __init__(
        self,
        *,
        organization: Organization,
        is_dry_run: bool = False,
        lane: Literal["live", "history"] = "live",
        **kwargs: Any,
    ) -> None:
        super().__init__(**with_slots(lane, 1, kwargs))
        self.organization = organization
        self.is_dry_run = is_dry_run
        self.lane: Literal["live", "history"] = lane

    def execute(self, context: Context) -> dict[str, Any]:
        """Look after the definitions; see the class."""
        if not self.organization.declared_fields.is_any:
            raise AirflowSkipException("no custom fields are declared in organizations.yaml")
        with airflow_errors():
            opened = OpenOrganization(
                self.organization, context, lane=self.lane, is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            opened.log_start("custom fields: comparing what is declared with what Upflow has")
            report = self._complete(opened)
            log.info("%s", report)
            context["ti"].xcom_push(key="report", value=report.as_dict())
            report.check()
        return report.as_dict()

    def _complete(self, opened: OpenOrganization) -> FieldsReport:
        from upflow_provider.delivery.custom_fields.definitions import FieldDefinitions

        definitions = FieldDefinitions(opened.upflow, opened.ledger, opened.owner, is_dry_run=opened.is_dry_run)
        return opened.declared_fields.complete(definitions, opened.source.refusal)

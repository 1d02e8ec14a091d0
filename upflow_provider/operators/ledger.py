"""The operators that compare the ledger with what Upflow has, and rebuild it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowSkipException

from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.operators.upflow_to_stripe import write_back_run
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.stripe_to_upflow.inventory.report import InventoryReport

log = logging.getLogger(__name__)


class InventoryOperator(BaseOperator):
    """
    List what Upflow has, adopt what the ledger does not know, and let the next sync send what people have changed.

    It only reads Upflow, a list of each collection. If so much differs or is missing that there must be a general
    cause, nothing is sent again, and the task or its report says so. Its return value (XCom) is the report: counts and
    ids.

    :param organization: the Upflow organization
    :param send_again: send again whatever differs or is missing, however much it is (templated; a DAG that does so
        needs ``render_template_as_native_obj``)
    :param is_due: whether there is anything to do; the task is skipped otherwise (templated)
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``, and no slot of the pool
    """

    template_fields: Sequence[str] = ("send_again", "is_due")
    ui_color = "#e8e4ff"

    def __init__(
        self,
        *,
        organization: Organization,
        send_again: bool = False,
        is_due: bool = True,
        lane: Literal["live", "history"] = "live",
        **kwargs: Any,
    ) -> None:
        super().__init__(**with_slots(lane, 1, kwargs))
        self.organization = organization
        self.send_again = send_again
        self.is_due = is_due
        self.lane: Literal["live", "history"] = lane

    def execute(self, context: Context) -> dict[str, Any]:
        """Take the inventory; see the class."""
        with airflow_errors():
            if not is_on("is_due", self.is_due):
                raise AirflowSkipException("the run has no window: see its first task")
            opened = OpenOrganization(self.organization, context, lane=self.lane, is_dry_run=True)  # it reads only
            log.info("%s: listing what Upflow has; organization %r", self.task_id, self.organization.name)
            report = self._run(opened)
            opened.save_report("inventory", report.as_dict())
        log.log(logging.WARNING if report.differs else logging.INFO, "%s", report)
        return report.as_dict()

    def _run(self, opened: OpenOrganization) -> InventoryReport:
        from upflow_provider.stripe_to_upflow.inventory.inventory import UpflowInventory

        options = opened.declared_fields.options(self.organization.options, opened.started_at)
        return UpflowInventory(
            opened.ledger,
            opened.upflow,
            opened.source,
            options,
            send_again=is_on("send_again", self.send_again),
        ).run()


class LedgerRebuildOperator(InventoryOperator):
    """
    Rebuild a lost ledger from what Upflow has; it is an inventory that gives way to live work.

    Payments that are written back to Stripe are looked up there, so that the ledger knows which of them were.
    Parameters are those of :class:`InventoryOperator`.
    """

    def __init__(self, *, lane: Literal["live", "history"] = "history", **kwargs: Any) -> None:
        super().__init__(lane=lane, **kwargs)

    def _run(self, opened: OpenOrganization) -> InventoryReport:
        report, write_back = super()._run(opened), self.organization.write_back
        if write_back:
            from upflow_provider.upflow_to_stripe.report import WriteBackReport

            opened.list_payments()
            found = write_back_run(opened, write_back, is_dry_run=True).run(WriteBackReport()).found
            log.info("payments of Upflow's portal that Stripe shows: %d", found)
        return report

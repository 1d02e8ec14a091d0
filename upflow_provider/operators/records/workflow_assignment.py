"""The operator that assigns workflows to customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from upflow_provider.operators.records.named_records import _NamedRecordsOperator, names_by_id

if TYPE_CHECKING:
    from upflow_provider.hooks.organization import OpenOrganization
    from upflow_provider.runs.sync_report import SyncReport
    from upflow_provider.tables_to_upflow.record_requests import RecordRequests


class UpflowAssignWorkflowOperator(_NamedRecordsOperator):
    """
    Assign collection workflows to customers.

    A workflow is named exactly as in Upflow: case and blanks count, and a name that is nearly right is rejected with
    the right one. The list of workflows is read once. A customer that has its workflow already costs no write, but a
    read: up to 100 customers are asked for one by one, and for more, the whole list of customers is read, which takes
    one request for each thousand.

    The task does all its work first and then fails if more customers were rejected than the organization's
    ``max_rejected`` allows. Its return value (XCom) is the report: counts and ids.

    :param assignments: name of a workflow by external id of a customer; ``None`` removes the customer's workflow
        (templated)
    """

    template_fields: Sequence[str] = ("assignments", "is_dry_run")
    report_name = "workflow_assignment"

    def __init__(self, *, assignments: Mapping[str, str | None] | str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.assignments = assignments

    def _run(self, opened: OpenOrganization, requests: RecordRequests, report: SyncReport) -> None:
        from upflow_provider.tables_to_upflow.workflow_assignment import WorkflowAssignment

        opened.log_start(f"{self.task_id}: assigning workflows to customers")
        assignment = WorkflowAssignment(upflow=opened.upflow, requests=requests)
        assignment.run(names_by_id(self.assignments, "assignments"), report)

"""The operator that deletes records in Upflow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from upflow_provider.operators.records.named_records import _NamedRecordsOperator, ids_in

if TYPE_CHECKING:
    from upflow_provider.hooks.organization import OpenOrganization
    from upflow_provider.records.payloads import Collection
    from upflow_provider.runs.sync_report import SyncReport
    from upflow_provider.tables_to_upflow.record_requests import RecordRequests


class UpflowDeleteOperator(_NamedRecordsOperator):
    """
    Delete records in Upflow by their external ids.

    The log first says what is about to be deleted: how many records, and which; a dry run ends there. A customer is
    deleted only if it has no document: all others are rejected, with the number of their documents. To find that out,
    the task lists all documents of the organization. A record that Upflow does not have counts as ``unchanged``.

    The ledger notes that Upflow lacks the records, so that their next import is not taken for unchanged. So a record
    that its source still has comes back when it changes there, or is listed: delete it there as well.

    The task does all its work first and then fails if more records were rejected than the organization's
    ``max_rejected`` allows. Its return value (XCom) is the report: counts and ids.

    :param collection: ``customers``, ``invoices``, ``credit_notes``, ``payments`` or ``refunds``
    :param external_ids: the records, such as the XCom of another task (templated)
    """

    template_fields: Sequence[str] = ("external_ids", "is_dry_run")
    ui_color = "#f4e3e3"
    report_name = "deletion"

    def __init__(self, *, collection: Collection, external_ids: Sequence[str] | str, **kwargs: Any) -> None:
        from upflow_provider.records.payloads import COLLECTIONS

        super().__init__(**kwargs)
        if collection not in COLLECTIONS:
            raise ValueError(f"{self.task_id}: collection must be one of {', '.join(COLLECTIONS)}")
        self.collection = collection
        self.external_ids = external_ids

    def _run(self, opened: OpenOrganization, requests: RecordRequests, report: SyncReport) -> None:
        from upflow_provider.tables_to_upflow.deletion import Deletion

        opened.log_start(f"{self.task_id}: deleting {self.collection} in Upflow")
        deletion = Deletion(self.collection, upflow=opened.upflow, ledger=opened.ledger, requests=requests)
        deletion.run(ids_in(self.external_ids, "external_ids"), report)

"""Operators for records that a DAG names: delete them, attach PDFs, assign workflows, make portal links."""

from __future__ import annotations

from upflow_provider.operators.records.deletion import UpflowDeleteOperator
from upflow_provider.operators.records.pdf_folder import UpflowUploadPdfOperator
from upflow_provider.operators.records.portal_link import UpflowPortalLinkOperator
from upflow_provider.operators.records.workflow_assignment import UpflowAssignWorkflowOperator

__all__ = [
    "UpflowAssignWorkflowOperator",
    "UpflowDeleteOperator",
    "UpflowPortalLinkOperator",
    "UpflowUploadPdfOperator",
]

"""Requests about single records whose answer is lost: they are repeated, and do no harm."""

import pytest
import requests

from tests.testing.upflow.plain import Api
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.tables_to_upflow.deletion import Deletion
from upflow_provider.tables_to_upflow.pdf_folder import PdfFile, PdfFolder
from upflow_provider.tables_to_upflow.record_requests import RecordRequests
from upflow_provider.tables_to_upflow.workflow_assignment import WorkflowAssignment

PDF = PdfFile("IN-1", ".pdf", lambda _: b"%PDF-1.7")
lost = pytest.mark.parametrize("kind", ["reset_before", "reset_after"])


@pytest.fixture
def parts(bridge):
    """Return what works on records of an Upflow with one invoice needs."""
    with requests.Session() as session:
        api = Api(bridge.upflow, session)
        api.customer("C-1")
        api.invoice("IN-1", "C-1")
    return {"upflow": bridge.client(), "requests": RecordRequests(bridge.ledger, "me", bridge.sleeps.append)}


@lost
def test_a_record_is_deleted_once(bridge, parts, kind):
    """Whether the first request arrived or not, it counts as deleted by this task."""
    report = SyncReport()
    bridge.upflow.faults.add(kind, method="DELETE")
    Deletion("invoices", ledger=bridge.ledger, **parts).run(["IN-1"], report)

    assert (report.removed, report.unchanged, report.rejected) == (1, 0, 0)
    assert bridge.upflow.store.invoices == {}


@lost
def test_a_pdf_arrives(bridge, parts, kind):
    """It replaces the one that may have arrived, and the next run finds nothing to do."""
    report = SyncReport()
    bridge.upflow.faults.add(kind, method="POST", path="pdf")
    folder = PdfFolder("invoices", ledger=bridge.ledger, size_max=100, **parts)
    folder.run([PDF], report)
    folder.run([PDF], report)

    assert (report.created, report.unchanged, report.rejected) == (1, 1, 0)
    assert list(bridge.upflow.store.pdfs.values()) == [b"%PDF-1.7"]


@lost
def test_a_workflow_is_assigned(bridge, parts, kind):
    """To assign it twice is the same as once."""
    report = SyncReport()
    bridge.upflow.faults.add(kind, method="PUT")
    WorkflowAssignment(**parts).run({"C-1": "Default"}, report)

    assert (report.updated, report.rejected) == (1, 0)
    assert bridge.imported("customers", "C-1")["dunningPlanId"]

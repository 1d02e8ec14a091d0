"""The operator that uploads the PDFs of a folder."""

import pytest
from airflow.sdk.exceptions import AirflowFailException

from upflow_provider.operators.records import UpflowUploadPdfOperator
from upflow_provider.settings import Organization

ALLOWED = Organization(max_rejected=9)
PDF = b"%PDF-1.7 one"


@pytest.fixture
def folder(desk, tmp_path):
    """Return a folder with the PDFs of two invoices that Upflow has."""
    path = tmp_path / "pdfs"
    path.mkdir()
    for name in ("IN-1", "IN-2"):
        desk.api.invoice(name, "C-1")
        (path / f"{name}.pdf").write_bytes(PDF)
    return path


def upload(desk, folder, **options):
    """Upload the PDFs of the folder, and return the report."""
    return desk.run(UpflowUploadPdfOperator, folder=f"file://{folder}", **options)


def uploads(desk):
    """Return how often PDFs were uploaded, by external id."""
    return {external_id: times for (_, external_id), times in desk.upflow.store.pdf_uploads.items()}


def test_only_what_has_changed_is_uploaded_again(desk, folder):
    """By its bytes; what has not changed costs no request at all."""
    first = upload(desk, folder)
    second = upload(desk, folder)
    unchanged = list(desk.upflow.requests)
    (folder / "IN-2.pdf").write_bytes(b"%PDF-1.7 two")
    third = upload(desk, folder)

    assert (first["created"], second["unchanged"], unchanged) == (2, 2, [])
    assert (third["unchanged"], third["updated"]) == (1, 1)
    assert uploads(desk) == {"IN-1": 1, "IN-2": 2}
    assert sorted(desk.upflow.store.pdfs.values()) == [PDF, b"%PDF-1.7 two"]


def test_what_somebody_has_removed_is_uploaded_if_asked_for(desk, folder):
    """The ledger does not notice it by itself."""
    upload(desk, folder)
    desk.upflow.store.pdfs.clear()

    assert upload(desk, folder)["unchanged"] == 2
    assert upload(desk, folder, upload_unchanged=True)["updated"] == 2
    assert len(desk.upflow.store.pdfs) == 2


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("IN-9.pdf", PDF, "IN-9.pdf: Upflow has no invoice of this external id; import it first"),
        ("IN-3.pdf", b"", "IN-3.pdf: is empty"),
        ("IN-3.pdf", b"<html>", "IN-3.pdf: is no PDF"),
        ("IN-3.pdf", b"%PDF-" + bytes(96), "IN-3.pdf: has more than 100 bytes"),
        (" IN-3.pdf", PDF, "its name cannot be an external id"),
        ("Ada Alder.pdf", PDF, "id-"),
    ],
)
def test_a_file_that_cannot_be_uploaded_is_rejected_with_its_name(desk, folder, name, content, says):
    """The others are uploaded, and the task fails in the end; a name that may be a person's shows as a hash."""
    desk.api.invoice("IN-3", "C-1")
    (folder / name).write_bytes(content)
    with pytest.raises(AirflowFailException, match="1 of 3 records were rejected") as failed:
        upload(desk, folder, size_max=100)

    assert says in str(failed.value)
    assert "Ada" not in str(failed.value)
    assert uploads(desk) == {"IN-1": 1, "IN-2": 1}


def test_two_files_of_one_document_are_not_both_uploaded(desk, folder):
    """Nobody knows which of them is right; the first one stays."""
    (folder / "old").mkdir()
    (folder / "old" / "IN-1.pdf").write_bytes(b"%PDF-1.7 old")
    report = upload(desk, folder, pattern="**/*.pdf", organization=ALLOWED)

    assert (report["created"], report["rejected"]) == (2, 1)
    assert "another file has this name, too" in str(report["examples"])


def test_an_upload_whose_outcome_is_not_known_is_repeated(desk, folder):
    """Even if the file is again what the ledger last knew to be in Upflow."""
    upload(desk, folder)
    (folder / "IN-1.pdf").write_bytes(b"%PDF-1.7 two")
    desk.upflow.faults.add("status", method="POST", path="IN-1", status=401)
    with pytest.raises(AirflowFailException):
        upload(desk, folder)
    (folder / "IN-1.pdf").write_bytes(PDF)
    report = upload(desk, folder)

    assert (report["updated"], report["unchanged"]) == (1, 1)


def test_credit_notes_have_pdfs_too(desk, folder):
    """In a folder of their own."""
    for each in folder.iterdir():
        each.unlink()
    amounts = {"grossAmount": 1200, "netAmount": 1000, "currency": "EUR", "customer": {"externalId": "C-1"}}
    desk.api.done("POST", "/credit_notes", {"externalId": "CN-1", "customId": "CN-1", **amounts})
    (folder / "CN-1.pdf").write_bytes(PDF)

    assert upload(desk, folder, collection="credit_notes")["created"] == 1
    assert desk.writes() == [("POST", "/v1/credit_notes/external:CN-1/pdf")]


@pytest.mark.parametrize("test_mode", [True, False])
def test_a_dry_run_only_counts(desk, folder, set_connection, test_mode):
    """So does test mode; a document that Upflow lacks is rejected then, too."""
    (folder / "IN-9.pdf").write_bytes(PDF)
    if test_mode:
        desk.test_mode(set_connection)
    report = upload(desk, folder, is_dry_run=not test_mode, organization=ALLOWED)

    assert (report["dry_run"], report["created"], report["rejected"], desk.writes()) == (True, 2, 1, [])


def test_a_folder_that_does_not_exist_is_an_error(desk, tmp_path):
    """Rather than a task that is green and has done nothing."""
    with pytest.raises(AirflowFailException, match=r"the folder .* does not exist or has no files"):
        upload(desk, tmp_path / "nowhere")


def test_a_collection_without_pdfs_is_refused_when_the_dag_is_parsed():
    """Payments have none."""
    with pytest.raises(ValueError, match="collection must be one of invoices, credit_notes"):
        UpflowUploadPdfOperator(task_id="task", folder="/pdfs", collection="payments")

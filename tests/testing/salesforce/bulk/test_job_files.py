"""Files that Bulk jobs of the fake Salesforce take, and files that they do not."""

import pytest

from tests.testing.salesforce.plain import KINDS, file


@pytest.mark.parametrize("hidden", [False, True])
def test_an_unknown_column(org, three, hidden):
    """The job fails, names the first such column only, and has done nothing; a hidden one is unknown too."""
    name = "Link__c" if hidden else "Nope__c"
    org.fake.hidden.add("Link__c")
    info = org.ingest(file(f"Id,Note__c,{name},No_More__c", f"{three[0]},new,x,y"))

    assert (info["state"], info["errorMessage"]) == ("Failed", f"InvalidBatch : Field name not found : {name}")
    assert [len(org.results(info, kind)) for kind in KINDS] == [0, 0, 1]
    assert org.fake.updates == []


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("\ufeffId,Note__c\n{},x\n", "InvalidBatch : Field name not found : \ufeffId"),
        ("Id,Id\n{},x\n", "InvalidBatch : Field name not found : Id"),
        ("Id,Note__c\n{}\n", "InvalidBatch : Failed to parse CSV"),
        ('Id,Note__c\n{},"x\n', "InvalidBatch : Failed to parse CSV"),
        ("", "InvalidBatch : Failed to parse CSV"),
        ("Id,Note__c\r\n{},x\r\n", "ClientInputError : LineEnding is invalid on user data"),
        ('Id,Note__c\n{},"x\ry"\n', "ClientInputError : LineEnding is invalid on user data"),
    ],
)
def test_files_that_cannot_be_read(org, three, sent, message):
    """The job fails and says why: a byte order mark, a column twice, a short row, a quote, line ends."""
    info = org.ingest(sent.format(three[0]))

    assert info["state"] == "Failed"
    assert info["errorMessage"].startswith(message)
    assert org.fake.updates == []


def test_bytes_that_are_no_utf_8(org, three):
    """The job fails."""
    job = org.new_job()
    sent = f"Id,Note__c\n{three[0]},\xe9\n".encode("latin-1")
    org("PUT", f"/jobs/ingest/{job}/batches", data=sent, headers={"Content-Type": "text/csv"})
    org.change(job, "UploadComplete")

    assert "Failed to parse CSV: UnicodeDecodeError" in org.ended(f"/jobs/ingest/{job}")["errorMessage"]


def test_other_line_ends_and_columns(org, three):
    """A job may have them; its results have them too."""
    sent = f"Id;Note__c\r\n{three[0]};new\r\n"
    info = org.ingest(sent, line_ending="CRLF", columnDelimiter="SEMICOLON")
    found = org("GET", f"/jobs/ingest/{info['id']}/successfulResults").content

    assert org.fake.account(three[0])["Note__c"] == "new"
    assert found == f'"sf__Id";"sf__Created";"Id";"Note__c"\r\n"{three[0]}";"false";"{three[0]}";"new"\r\n'.encode()
    assert org.ingest("Id,Note__c\na,b\n", line_ending="CRLF")["state"] == "Failed"

"""Lines of a file: counted, refused with reasons, and written to an error file."""

import codecs
import csv
import io
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upflow_provider.errors import ConfigurationError, TooManyRejectedError

BAD = "Customer name;Customer ID;Account manager\nAlder;C-1;nobody@example.com\n\nBirch;C-2;\nCedar;C-3;;\n"


def test_all_lines_are_checked_before_the_first_write(files):
    """With on_error: nothing, a single bad line keeps all others out."""
    report = files.import_(BAD, on_error="nothing")

    assert (files.writes(), report.is_imported, report.rejected, report.accepted) == ([], False, 2, 1)
    with pytest.raises(TooManyRejectedError, match="2 of 4 lines are refused, so that nothing was imported"):
        report.check(max_rejected=10)


def test_good_lines_are_imported_beside_bad_ones(files):
    """By default; the task fails in the end if more are refused than allowed."""
    report = files.import_(BAD)

    assert [body["externalId"] for _, _, body in files.writes()] == ["C-2"]
    assert (report.read, report.accepted, report.rejected, report.blank) == (4, 1, 2, 1)
    report.check(max_rejected=2)
    with pytest.raises(TooManyRejectedError, match="2 of 4 lines are refused"):
        report.check(max_rejected=1)


def test_the_error_file_has_the_same_columns_and_cells(files):
    """Unchanged, a long line included, with the reason in a column of its own."""
    files.import_(BAD)

    header, first, second = csv.reader(io.StringIO(files.errors, newline=""), delimiter=";")
    assert header == ["Customer name", "Customer ID", "Account manager", "", "reason"]
    assert first[:3] == ["Alder", "C-1", "nobody@example.com"]
    assert first[4].startswith("Account manager: Account manager not found; check the email.")
    assert second == ["Cedar", "C-3", "", "", "has 4 cells, the header has 3"]


def test_a_corrected_error_file_is_imported_as_it_is(files):
    """Its column of reasons is no column of the file, and is replaced if a line is still bad."""
    files.import_(BAD)

    report = files.import_(
        "Customer name;Customer ID;Account manager;reason\nAlder;C-1;martin@example.com;old reason\nDate;;;old reason\n"
    )

    assert (report.accepted, report.rejected, report.ignored) == (1, 1, [])
    assert "old reason" not in files.errors
    assert files.errors.splitlines()[0] == "Customer name;Customer ID;Account manager;reason"


def test_cells_survive_in_the_error_file(files):
    """Quotes, line ends, separators and blanks."""
    files.import_('Customer name,Customer ID,Account manager\n" A ""x""\n, b",C-1, Nobody@example.com \n')

    _, line = csv.reader(io.StringIO(files.errors, newline=""))
    assert line[:3] == [' A "x"\n, b', "C-1", " Nobody@example.com "]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "|"])
def test_files_as_spreadsheets_write_them(files, encoding, separator):
    """In any of the encodings and with any of the separators."""
    files.import_(f"Customer name{separator}Customer ID\r\nÉrable{separator}C-1\r\n".encode(encoding))

    assert files.shown("C-1")["name"] == "Érable"


def test_a_dry_run_writes_nothing(files):
    """It counts what an import would do, and has the same error file."""
    files.customer("C-9", name="Cedar")
    report = files.import_(BAD.replace("Cedar;C-3;;", "Cedar;C-9;martin@example.com"), dry_run=True)

    assert files.writes() == []
    assert (report.records.created, report.records.updated, report.rejected) == (1, 1, 1)
    assert report.records.dry_run
    assert "nobody@example.com" in files.errors


@pytest.mark.parametrize("text", ["Customer name,Customer ID\n", "Customer name,Customer ID\n\n\n"])
def test_a_file_without_lines(files, text):
    """Nothing is done, and nothing is wrong."""
    report = files.import_(text)

    assert (report.accepted, report.rejected, files.writes()) == (0, 0, [])


def test_reasons_and_reports_show_nothing_personal(files, caplog):
    """No address, and no name that is no id."""
    report = files.import_(
        "Customer name,Customer ID,Account manager,Contact email address\n"
        "Secret Name,secret@example.com,Hidden@example.com,privé@example.com\nSecret Name,,,\n"
    )

    told = f"{report.as_dict()} {caplog.text} {' '.join(files.reasons())}"
    assert report.rejected == 2
    assert not any(each in told for each in ("Secret", "secret@", "Hidden", "privé"))


NAMES, IDS = (
    st.sampled_from(["", "Alder", "Birch", " Cedar", "D\n"]),
    st.sampled_from(["", "C-1", "C-2", " C-3 ", "\x00"]),
)
LINE = st.tuples(
    NAMES,
    IDS,
    st.just("") | NAMES,
    st.just("") | IDS,
    st.sampled_from(["", "martin@example.com", "Martin@example.com"]),
    st.sampled_from(["", "Default", "Key accounts", "default"]),
    st.sampled_from(["", "a@example.com", "A@example.com", "b@example.com", "é"]),
    st.sampled_from(["", "Sales", "Payer", "Boss"]),
    st.sampled_from(["", "1", "x"]),
).map(list)
HEADER = (
    "Customer name,Customer ID,Parent name,Parent ID,Account manager,Workflow,Contact email address,Position,"
    "Main contact\n"
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(LINE | LINE.map(lambda cells: cells[1:]), max_size=6), clear=st.booleans())
def test_whatever_the_lines_say(files, rows, clear):
    """Nothing crashes, each line is accepted, rejected or blank, and what is accepted is unchanged next time."""
    files.upflow.behaviour.null_parent = "clears"
    text = io.StringIO()
    csv.writer(text).writerows(rows)

    report = files.import_(HEADER + text.getvalue(), clear_empty=clear)
    again = files.import_(HEADER + text.getvalue(), clear_empty=clear)

    assert report.read >= len(rows)
    assert (again.accepted, again.rejected, files.writes()) == (report.accepted, report.rejected, [])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_whatever_the_bytes_are(files, data):
    """A file is imported, or refused in words."""
    with suppress(ConfigurationError):
        files.import_(codecs.BOM_UTF8 * (data[:1] > b"\x80") + b"Customer name,Customer ID\n" + data)

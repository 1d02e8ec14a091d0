"""The error file: the same columns and cells, with reasons, to correct in a spreadsheet and import again."""

import csv
import io

import pytest

from upflow_provider.tables_to_upflow.customer_file.error_file import is_error_file

HEADER = "Customer name,Customer ID,Town\n"


def table(files):
    """Return the rows of the last error file, which are all of one length, as spreadsheets save them."""
    rows = list(csv.reader(io.StringIO(files.errors, newline="")))
    assert len({len(row) for row in rows}) == 1
    return rows


def test_each_reason_stands_in_its_column(files):
    """Also those of lines that are shorter or longer than the header."""
    files.import_(f"{HEADER}A,L-1\nB,L-2,Rome,x\nC,L-3,Rome,\n")

    header, short, long, blank = table(files)
    assert header == ["Customer name", "Customer ID", "Town", "", "reason"]
    assert short == ["A", "L-1", "", "", "has 2 cells, the header has 3"]
    assert long == ["B", "L-2", "Rome", "x", "has 4 cells, the header has 3"]
    assert blank == ["C", "L-3", "Rome", "", "has 4 cells, the header has 3"]


def test_a_reason_never_becomes_a_cell_of_a_customer(files):
    """Importing the error file as it is takes the lines that are right now, and nothing else."""
    files.import_(f"{HEADER}A,L-1\nB,L-2,Rome,x\n")

    report = files.import_(files.errors)

    assert (report.accepted, report.rejected) == (1, 1)
    assert not (files.shown("L-1")["address"] or {}).get("city")
    assert files.reasons() == ["has a cell in column 4, which has no name in the header"]


def test_very_long_lines_do_not_blow_up_the_others(files):
    """Then their own reason comes last."""
    files.import_(f"{HEADER}A,L-1\nB,L-2,Rome{',x' * 500}\n")

    header, short, long = csv.reader(io.StringIO(files.errors, newline=""))
    assert len(header) == len(short) == 104
    assert long[-1] == "has 503 cells, the header has 3"


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_column_of_reasons_is_left_out_wherever_it_stands(files, place):
    """People add columns behind it, and move it."""
    header, line = ["Customer name", "Customer ID", "Workflow"], ["A", "A-1", "nope"]
    header.insert(place, "reason")
    line.insert(place, "old reason")

    report = files.import_(f"{','.join(header)}\n{','.join(line)}\n")

    assert table(files)[0] == ["Customer name", "Customer ID", "Workflow", "reason"]
    assert table(files)[1][:3] == ["A", "A-1", "nope"]
    assert "old reason" not in files.errors
    assert report.ignored == []
    assert files.import_(files.errors).rejected == 1


def test_a_custom_field_that_is_called_like_it_is_not_filled_with_reasons(files):
    """The column of that exact name is that of error files; the field's is told to be ignored."""
    files.field("reason", "TEXT")
    files.field("Reason", "TEXT")

    report = files.import_("Customer name,Customer ID,Reason,reason\nA,A-1,mine,old reason\n")

    assert files.values("A-1") == {"Reason": "mine"}
    assert report.ignored == ["reason"]


@pytest.mark.parametrize(
    ("content", "is_one"),
    [
        ("\ufeffCustomer name,reason\nA,x\n", True),
        ("\ufeffCustomer name;reason\r\n", True),
        ("Customer name,reason\n", False),
        ("\ufeffCustomer name,Town\n", False),
        ("\ufeffreason", False),
        ("", False),
    ],
)
def test_error_files_are_recognised_by_their_beginning(content, is_one):
    """No other file is ever removed."""
    assert is_error_file(lambda: io.BytesIO(content.encode())) is is_one

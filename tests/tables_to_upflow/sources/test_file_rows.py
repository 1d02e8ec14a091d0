"""The rows of files in each format, and what is said about those that cannot be read."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.tables_to_upflow.sources.opening import opened
from tests.tables_to_upflow.sources.spreadsheet import spreadsheet
from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.mapping.rows import Row
from upflow_provider.tables_to_upflow.sources import table_rows
from upflow_provider.tables_to_upflow.sources.file_rows import SUFFIXES, file_rows


def parquet(table, **options):
    """Return a Parquet file with a table."""
    file = BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def test_file_rows_a_csv_file():
    """Blank lines are counted; a line with a problem is a row that says so."""
    rows = file_rows("Customers.CSV", opened(b"id;name;\n1;A;\n\n2;B\n3;C;\n"))

    assert rows.header == ("id", "name")
    assert list(rows) == [
        Row(2, {"id": "1", "name": "A", "": ""}),
        Row(4, {}, "has 2 cells, the header has 3"),
        Row(5, {"id": "3", "name": "C", "": ""}),
    ]
    assert rows.blank == 1


def test_encoding_and_separator_of_a_csv_file_may_be_given():
    """They go before what the bytes look like."""
    rows = file_rows("x.csv", opened("id,na;me\n1,ł\n".encode("cp1250")), encoding="cp1250", separator=",")

    assert list(rows) == [Row(2, {"id": "1", "na;me": "ł"})]


@pytest.mark.parametrize("name", ["x.jsonl", "x.NDJSON"])
def test_file_rows_json_lines(name):
    """Numbers with a point stay exact; rows may have names of their own."""
    content = b'{"id": "1", "amount": 12.30}\r\n\n{"id": 2, "tags": ["a", null]}\n'

    rows = file_rows(name, opened(content))

    assert rows.header is None
    assert list(rows) == [
        Row(1, {"id": "1", "amount": Decimal("12.30")}),
        Row(3, {"id": 2, "tags": ["a", None]}),
    ]
    assert rows.blank == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"id": 1', "is no JSON: expecting ',' delimiter at character 9"),
        ("[1]", "must be a JSON object, not a list"),
        ("1.5", "must be a JSON object, not a number"),
        ("null", "must be a JSON object, not null"),
        ('{"id": 1, "id": 2}', "has a name twice in one JSON object; leave one of them"),
        ('{"x": [{"id": 1, "id": 1}]}', "has a name twice in one JSON object; leave one of them"),
        ('{"amount": NaN}', "has the number NaN, which JSON does not know"),
        (f'{{"id": {"1" * 5_000}}}', "has a number that is too long, or lists that are too deep"),
        ('{"id": 1e99999999999999999999}', "has a number that is too long, or lists that are too deep"),
        ("[" * 100_000, "has a number that is too long, or lists that are too deep"),
    ],
)
def test_a_broken_line_of_json_is_that_lines_problem(line, problem):
    """The lines after it are read."""
    rows = file_rows("x.jsonl", opened(f'{line}\n{{"id": 1}}\n'.encode()))

    assert list(rows) == [Row(1, {}, problem), Row(2, {"id": 1})]


def test_file_rows_parquet():
    """Cells have the types of the file; rows come in batches."""
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    columns = {
        "id": ["1"] * 2_500,
        "amount": [Decimal("1.20")] * 2_500,
        "on": [date(2026, 3, 1)] * 2_500,
        "at": [at] * 2_500,
    }

    rows = file_rows("x.parquet", opened(parquet(pa.table(columns))))
    found = list(rows)

    assert rows.header == ("id", "amount", "on", "at")
    assert [each.line for each in found] == list(range(1, 2_501))
    assert found[0].cells == {"id": "1", "amount": Decimal("1.20"), "on": date(2026, 3, 1), "at": at}


def test_columns_of_parquet_with_the_same_name_are_refused():
    """One of them would be lost in silence."""
    table = pa.Table.from_arrays([pa.array(["1"]), pa.array(["2"])], names=["id", "id"])

    with pytest.raises(ConfigurationError, match="two columns of the Parquet file have the same name"):
        file_rows("x.parquet", opened(parquet(table)))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"id;name\n", parquet(pa.table({"id": ["1"]}))[:-9]])
def test_a_broken_parquet_file_is_an_error(content):
    """The task must not end with a message of Arrow's."""
    with pytest.raises(ConfigurationError, match="is no Parquet, or incomplete"):
        file_rows("x.parquet", opened(content))


def test_a_lost_connection_is_no_broken_file():
    """It is tried again; only Arrow's own errors mean the file."""

    class LostFile(BytesIO):
        def read(self, _=-1):
            raise TimeoutError(110, "connection timed out")

    with pytest.raises(TimeoutError):
        file_rows("x.parquet", lambda: LostFile(parquet(pa.table({"id": ["1"]}))))


def test_file_rows_a_spreadsheet():
    """Texts keep their zeros; numbers stay numbers; blank rows are counted."""
    content = spreadsheet(
        ("id", " name ", None, "amount"), ("00012", "Alder", None, 12.5), (None,), ("2", "B", "x", 3), (7, "C", None, 1)
    )

    rows = file_rows("x.xlsx", opened(content))

    assert rows.header == ("id", "name", "amount")
    assert list(rows) == [
        Row(2, {"id": "00012", "name": "Alder", "": "", "amount": 12.5}),
        Row(4, {}, "has a cell in a column that has no name in the header"),
        Row(5, {"id": 7.0, "name": "C", "": "", "amount": 1.0}),
    ]
    assert rows.blank == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "cannot be read as an xlsx spreadsheet", id="empty"),
        pytest.param(b"id;name\n", "cannot be read as an xlsx spreadsheet", id="CSV"),
        pytest.param(spreadsheet()[:-40], "cannot be read as an xlsx spreadsheet", id="cut"),
        pytest.param(spreadsheet(), "must have the names of the columns, and is empty", id="no cell"),
        pytest.param(spreadsheet(("id", "id")), "columns 1 and 2 have the same name", id="twice"),
    ],
)
def test_a_broken_spreadsheet_is_an_error(content, message):
    """It names what is wrong, and what to do."""
    with pytest.raises(ConfigurationError, match=message):
        file_rows("x.xlsx", opened(content))


@pytest.mark.parametrize(("name", "found"), [("x.xls", "that ends with '.xls'"), ("x", "without a suffix")])
def test_a_suffix_that_nobody_reads_is_named(name, found):
    """With those that can be read."""
    with pytest.raises(ConfigurationError, match=found) as caught:
        file_rows(name, opened(b""))

    assert all(each in str(caught.value) for each in SUFFIXES)


@pytest.mark.parametrize("extra", ["parquet", "xlsx"])
def test_an_extra_that_is_not_installed_is_named(extra, monkeypatch):
    """With the command that installs it."""

    def fail(module):
        raise ModuleNotFoundError(f"No module named {module!r}")

    monkeypatch.setattr(table_rows, "import_module", fail)

    with pytest.raises(ConfigurationError, match=rf'pip install "upflow-provider\[{extra}\]"'):
        file_rows(f"x.{extra}", opened(b""))

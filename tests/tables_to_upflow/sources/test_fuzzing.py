"""No bytes crash a reader, and every line of a file is accepted, rejected or blank."""

import csv
import re
from contextlib import suppress
from datetime import UTC
from io import BytesIO, StringIO
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.amounts import TIMES
from tests.tables_to_upflow.sources.opening import opened
from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.mapping.cells import CellOptions
from upflow_provider.tables_to_upflow.mapping.rows import RowReader
from upflow_provider.tables_to_upflow.sources.csv_file import CsvFile
from upflow_provider.tables_to_upflow.sources.file_rows import SUFFIXES, file_rows

FUZZ = settings(max_examples=max(150 * TIMES, 1), deadline=None, derandomize=TIMES <= 1)
PIECES = [
    '"',
    '""',
    ";",
    ",",
    "|",
    "\t",
    "\n",
    "\r",
    "\r\n",
    "\0",
    " ",
    "a",
    "é",
    "木",
    "\u2028",
    "\ufeff",
    "sep=;\n",
    "sep=",
    "{}",
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=40).map("".join)
JSON = [
    "{}",
    '{"id": 1}',
    '{"id": 1, "id": 2}',
    "[]",
    "{",
    "1.5",
    "NaN",
    "1e999999999999",
    '"\\ud800"',
    " ",
    "\n",
    "\r\n",
    "\r",
]
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
FILES = st.one_of(
    st.binary(max_size=80),
    st.builds(lambda text, encoding: text.encode(encoding, "replace"), TEXTS, ENCODINGS),
    st.builds(lambda text, broken: ("id;name\n" + text).encode() + broken, TEXTS, st.binary(max_size=2)),
)
EMPTY = SimpleNamespace(managers={}, workflows={}, fields={})
READER = RowReader("customers", {"id": "externalId"}, CellOptions("major", UTC, {}), EMPTY)
PARQUET = BytesIO()
pq.write_table(pa.table({"externalId": ["1", "2"], "name": ["Alder", "Birch"]}), PARQUET)


@FUZZ
@given(content=FILES, suffix=st.sampled_from(SUFFIXES))
def test_no_bytes_crash_a_reader(content, suffix):
    """Whatever stands in a file, it is read, or it is an error of the file."""
    with suppress(ConfigurationError):
        list(file_rows(f"customers{suffix}", opened(content)))


@FUZZ
@given(place=st.integers(0, len(PARQUET.getvalue()) - 1), byte=st.integers(0, 255))
def test_no_broken_parquet_crashes_the_reader(place, byte):
    """A file that was damaged on its way is read, or is an error of the file."""
    content = bytearray(PARQUET.getvalue())
    content[place] = byte

    with suppress(ConfigurationError):
        list(file_rows("customers.parquet", opened(bytes(content))))


@FUZZ
@given(content=FILES)
def test_every_line_is_accepted_rejected_or_blank(content):
    """Read = accepted + rejected + blank, and lines are in the order of the file."""
    try:
        lines = list(CsvFile(opened(content)).lines())
    except ConfigurationError:
        return
    rows = file_rows("customers.csv", opened(content))
    read = [READER.read(row) for row in rows]
    accepted, rejected = [each for each in read if not each.problems], [each for each in read if each.problems]

    assert len(lines) == len(accepted) + len(rejected) + rows.blank
    assert [each.line for each in lines] == sorted({each.line for each in lines})
    assert [each.line for each in read] == [each.line for each in lines if not each.is_blank]
    assert not any(each.is_blank and "".join(each.cells).strip() for each in lines)


@FUZZ
@given(text=TEXTS.map("id;name\n".__add__))
def test_no_character_is_lost(text):
    """All but separators, quotes, line ends and blanks stands in the cells, in its order."""
    try:
        file = CsvFile(opened(text.encode()))
        lines = list(file.lines())
    except ConfigurationError:
        return
    assume(not any("in quotes" in each.problem for each in lines))  # their cells cannot be told apart

    cells = "".join("".join(each.cells) for each in lines)
    assert re.sub(r'[";\s]', "", "".join(file.header) + cells) == re.sub(r'[";\s]', "", text)


@FUZZ
@given(
    table=st.lists(
        st.tuples(*[st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)] * 3)
    ),
    separator=st.sampled_from(";,|\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_was_written_is_read_again(table, separator, end, encoding):
    """No cell changes, whatever its characters."""
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "name", "town"), *table])

    file = CsvFile(opened(text.getvalue().encode(encoding)))

    assert (file.header, file.separator) == (("id", "name", "town"), separator)
    assert [each.cells for each in file.lines()] == table


@FUZZ
@given(text=st.one_of(TEXTS, st.lists(st.sampled_from(JSON), max_size=20).map("".join)))
def test_every_line_of_json_is_a_row_or_blank(text):
    """A line that is no JSON object is a row with a problem."""
    content = text.encode()
    try:
        rows = file_rows("customers.jsonl", opened(content))
    except ConfigurationError:
        return
    found = list(rows)

    ends = re.findall(r"\r\n|\r|\n|.\Z", content.decode("utf-8-sig"), re.DOTALL)
    assert len(found) + rows.blank == len(ends)

"""CSV files: every nasty one has an outcome that people understand, and no cell is changed."""

import csv
from collections import Counter

import pytest

from tests.tables_to_upflow.sources.nasty_files import NASTY
from tests.tables_to_upflow.sources.opening import opened
from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.sources.csv_file import CELL_LENGTH_MAX, CsvFile


def outcome(content, **options):
    """Return what comes out of a file, in the form of the table."""
    try:
        lines = list(CsvFile(opened(content), **options).lines())
    except ConfigurationError as error:
        return str(error)
    return [(each.line, None if each.is_blank else each.problem or each.cells) for each in lines]


@pytest.mark.parametrize("name", NASTY)
def test_a_nasty_file_has_the_outcome_of_the_table(name):
    """A line is accepted unchanged, rejected with a reason, or blank; a doubtful file is an error that says where."""
    content, expected = NASTY[name]

    assert outcome(content) == expected


def test_the_table_is_long_enough():
    """Forty nasty files are promised, and each of the three outcomes is among them."""
    kinds = Counter(type(expected).__name__ for _, expected in NASTY.values())

    assert kinds.total() >= 40
    assert min(kinds["str"], kinds["list"]) >= 10


@pytest.mark.parametrize(
    ("content", "separator", "header"),
    [
        pytest.param(b" id ;Customer name;\n", ";", ("id", "Customer name", ""), id="trimmed"),
        pytest.param(b"id,name\n", ",", ("id", "name"), id="commas"),
        pytest.param(b"name\n", "", ("name",), id="single column"),
        pytest.param(b"sep=|\nid;name|town\n", "|", ("id;name", "town"), id="sep="),
    ],
)
def test_a_file_knows_its_separator_and_header(content, separator, header):
    """Names of columns are trimmed, because spreadsheets show no blanks around them."""
    file = CsvFile(opened(content))

    assert (file.separator, file.header) == (separator, header)


def test_a_given_separator_counts():
    """It ends a tie, and goes before what the file says."""
    assert outcome(b"id;na,me\n1;A\n", separator=";") == [(2, ("1", "A"))]
    assert outcome(b"sep=,\nid;name\n1;A\n", separator=";") == [(3, ("1", "A"))]


@pytest.mark.parametrize("separator", [";;", '"', "\n", "\0"])
def test_a_separator_that_cannot_be_one_is_named(separator):
    """Python would raise a TypeError, or find no cell."""
    with pytest.raises(ConfigurationError, match="must be one character"):
        CsvFile(opened(b"id;name\n"), separator=separator)


def test_a_higher_limit_of_python_stays(monkeypatch):
    """The limit holds for the whole process, which may have raised it for files of its own."""
    before = csv.field_size_limit(CELL_LENGTH_MAX + 5)
    try:
        CsvFile(opened(b"id;name\n"))
        assert csv.field_size_limit() == CELL_LENGTH_MAX + 5
    finally:
        csv.field_size_limit(before)


def test_many_broken_lines_are_each_found_in_one_pass():
    """The line that Python cannot read is looked up without reading the file from its beginning each time."""
    content = b"id;name\n" + b'1;"5" pipe"\n' * 20_000

    lines = list(CsvFile(opened(content)).lines())

    assert [each.line for each in lines] == list(range(2, 20_002))
    assert {each.problem for each in lines} == {"has a quote in the middle of a cell in quotes; double it"}


def test_lines_can_be_read_again():
    """The check of a file and its import may both read it."""
    file = CsvFile(opened(b"id;name\n1;A\n"))

    assert list(file.lines()) == list(file.lines())

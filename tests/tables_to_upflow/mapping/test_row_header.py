"""Rows whose cells are plain texts are read at once, with the same result as cell by cell."""

from datetime import UTC
from types import SimpleNamespace
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.amounts import TIMES
from upflow_provider.tables_to_upflow.mapping.cells import CellOptions
from upflow_provider.tables_to_upflow.mapping.problems import Problem
from upflow_provider.tables_to_upflow.mapping.row_header import RowHeader, TextColumns
from upflow_provider.tables_to_upflow.mapping.rows import ReadRow, Row, RowReader

FUZZ = settings(max_examples=max(150 * TIMES, 1), deadline=None, derandomize=TIMES <= 1)
PIECES = ["", " ", "a", "é", "\0", "\n", "\u2028", "\x1f", "\xa0", "\ud800", "x" * 256]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=4).map("".join)
CELLS = st.one_of(TEXTS, TEXTS, TEXTS, st.none(), st.integers(), st.floats(), st.binary(max_size=2), st.lists(TEXTS))
COLUMNS = ["externalId", "name", "parent", "city", "contacts", "other"]


def read(row, collection="customers"):
    """Read a row of an organization that has nothing in Upflow."""
    directory = SimpleNamespace(managers={}, workflows={}, fields={})
    return RowReader(collection, {}, CellOptions("major", UTC, {}), directory).read(row)


@FUZZ
@given(cells=st.dictionaries(st.sampled_from(COLUMNS), CELLS))
def test_a_row_is_read_at_once_as_cell_by_cell(cells):
    """The short way may be taken only where nothing can be wrong with a cell."""
    row = Row(2, cells)
    with mock.patch.object(TextColumns, "plain_texts", return_value=None):
        expected = read(row)

    assert read(row) == expected


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ({"externalId": " 1 ", "name": "Alder", "city": " "}, {"externalId": "1", "name": "Alder", "city": None}),
        ({"externalId": "", "name": "Alder", "city": ""}, None),
        ({"externalId": "1", "name": "Al\0der", "city": ""}, None),
        ({"externalId": "1" * 256, "name": "Alder", "city": ""}, None),
        ({"externalId": 1, "name": "Alder", "city": ""}, None),
        ({"externalId": b"1", "name": "Alder", "city": ""}, None),
    ],
)
def test_plain_texts_are_texts_that_are_used_as_they_stand(cells, texts):
    """Whatever needs a second look has to be parsed cell by cell."""
    assert RowHeader.of("customers", tuple(cells), {}).texts.plain_texts(cells) == texts


def test_a_row_that_could_not_be_read_has_exactly_its_problem():
    """Its cells are unknown, so that no column is missing."""
    assert read(Row(7, {}, "has 2 cells, the header has 3")) == ReadRow(
        7, problems=[Problem("", "has 2 cells, the header has 3")]
    )

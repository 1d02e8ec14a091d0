"""Parquet files, read batch by batch (https://arrow.apache.org/docs/python/parquet.html)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.mapping.rows import Row
from upflow_provider.tables_to_upflow.sources.encoding import OpenFile
from upflow_provider.tables_to_upflow.sources.table_rows import extra

EXTRA = ("parquet", ".parquet")
UNREADABLE = float("nan")
"""Stands for a value that Python does not have, such as a day beyond the year 9999; no field can be filled with it."""
BATCH_SIZE = 1_000
"""Rows that are in memory at a time, beside what the file's own row groups take."""


class ParquetRows:
    """
    The rows of a Parquet file; see `TableRows`. Lines are the numbers of the rows.

    Args:
        open_file: Opens the file, in which one can go back; it is called several times.

    Raises:
        ConfigurationError: The extra is not installed, or the file cannot be read as Parquet.
    """

    def __init__(self, open_file: OpenFile) -> None:
        self._open_file = open_file
        self._arrow, self._parquet = extra("pyarrow", *EXTRA), extra("pyarrow.parquet", *EXTRA)
        with self._opened() as file:
            self.header: tuple[str, ...] | None = tuple(file.schema_arrow.names)
        self.blank = 0
        if len(set(self.header)) < len(self.header):
            raise ConfigurationError("two columns of the Parquet file have the same name; rename or remove one")

    def __iter__(self) -> Iterator[Row]:
        """Yield every row; none is blank."""
        number = 0
        with self._opened() as file:
            for batch in file.iter_batches(batch_size=BATCH_SIZE):
                yield from _rows(batch, number)
                number += batch.num_rows

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        """Open the file, and tell a broken one from a connection that is lost."""
        with self._open_file() as file:
            try:
                yield self._parquet.ParquetFile(file)
            except (self._arrow.ArrowException, OSError, OverflowError, ValueError) as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise  # of the operating system; Arrow's own errors have no number
                raise ConfigurationError("the file is no Parquet, or incomplete; write it again") from error


def _rows(batch: Any, number: int) -> Iterator[Row]:  # noqa: ANN401 - a record batch of Arrow's
    """Yield the rows of a batch after the one of a number; one with a value that Python does not have says so."""
    try:
        found = [Row(at, cells) for at, cells in enumerate(batch.to_pylist(), number + 1)]
    except (OverflowError, ValueError):
        found = [_row(batch, index, number + 1 + index) for index in range(batch.num_rows)]
    yield from found


def _row(batch: Any, index: int, number: int) -> Row:  # noqa: ANN401 - a record batch of Arrow's
    cells: dict[str, object] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            cells[name] = column[index].as_py()
        except (OverflowError, ValueError):
            cells[name] = UNREADABLE
    return Row(number, cells)

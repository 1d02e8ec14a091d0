"""Rows of a list of records, such as the XCom of another task."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sized
from decimal import Decimal
from typing import Any

from upflow_provider.errors import ConfigurationError
from upflow_provider.runs.report import counted
from upflow_provider.tables_to_upflow.mapping.rows import Row


class ReceivedRecords:
    """
    Records that a task was given.

    Airflow stores and shows what a task was given; of these records it learns only how many they are, because they are
    personal data.

    Args:
        records: The records, or JSON of a list of them.
    """

    header = None
    blank = 0

    def __init__(self, records: object) -> None:
        self._records = records

    def rows(self) -> ReceivedRecords:
        """Return the records as rows, each with its own columns."""
        return self

    def __iter__(self) -> Iterator[Row]:
        """
        Yield the records; the first one has the number 1.

        Raises:
            ConfigurationError: It is no list of records.
        """
        for number, record in enumerate(_listed(self._records), 1):
            if not isinstance(record, Mapping):
                raise ConfigurationError(f"records: number {number} is of type {type(record).__name__}, not a mapping")
            yield Row(number, dict(sorted(record.items(), key=str)))  # identical ones are known by equal content

    def serialize(self) -> str:
        """Return what Airflow shows of them."""
        records = self._records
        number = (
            counted(len(records), "record")
            if isinstance(records, Sized) and not isinstance(records, str)
            else "records"
        )
        return f"{number}, which are not shown"


def _listed(records: object) -> Iterable[Any]:
    if isinstance(records, str):
        try:
            records = json.loads(records, parse_float=Decimal)
        except ValueError:
            raise ConfigurationError(
                "records is a text that is no JSON; let the DAG set render_template_as_native_obj, or pass the output "
                "of the task itself"
            ) from None
    if isinstance(records, str | Mapping) or not isinstance(records, Iterable):
        raise ConfigurationError(f"records must be a list of records, not of type {type(records).__name__}")
    return records

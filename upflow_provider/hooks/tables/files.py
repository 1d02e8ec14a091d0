"""Rows of a file in any storage that Airflow reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from upflow_provider.errors import ConfigurationError

if TYPE_CHECKING:
    from upflow_provider.tables_to_upflow.sources.table_rows import TableRows


@dataclass(slots=True)
class TableFile:
    """
    The rows of one file in any storage that Airflow reads: CSV, JSON Lines, Parquet or xlsx, by its suffix.

    :param path: path or URL, as Airflow's ``ObjectStoragePath`` takes it (templated)
    :param conn_id: connection of its storage (templated)
    :param encoding: encoding of a text file, if it cannot be known from the file itself
    :param separator: what stands between the cells of a CSV file, if its header does not show it
    """

    template_fields: ClassVar[Sequence[str]] = ("path", "conn_id")

    path: str
    conn_id: str | None = None
    encoding: str | None = None
    separator: str | None = None

    def rows(self) -> TableRows:
        """
        Return the rows, streamed.

        :raises ConfigurationError: there is no such file, or it is no table
        """
        from airflow.sdk import ObjectStoragePath

        from upflow_provider.tables_to_upflow.sources.file_rows import file_rows

        file: Any = ObjectStoragePath(self.path, conn_id=self.conn_id)
        if not file.is_file():
            raise ConfigurationError(
                f"there is no file {self.path!r}; check the path, and the connection of its storage"
            )
        return file_rows(file.name, lambda: file.open("rb"), encoding=self.encoding, separator=self.separator)

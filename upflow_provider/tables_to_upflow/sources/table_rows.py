"""What every source of rows offers, and what an extra of the package is needed for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol

from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.mapping.rows import Row


class TableRows(Protocol):
    """The rows of a table."""

    @property
    def header(self) -> tuple[str, ...] | None:
        """Names of the columns; ``None`` if each row has its own."""

    @property
    def blank(self) -> int:
        """Blank lines, which are no rows, among those that were read."""

    def __iter__(self) -> Iterator[Row]:
        """Yield every row, those that cannot be used included; blank lines are only counted."""


def extra(module: str, name: str, suffix: str) -> Any:  # noqa: ANN401 - a module of a library
    """
    Import a module that an extra of the package installs.

    Args:
        module: Name of the module.
        name: Name of the extra.
        suffix: What it is needed for, such as ``.xlsx``.

    Raises:
        ConfigurationError: It is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        install = f'pip install "upflow-provider[{name}]"'
        raise ConfigurationError(f"{suffix} files need the extra {name!r}: {install}") from error

"""The header of a customer file: which column each of its cells belongs to. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from upflow_provider.errors import ConfigurationError
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import (
    COLUMNS,
    NAME,
    PARTS,
    REQUIRED,
    TITLES,
    FileColumn,
    Kind,
    Part,
)

REASON = "reason"
"""The column that error files have, and that says nothing about a customer; only this exact name is theirs."""


class UsedColumn(NamedTuple):
    """
    A column of a file that fills something.

    Attributes:
        header: Its name in the file.
        position: Its place in each line, from 0.
        column: What it fills; a custom field is a column of the field's own name.
    """

    header: str
    position: int
    column: FileColumn


class FileColumns(NamedTuple):
    """
    The columns of one file.

    Attributes:
        used: Those that fill something.
        ignored: Names of the others, or their numbers if names may not be shown.
    """

    used: tuple[UsedColumn, ...]
    ignored: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """Names of what the file fills."""
        return frozenset(each.column.name for each in self.used)

    def of_part(self, part: Part) -> list[str]:
        """Return the names in the file of the columns of one part."""
        return [each.header for each in self.used if each.column.part is part]


def plain(name: str) -> str:
    """Return the name of a column without what does not count: case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


_BY_NAME = {plain(alias): each for each in COLUMNS for alias in (each.title, *each.aliases)}


def check_header(
    kind: Kind, header: Sequence[str], fields: Collection[str] = (), *, separator: str = "", is_pasted: bool = False
) -> FileColumns:
    """
    Return the columns of a file, if they are those that its kind needs.

    Args:
        kind: What the file holds.
        header: Names of its columns.
        fields: Names of the custom fields of customers in Upflow.
        separator: What divides it, for messages.
        is_pasted: Whether it may be no header but personal data, so that unknown names are not shown.

    Raises:
        ConfigurationError: Two columns fill the same, or one that is required is missing.
    """
    used, ignored = [], []
    for position, name in enumerate(header):
        column = _column(kind, name, fields)
        if column:
            used.append(UsedColumn(name, position, column))
        elif name != REASON or name in fields:
            ignored.append(f"column {position + 1}" if is_pasted else name)
    columns = FileColumns(tuple(used), tuple(ignored))
    _check_once(columns)
    _check_required(kind, columns, separator)
    return columns


def _column(kind: Kind, name: str, fields: Collection[str]) -> FileColumn | None:
    """Return what a column of this name fills in a kind of file; columns of Upflow's pages come before fields."""
    found = _BY_NAME.get(plain(name))
    if found and found.part in PARTS[kind] and not (kind == "payments" and found is NAME):
        return found
    if found is None and name != REASON and name in fields and Part.FIELDS in PARTS[kind]:
        return FileColumn(name, name, Part.FIELDS)
    return None


def _check_once(columns: FileColumns) -> None:
    for name, number in Counter(each.column.name for each in columns.used).items():
        if number > 1:
            both = _listed([each.header for each in columns.used if each.column.name == name])
            raise ConfigurationError(f"{both} both mean {TITLES.get(name, name)!r}; keep one of these columns")


def check_ambiguous(ambiguous: Collection[str], columns: FileColumns) -> None:
    """
    Require that each custom field of a file is the only one of its name.

    Args:
        ambiguous: Names that several custom fields of customers in Upflow have.
        columns: The columns of the file.

    Raises:
        ConfigurationError: Some are not; the message names them.
    """
    names = [name for name in columns.of_part(Part.FIELDS) if name in ambiguous]
    if names:
        raise ConfigurationError(f"several custom fields are called {_listed(names)}; rename all but one in Upflow")


def _check_required(kind: Kind, columns: FileColumns, separator: str) -> None:
    missing = [names for names in REQUIRED[kind] if not columns.names & set(names)]
    if missing:
        wanted = ", ".join(" or ".join(repr(TITLES[each]) for each in names) for names in missing)
        names = _listed([*(each.header for each in columns.used), *columns.ignored])
        divided = f", divided at {separator!r}" if separator else ""
        raise ConfigurationError(
            f"a file of {kind} must have the column {wanted} (required by Upflow); this one has {names}{divided}"
        )


def hints(kind: Kind, ignored: Sequence[str], fields: Collection[str]) -> list[str]:
    """Return the ignored columns for messages, each with the custom field that it probably means, if there is one."""
    alike = {each.casefold(): each for each in fields} if Part.FIELDS in PARTS[kind] else {}
    found = []
    for name in ignored:
        near = alike.get(name.strip().casefold())
        found.append(f"{name!r} (Upflow has a custom field {near!r}; case and blanks count)" if near else repr(name))
    return found


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names)) or "no columns"

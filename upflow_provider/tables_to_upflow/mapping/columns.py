"""The columns of a table: which field each of them fills. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from upflow_provider.errors import ConfigurationError
from upflow_provider.runs.suggestion import closest
from upflow_provider.tables_to_upflow.mapping.entities import CUSTOM_FIELD, ENTITIES, EntityField, field_of

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection


SOURCE = re.compile("[A-Za-z0-9_]{1,40}")
"""Names of sources."""


class FilledField(NamedTuple):
    """
    A field, and the column that fills it.

    Attributes:
        column: Name of the column.
        field: The field.
    """

    column: str
    field: EntityField


class Columns(NamedTuple):
    """
    The columns of one table.

    Attributes:
        filled: The fields that the table fills.
        ignored: Names of columns that fill no field.
    """

    filled: tuple[FilledField, ...]
    ignored: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """Names of the fields that the table fills."""
        return frozenset(each.field.name for each in self.filled)


def check_source(source: str) -> None:
    """
    Check the name of a source.

    Raises:
        ValueError: It cannot be part of names in the ledger.
    """
    if not SOURCE.fullmatch(source):
        raise ValueError(f"source {source!r} must consist of at most 40 letters, digits and _, such as 'erp'")


def check_mapping(collection: Collection, mapping: Mapping[str, str]) -> None:
    """
    Check a mapping of columns before there is a table, when a DAG is parsed.

    Args:
        collection: What is imported.
        mapping: Field by name of the column.

    Raises:
        ValueError: A field does not exist, or two columns fill it; the message names both.
    """
    for column, name in mapping.items():
        if not isinstance(name, str) or field_of(collection, name) is None:
            names = [each.name for each in ENTITIES[collection]]
            close = closest(str(name), names)
            hint = f"; did you mean {close!r}?" if close else f"; there are {', '.join(names)}, {CUSTOM_FIELD}<name>"
            raise ValueError(f"columns: {column!r}: {collection} have no field {name!r}{hint}")
    for name, number in Counter(mapping.values()).items():
        if number > 1:
            both = " and ".join(repr(column) for column, field in mapping.items() if field == name)
            raise ValueError(f"columns: {both} both fill {name!r}; leave one of them out")


def columns_of(collection: Collection, header: Iterable[str], mapping: Mapping[str, str]) -> Columns:
    """
    Return the columns of a table, or the keys of one of its rows.

    A column fills the field that the mapping names, or else the field of the column's own name.

    Args:
        collection: What is imported.
        header: Names of the columns.
        mapping: Field by name of the column; checked by `check_mapping`.
    """
    found = {name: field_of(collection, mapping.get(name, name)) for name in header}
    filled = tuple(FilledField(name, field) for name, field in found.items() if field)
    return Columns(filled, tuple(name for name, field in found.items() if field is None))


def check_header(collection: Collection, header: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """
    Return the columns of a table whose rows all have the same ones, if they are those that an import needs.

    Args:
        collection: What is imported.
        header: Names of the columns.
        mapping: Field by name of the column; checked by `check_mapping`.

    Raises:
        ConfigurationError: A column stands twice, one that the mapping names is not there, two fill one field, or
            one that is required is missing.
    """
    twice = [name for name, number in Counter(header).items() if number > 1]
    if twice:
        raise ConfigurationError(f"{_several(twice)} more than once in the header; rename or remove the others")
    absent = [each for each in mapping if each not in header]
    if absent:
        raise ConfigurationError(f"columns: {_several(absent)} not in the table, which has {_listed(header)}")
    columns = columns_of(collection, header, mapping)
    for name, number in Counter(each.field.name for each in columns.filled).items():
        if number > 1:
            both = _listed(each.column for each in columns.filled if each.field.name == name)
            raise ConfigurationError(f"columns: {both} fill {name!r}; rename one, or map it to another field")
    missing = [each.name for each in ENTITIES[collection] if each.is_required and each.name not in columns.names]
    if missing:
        raise ConfigurationError(
            f"no column fills {_listed(missing)} of {collection}; the table has {_listed(header)}. Name the columns "
            "like the fields, or say in columns which field each of them fills"
        )
    return columns


def _several(names: Sequence[str]) -> str:
    return f"{_listed(names)} {'is' if len(names) == 1 else 'are'}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "no columns"

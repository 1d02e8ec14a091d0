"""The columns of a table, as its rows are read: those of texts, which most cells are, and the others. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from upflow_provider.records.text import ID_LENGTH_MAX
from upflow_provider.tables_to_upflow.mapping.columns import FilledField, columns_of
from upflow_provider.tables_to_upflow.mapping.entities import ENTITIES, FieldKind
from upflow_provider.tables_to_upflow.mapping.problems import Problem

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection

TEXT_KINDS = {FieldKind.ID, FieldKind.TEXT}
"""Kinds of fields whose value is the text of their cell, and depends on nothing else."""


class TextColumns:
    """
    The columns that fill fields with texts.

    Args:
        columns: These columns, with their fields.
    """

    def __init__(self, columns: Sequence[FilledField]) -> None:
        required_first = sorted(columns, key=lambda each: not each.field.is_required)
        self._columns = [each.column for each in required_first]
        self._names = [each.field.name for each in required_first]
        self._required = sum(each.field.is_required for each in columns)

    def plain_texts(self, cells: Mapping[str, Any]) -> dict[str, Any] | None:
        """
        Return the values of a row by name of the field, if none of them can have a problem; ``None`` otherwise.

        Nearly all rows of a file are such rows. To look at their texts all at once is several times as fast as to parse
        one cell after the other, and has the same result.
        """
        try:
            texts = [cells[column].strip() for column in self._columns]
            joined = "".join(texts)
        except (AttributeError, TypeError):
            return None  # a cell is no text
        is_long = len(joined) > ID_LENGTH_MAX and max(map(len, texts)) > ID_LENGTH_MAX
        if is_long or not joined.isprintable() or not all(texts[: self._required]):
            return None
        return {name: text or None for name, text in zip(self._names, texts, strict=True)}


class RowHeader(NamedTuple):
    """
    What is known of a row from the names of its columns.

    Attributes:
        filled: The columns that fill fields.
        texts: Those of them that fill fields with texts.
        others: The others of them.
        missing: Problems that the row has whatever its cells hold.
    """

    filled: tuple[FilledField, ...]
    texts: TextColumns
    others: tuple[FilledField, ...]
    missing: tuple[Problem, ...]

    @classmethod
    def of(cls, collection: Collection, names: Sequence[str], mapping: Mapping[str, str]) -> Self:
        """
        Return what the names of columns say.

        Args:
            collection: What is imported.
            names: Names of the columns.
            mapping: Field by name of the column, for columns that are not called like their field.
        """
        columns = columns_of(collection, names, mapping)
        texts = [each for each in columns.filled if each.field.kind in TEXT_KINDS]
        others = tuple(each for each in columns.filled if each.field.kind not in TEXT_KINDS)
        missing = (each.name for each in ENTITIES[collection] if each.is_required and each.name not in columns.names)
        problems = tuple(Problem(name, "is required, and missing") for name in missing)
        return cls(columns.filled, TextColumns(texts), others, problems)

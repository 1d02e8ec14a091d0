"""
A row of a table becomes a record: each of its cells is parsed, checked, and brought into Upflow's units. Pure.

Cells that a record can do without, such as contacts and custom fields, never keep it out of Upflow: one that cannot be
used is left out, and noted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from upflow_provider.tables_to_upflow.mapping import cells
from upflow_provider.tables_to_upflow.mapping.columns import FilledField, check_header
from upflow_provider.tables_to_upflow.mapping.contacts import contacts_in
from upflow_provider.tables_to_upflow.mapping.entities import CUSTOM_FIELD, FieldKind
from upflow_provider.tables_to_upflow.mapping.links import links_in
from upflow_provider.tables_to_upflow.mapping.problems import Problem
from upflow_provider.tables_to_upflow.mapping.references import Directory, field_values, manager_id, workflow_id
from upflow_provider.tables_to_upflow.mapping.row_header import RowHeader

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection, CustomFieldValue
    from upflow_provider.tables_to_upflow.mapping.cells import CellOptions

ACCESSORY_KINDS = {FieldKind.CONTACTS, FieldKind.CUSTOM_FIELDS, FieldKind.MANAGER, FieldKind.WORKFLOW}
"""Kinds of fields that a record can be imported without."""
CURRENCY_FIELD = "currency"
FIELDS = "customFields"
HEADERS_MAX = 1_000
"""Sets of columns that are remembered, of a table whose rows differ in theirs."""


class Row(NamedTuple):
    """
    One row of a table.

    Attributes:
        line: Where it stands: line of a file, or number of the row, from 1.
        cells: Its cells by name of the column.
        problem: Why they could not be read; empty if they could.
    """

    line: int
    cells: Mapping[str, object]
    problem: str = ""


@dataclass(slots=True)
class ReadRow:
    """
    What a row says.

    Attributes:
        line: Where it stands.
        values: Values by name of the field, as JSON; amounts in Upflow's minor units. An empty cell is ``None``.
        problems: Why it is unusable.
        notes: What was left out, and why.
    """

    line: int
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    @property
    def external_id(self) -> str:
        """Its external id; empty if it has none that is usable."""
        return self.values.get("externalId") or ""


class RowReader:
    """
    Reads the rows of one table.

    Args:
        collection: What is imported.
        columns: Field by name of the column, for columns that are not called like their field.
        options: How cells are to be understood.
        directory: What the organization has in Upflow.
        is_strict: Whether a cell that a record can do without makes the row unusable, too.
    """

    def __init__(
        self,
        collection: Collection,
        columns: Mapping[str, str],
        options: CellOptions,
        directory: Directory,
        *,
        is_strict: bool = False,
    ) -> None:
        self._collection, self._mapping, self._options = collection, columns, options
        self._directory, self._is_strict = directory, is_strict
        self._known: dict[tuple[str, ...], RowHeader] = {}

    def check_header(self, header: Sequence[str]) -> Sequence[str]:
        """
        Check the columns of a table whose rows all have the same ones, and return those that fill no field.

        Raises:
            ConfigurationError: They are not those that an import needs; see `columns.check_header`.
        """
        return check_header(self._collection, header, self._mapping).ignored

    def read(self, row: Row) -> ReadRow:
        """Return what a row says, with every problem that it has; only its own one if its cells could not be read."""
        if row.problem:
            return ReadRow(row.line, problems=[Problem("", row.problem)])
        names = tuple(row.cells)
        header = self._known.get(names) or self._header(names)
        texts = header.texts.plain_texts(row.cells)
        found = ReadRow(row.line, texts or {})
        for filled in header.filled if texts is None else header.others:
            self._parse(filled, row.cells[filled.column], found)
        if header.missing:
            found.problems += header.missing
        if header.others:
            self._complete(header.others, found)
        return found

    def _header(self, names: tuple[str, ...]) -> RowHeader:
        """Return the columns of a row, and remember them, because most rows of a table have the same ones."""
        if len(self._known) == HEADERS_MAX:
            self._known.clear()
        self._known[names] = RowHeader.of(self._collection, names, self._mapping)
        return self._known[names]

    def _parse(self, filled: FilledField, cell: object, found: ReadRow) -> None:
        name = filled.field.name
        if cells.is_empty(cell):
            if filled.field.is_required:
                found.problems.append(Problem(filled.column, "is required, and empty"))
            else:
                found.values[name] = "" if name.startswith(CUSTOM_FIELD) else None
            return
        try:
            found.values[name] = cells.parsed(filled.field.kind, cell, self._options)
        except cells.CellError as error:
            self._note(found, filled, str(error))

    def _note(self, found: ReadRow, filled: FilledField, reason: str) -> None:
        is_noted = filled.field.kind in ACCESSORY_KINDS and not self._is_strict
        (found.notes if is_noted else found.problems).append(Problem(filled.column, reason))
        found.values.pop(filled.field.name, None)

    def _complete(self, others: tuple[FilledField, ...], found: ReadRow) -> None:
        """Turn parsed cells into values that depend on more than the cell: on the currency, or on Upflow."""
        fields: list[CustomFieldValue] = []
        for filled in others:
            value = found.values.get(filled.field.name)
            if value is None:
                continue
            try:
                if filled.field.kind is FieldKind.CUSTOM_FIELDS:
                    fields += field_values(self._directory, filled.field.name, found.values.pop(filled.field.name))
                else:
                    found.values[filled.field.name] = self._value(filled.field.kind, value, found)
            except cells.CellError as error:
                self._note(found, filled, str(error))
        if fields:
            found.values[FIELDS] = fields

    def _value(self, kind: FieldKind, value: Any, found: ReadRow) -> Any:  # noqa: ANN401 - the kind decides
        currency = found.values.get(CURRENCY_FIELD) or ""
        match kind:
            case FieldKind.AMOUNT:
                return self._amount(value, currency)
            case FieldKind.LINKS:
                return links_in(value, lambda cell: self._amount(self._number(cell), currency))
            case FieldKind.CONTACTS:
                return self._contacts(value, found)
            case FieldKind.MANAGER:
                return manager_id(self._directory, value)
            case FieldKind.WORKFLOW:
                return workflow_id(self._directory, value)
        return value

    def _contacts(self, value: Any, found: ReadRow) -> Any:  # noqa: ANN401 - any cell
        """Return the contacts in a cell; if none of them can be used, those that Upflow has stay as they are."""
        read = contacts_in(found.external_id, value)
        if read.problems and (self._is_strict or not read.contacts):
            raise cells.CellError("; ".join(read.problems))
        found.notes += [Problem("contacts", each) for each in read.problems]
        return read.contacts

    def _amount(self, value: Any, currency: str) -> int:  # noqa: ANN401 - a decimal
        if not currency:
            raise cells.CellError("has no currency")
        if value < 0:
            raise cells.CellError("must not be below zero")
        return cells.minor_units(value, currency, self._options)

    def _number(self, cell: object) -> Any:  # noqa: ANN401 - a decimal
        return cells.parsed(FieldKind.AMOUNT, cell, self._options)

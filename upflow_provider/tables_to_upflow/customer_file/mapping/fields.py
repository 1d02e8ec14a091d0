"""
The cells of custom fields, by the formatting guide of Upflow's page on the customer file. Pure.

Options are compared exactly as they stand in the file, because a name may end in a blank; of several in one cell, each
is also tried without blanks around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from upflow_provider.records.custom_field_values import SELECTS, Unfit
from upflow_provider.records.custom_fields import DefinedField
from upflow_provider.runs.suggestion import closest
from upflow_provider.tables_to_upflow.mapping.cells import CellError

GUIDE = {
    "TEXT": "must be plain text of at most 2,000 characters",
    "NUMBER": "use a period (.) for decimals; commas are not supported",
    "DATE": "must be in the format YYYY-MM-DD only",
    "BOOLEAN": "must be true or false",
}
"""The formatting guide, by type."""


def value_in(field: DefinedField, cell: str) -> Any:  # noqa: ANN401 - the type decides
    """
    Return the value of a custom field in a cell that is not empty, as Upflow takes it.

    Raises:
        CellError: It does not fit the field.
    """
    kind = field.field.kind
    if kind in SELECTS:
        return _labels(kind, cell, field.definition.options)
    found = field.value_of(cell)
    if isinstance(found, Unfit):
        rule = f"{GUIDE[kind]}" if kind != "NUMBER" else f"{found.rule}; {GUIDE[kind]}"
        raise CellError(rule)
    return found["value"]


def _labels(kind: str, cell: str, options: Sequence[str] | None) -> Any:  # noqa: ANN401 - one label or several
    if options is None:
        raise CellError("Upflow does not show the options of this field, and no customer has one yet; set it in Upflow")
    if kind == "SELECT":
        return {"label": _option(cell, options)}
    return [{"label": each} for each in sorted({_option(each, options, trims=True) for each in _parts(cell, options)})]


def _parts(cell: str, options: Sequence[str]) -> list[str]:
    """Return the labels in a cell, between commas or semicolons; a comma may be a part of a label."""
    if cell in options:
        return [cell]
    by_semicolons = [each for each in cell.split(";") if each.strip()]
    if all(each in options or each.strip() in options for each in by_semicolons):
        return by_semicolons
    return [each for each in re.split("[;,]", cell) if each.strip()]


def _option(label: str, options: Sequence[str], *, trims: bool = False) -> str:
    if label in options:
        return label
    if trims and label.strip() in options:
        return label.strip()
    near = closest(label, options)
    meant = f"; did you mean {near!r}?" if near else "; add it in Upflow first"
    raise CellError(f"is not among the options of the field, and new values cannot be created via CSV{meant}")


def with_options(field: DefinedField, labels: Sequence[str]) -> DefinedField:
    """Return a field whose options Upflow does not show, with those that customers have."""
    if field.field.kind not in SELECTS or field.definition.options is not None or not labels:
        return field
    return replace(field, definition=replace(field.definition, options=tuple(labels)))

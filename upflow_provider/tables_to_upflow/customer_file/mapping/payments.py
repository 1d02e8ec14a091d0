"""
The lines of a payment file: those with one reference are one payment. Pure.

Columns and methods are those of Upflow's payment template (support article 22462241318161).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from upflow_provider.records.text import cleaned
from upflow_provider.tables_to_upflow.customer_file.mapping.columns import UsedColumn, plain
from upflow_provider.tables_to_upflow.customer_file.mapping.customers import SaidLine
from upflow_provider.tables_to_upflow.mapping.cells import CellError, CellOptions, is_empty, minor_units, parsed
from upflow_provider.tables_to_upflow.mapping.entities import FieldKind
from upflow_provider.tables_to_upflow.mapping.problems import Problem

KINDS = {
    "paymentReference": FieldKind.ID,
    "paymentDate": FieldKind.DAY,
    "amount": FieldKind.AMOUNT,
    "currency": FieldKind.CURRENCY,
    "paymentMethod": FieldKind.INSTRUMENT,
    "externalId": FieldKind.ID,
}
"""What the cells of each column hold; that of an invoice is a text."""
METHODS = ("WIRE_TRANSFER", "CARD", "DIRECT_DEBIT", "CHECK", "CASH")
"""What the template knows; the API has a word for unknown ones besides."""
REQUIRED = ("paymentReference", "paymentDate", "amount", "currency")
SHARED = ("paymentDate", "currency", "paymentMethod", "externalId")
"""What all lines of one payment must say alike."""


class PaymentLine(NamedTuple):
    """
    What a line of a payment file says.

    Attributes:
        values: By name of the column; the amount in minor units.
        problems: Why the line is refused.
    """

    values: dict[str, Any]
    problems: list[Problem]


def payment_line(used: Sequence[UsedColumn], cells: Sequence[str], options: CellOptions) -> PaymentLine:
    """Return what a line of a payment file says, with every problem that it has."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for each in used:
        name, cell = each.column.name, cells[each.position]
        try:
            if is_empty(cell):
                if name in REQUIRED:
                    raise CellError("is required, and empty")  # noqa: TRY301 - as what cells raise
            elif name == "invoiceReference":
                values[name] = cleaned(cell)
            elif name in KINDS:
                values[name] = _value(name, cell, options)
        except CellError as error:
            problems.append(Problem(each.header, str(error)))
    _count_minor_units(values, problems, options)
    return PaymentLine(values, problems)


def _value(name: str, cell: str, options: CellOptions) -> Any:  # noqa: ANN401 - the column decides
    if name == "paymentMethod" and plain(cell) not in {plain(each) for each in METHODS}:
        raise CellError(f"must be one of {', '.join(METHODS)}")
    return parsed(KINDS[name], cell, options)


def _count_minor_units(values: dict[str, Any], problems: list[Problem], options: CellOptions) -> None:
    amount = values.pop("amount", None)
    if amount is None or "currency" not in values:
        return
    try:
        if amount <= 0:
            raise CellError("must be above zero")  # noqa: TRY301 - as what cells raise
        values["amount"] = minor_units(amount, values["currency"], options)
    except CellError as error:
        problems.append(Problem("amount", str(error)))


def contradiction(rows: Sequence[SaidLine]) -> str:
    """Return why the lines of one payment cannot be taken together; empty if they can."""
    first = rows[0]
    for row in rows[1:]:
        for name in SHARED:
            if row.content.get(name) != first.content.get(name):
                column = "Customer ID" if name == "externalId" else name
                return f"{column}: line {row.line} of this payment says something else than line {first.line}"
    amounts: dict[str, SaidLine] = {}
    for row in rows:
        other = amounts.setdefault(row.content.get("invoiceReference", ""), row)
        if other.content["amount"] != row.content["amount"]:
            return f"amount: lines {other.line} and {row.line} of this payment are about the same invoice; keep one"
    return ""


def amounts_of(rows: Sequence[SaidLine]) -> Mapping[str, int]:
    """Return the amounts of one payment by invoice, the empty text for what is linked to none; repeats count once."""
    return {row.content.get("invoiceReference", ""): row.content["amount"] for row in rows}

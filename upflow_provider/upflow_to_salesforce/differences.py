"""Which fields of which Accounts differ from what Upflow knows: two tables compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from upflow_provider.upflow_to_salesforce.mapping.values import Value

if TYPE_CHECKING:
    import pandas as pd

EMPTY = ""
"""Stands for an empty field in a table, because pandas takes no two ``None`` for equal; no field holds empty text."""
UNCHANGED: Any = object()
"""Stands for a field that stays as it is, because its value is not known or cannot be written."""


class AccountChange(NamedTuple):
    """
    New values of one Account.

    Attributes:
        account_id: Its Id, 18 characters.
        values: New values by API name of the field; ``None`` clears the field.
        before: What these fields hold now.
    """

    account_id: str
    values: Mapping[str, Value]
    before: Mapping[str, Value] = {}

    def __repr__(self) -> str:
        return f"AccountChange({self.account_id}, {', '.join(self.values)})"


class AccountTable:
    """
    Values of Accounts: a column for each field, a row for each Account.

    Args:
        fields: API names of the fields.
    """

    def __init__(self, fields: list[str]) -> None:
        self.fields = fields
        self._ids: list[str] = []
        self._columns: list[list[object]] = [[] for _ in fields]

    def add(self, account_id: str, values: Mapping[str, Value]) -> None:
        """Add an Account with its values; a field that is not among them stays as it is."""
        self._ids.append(account_id)
        for name, column in zip(self.fields, self._columns, strict=True):
            value = values.get(name, UNCHANGED)
            column.append(EMPTY if value is None else value)

    def __len__(self) -> int:
        return len(self._ids)

    def frame(self) -> pd.DataFrame:
        """Return the table, indexed by Id."""
        import pandas as pd

        columns = {
            name: pd.Series(column, index=self._ids, dtype=object)
            for name, column in zip(self.fields, self._columns, strict=True)
        }
        return pd.DataFrame(columns, index=self._ids, dtype=object)


def changes(wanted: pd.DataFrame, current: pd.DataFrame, *, full: bool = False) -> Iterator[AccountChange]:
    """
    Yield the Accounts that differ, in the order of their Ids, each with the fields that do.

    Args:
        wanted: What Accounts should hold: canonical values (see `mapping.values`), a frame of an `AccountTable`.
        current: What these Accounts hold now, in the same fields; it may have more Accounts.
        full: Whether every known value is written, whatever the Account holds.
    """
    wanted = wanted.sort_index()
    current = current.loc[wanted.index]
    differs = ((wanted.ne(current) | full) & wanted.ne(UNCHANGED)).to_numpy()
    changed = differs.any(axis=1)
    names = list(wanted.columns)
    tables = (wanted.to_numpy()[changed], current.to_numpy()[changed], differs[changed])
    for account_id, new, old, marks in zip(wanted.index.to_numpy()[changed], *tables, strict=True):
        yield AccountChange(account_id, _marked(names, new, marks), _marked(names, old, marks))


def _marked(names: Sequence[str], values: Iterable[Value], marks: Iterable[bool]) -> dict[str, Value]:
    marked = zip(names, values, marks, strict=True)
    return {name: None if value == EMPTY else value for name, value, mark in marked if mark}

"""Which fields of which Accounts differ from what Upflow knows: two tables, compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from upflow_provider.upflow_to_salesforce.mapping.values import Value

if TYPE_CHECKING:
    import pandas as pd

NULL = ""
"""Stands for an empty field in a table: pandas takes no two ``None`` for equal. An empty text is none in Salesforce."""
KEPT: Any = object()
"""Stands for a field of which nothing is known, or that cannot be written: it stays as it is, whatever is asked for."""


class Change(NamedTuple):
    """
    New values of one Account.

    Attributes:
        account_id: Its Id, 18 characters.
        values: By API name of the field; ``None`` clears it.
        before: What these fields hold now.
    """

    account_id: str
    values: Mapping[str, Value]
    before: Mapping[str, Value] = {}

    def __repr__(self) -> str:
        return f"Change({self.account_id}, {', '.join(self.values)})"


class Table:
    """
    Values of Accounts, a column a field, collected one Account at a time.

    Args:
        fields: API names of the fields.
    """

    def __init__(self, fields: list[str]) -> None:
        self.fields = fields
        self._ids: list[str] = []
        self._columns: list[list[object]] = [[] for _ in fields]

    def add(self, account_id: str, values: Mapping[str, Value]) -> None:
        """Add an Account, with the values of its fields; one that is not among them stays as it is."""
        self._ids.append(account_id)
        for name, column in zip(self.fields, self._columns, strict=True):
            value = values.get(name, KEPT)
            column.append(NULL if value is None else value)

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


def changes(wanted: pd.DataFrame, held: pd.DataFrame, *, full: bool = False) -> Iterator[Change]:
    """
    Yield the Accounts that differ, in the order of their Ids, each with the fields that do.

    Args:
        wanted: What Accounts should hold; canonical values (see `mapping.account_values`), as `Table` makes it.
        held: What these Accounts hold now, with the same fields; it may have more Accounts.
        full: Whether all fields of all Accounts that have a value are written, whatever they hold.
    """
    wanted = wanted.sort_index()
    held = held.loc[wanted.index]
    differs = ((wanted.ne(held) | full) & wanted.ne(KEPT)).to_numpy()
    changed = differs.any(axis=1)
    names = list(wanted.columns)
    tables = (wanted.to_numpy()[changed], held.to_numpy()[changed], differs[changed])
    for account_id, new, old, marks in zip(wanted.index.to_numpy()[changed], *tables, strict=True):
        yield Change(account_id, _marked(names, new, marks), _marked(names, old, marks))


def _marked(names: Sequence[str], values: Iterable[Value], marks: Iterable[bool]) -> dict[str, Value]:
    marked = zip(names, values, marks, strict=True)
    return {name: None if value == NULL else value for name, value, mark in marked if mark}

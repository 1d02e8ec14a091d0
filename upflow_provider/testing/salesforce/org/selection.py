"""What a query of the fake Salesforce means, once it is understood."""

import operator
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from upflow_provider.testing.salesforce.org.fields import Field
from upflow_provider.testing.salesforce.org.store import Account, Accounts
from upflow_provider.testing.salesforce.org.values import LINKS, Value

ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""Comparisons that null never meets."""


@dataclass(frozen=True, slots=True)
class Condition:
    """
    A comparison.

    Attributes:
        field: What is compared.
        sign: ``=``, ``!=``, ``IN`` or one of `ORDERS`.
        values: What it is compared with, as `compared` gives it; several for ``IN`` only.
    """

    field: Field
    sign: str
    values: tuple[Value, ...]

    def holds(self, account: Account) -> bool:
        """Tell whether an Account meets it."""
        have = compared(self.field, account.get(self.field["name"]))
        if compare := ORDERS.get(self.sign):
            return have is not None and self.values[0] is not None and compare(have, self.values[0])
        return (have in self.values) != (self.sign == "!=")


@dataclass(slots=True)
class Selection:
    """
    A statement that was understood.

    Attributes:
        fields: What is selected; none when Accounts are only counted.
        conditions: What Accounts must meet, all of it.
        order: The field they are sorted by, nulls first; None for the order in which they were made.
        descending: Whether the greatest comes first.
        limit: How many are wanted, at most; None for all.
    """

    fields: list[Field] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    order: Field | None = None
    descending: bool = False
    limit: int | None = None

    def ids(self, accounts: Accounts, *, deleted: bool, unshared: Container[str] = ()) -> list[str]:
        """Return the Ids of what is asked for and shared with the user, among them deleted ones only on demand."""
        found = [
            each
            for each in accounts
            if each not in unshared
            and (deleted or not accounts[each]["IsDeleted"])
            and all(one.holds(accounts[each]) for one in self.conditions)
        ]
        if order := self.order:
            keys = {each: compared(order, accounts[each].get(order["name"])) for each in found}
            found.sort(key=lambda each: (keys[each] is not None, keys[each] or 0), reverse=self.descending)
        return found[: self.limit]


def compared(field: Field, value: Value) -> Value:
    """Return what is compared of a value: letters' case counts in Ids, and where the field says so."""
    if isinstance(value, str) and field["type"] not in LINKS and not field["caseSensitive"]:
        return value.casefold()
    return value

"""The Accounts that the fake Salesforce holds."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from upflow_provider.testing.salesforce.org.fields import Field
from upflow_provider.testing.salesforce.org.ids import PREFIX, numbered
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError
from upflow_provider.testing.salesforce.org.values import Value, options

Account = dict[str, Value]
"""The value of every field of an Account, by the field's name; fields that never had one are absent."""


class Written(NamedTuple):
    """
    Values that an Account was given.

    Attributes:
        at: When, Unix seconds.
        values: By field.
        over_api: Whether the user of the API gave them.
    """

    at: float
    values: Mapping[str, Value]
    over_api: bool


class Accounts:
    """
    Accounts by their 18-character Id, in the order in which they were made. Deleted ones stay, as in a recycle bin.

    Args:
        fields: The fields, by name; may change while the fake runs.
        clock: Current time, Unix seconds.
        currency: ISO code of the org's currency.
        prefix: What their Ids start with; that of another object makes them records of it.
    """

    def __init__(
        self, fields: Mapping[str, Field], clock: Callable[[], float], currency: str, *, prefix: str = PREFIX
    ) -> None:
        self._prefix = prefix
        self._fields, self._clock, self._currency = fields, clock, currency
        self._accounts: dict[str, Account] = {}
        self._owners: dict[tuple[str, str], str] = {}
        self._history: defaultdict[str, list[Written]] = defaultdict(list)
        self._made = 0

    def __len__(self) -> int:
        return len(self._accounts)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._accounts))

    def __contains__(self, account_id: object) -> bool:
        return account_id in self._accounts

    def __getitem__(self, account_id: str) -> Account:
        return self._accounts[account_id]

    def add(self, values: Mapping[str, Value]) -> str:
        """Store a new Account, and return its Id."""
        self.check_unique(None, values)
        self._made += 1
        account_id = numbered(self._prefix, self._made)
        now = self._noted(account_id, values)
        made: Account = {name: self._default(field) for name, field in self._fields.items()}
        made.update(values, Id=account_id, CreatedDate=now, LastModifiedDate=now, SystemModstamp=now)
        self._accounts[account_id] = made
        self._own(account_id, values)
        return account_id

    def edit(self, account_id: str, values: Mapping[str, Value], *, over_api: bool = False) -> None:
        """Change fields of an Account."""
        self.check_unique(account_id, values)
        self._disown(account_id, values)
        now = self._noted(account_id, values, over_api=over_api)
        self._accounts[account_id].update(values, LastModifiedDate=now, SystemModstamp=now)
        self._own(account_id, values)

    def delete(self, account_id: str, master_id: str | None = None) -> None:
        """Delete an Account, or merge it into the one that *master_id* names."""
        self._disown(account_id, self._accounts[account_id])
        self._accounts[account_id].update(IsDeleted=True, MasterRecordId=master_id, SystemModstamp=_iso(self._clock()))

    def alive(self) -> list[str]:
        """Return the Ids of the Accounts that are not deleted."""
        return [each for each, account in self._accounts.items() if not account["IsDeleted"]]

    def history(self, account_id: str) -> list[Written]:
        """Return what an Account was given since it was made, in order."""
        return list(self._history[account_id])

    def undo(self, account_id: str, before: Account) -> None:
        """Take the last change of an Account back; *before* is a copy of what it was."""
        self._disown(account_id, self._accounts[account_id])
        self._accounts[account_id] = before
        self._own(account_id, before)
        self._history[account_id].pop()

    def convert(self, name: str, convert: Callable[[Value], Value]) -> None:
        """Change what all Accounts have in a field whose definition is another now."""
        self._owners = {key: owner for key, owner in self._owners.items() if key[0] != name}
        for account_id, account in self._accounts.items():
            account[name] = convert(account.get(name))
            if not account["IsDeleted"]:
                self._own(account_id, {name: account[name]})

    def check_unique(self, account_id: str | None, values: Mapping[str, Value]) -> None:
        """
        Check that no other Account has the values in fields that are unique.

        Raises:
            RowRefusalError: One has.
        """
        for name, value in values.items():
            field = self._fields.get(name)
            if field is None or not field["unique"] or value is None:
                continue
            owner = self._owners.get((name, _folded(field, value)))
            if owner not in (None, account_id):
                message = f"duplicate value found: {name} duplicates value on record with id: {owner}"
                raise RowRefusalError("DUPLICATE_VALUE", message, name)

    def _default(self, field: Field) -> Value:
        if field["name"] == "CurrencyIsoCode":
            return self._currency if self._currency in options(field) else None
        return False if field["type"] == "boolean" else None

    def _own(self, account_id: str, values: Mapping[str, Value]) -> None:
        for name, value in values.items():
            field = self._fields.get(name)
            if field is not None and field["unique"] and value is not None:
                self._owners[name, _folded(field, value)] = account_id

    def _disown(self, account_id: str, values: Mapping[str, Value]) -> None:
        for name in values:
            field = self._fields.get(name)
            if field is not None and field["unique"]:
                self._owners.pop((name, _folded(field, self._accounts[account_id].get(name))), None)

    def _noted(self, account_id: str, values: Mapping[str, Value], *, over_api: bool = False) -> str:
        """Add to the history of an Account, and return the current time as Salesforce writes it."""
        now = self._clock()
        self._history[account_id].append(Written(now, dict(values), over_api))
        return _iso(now)


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _folded(field: Field, value: Value) -> str:
    """Return what is compared of a value: letters' case counts only where the field says so."""
    if isinstance(value, Decimal):
        return str(value.normalize())
    return str(value) if field["caseSensitive"] else str(value).casefold()

"""One Salesforce org without HTTP: its Accounts and their fields, its sessions and limits, and what goes wrong."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from upflow_provider.testing.salesforce.org.automation import Automation
from upflow_provider.testing.salesforce.org.fields import Field, standard_fields
from upflow_provider.testing.salesforce.org.ids import long_id
from upflow_provider.testing.salesforce.org.objects import ACCOUNT, further_objects
from upflow_provider.testing.salesforce.org.sessions import Credentials, Sessions
from upflow_provider.testing.salesforce.org.store import Account, Accounts
from upflow_provider.testing.salesforce.org.trouble import Trouble
from upflow_provider.testing.salesforce.org.values import Value, converted, from_json, stored
from upflow_provider.testing.wire.faults import Faults
from upflow_provider.testing.wire.odd_answers import OddAnswers

CURRENCIES = ("EUR", "USD", "GBP", "CHF")
"""Currencies of a multi-currency org, besides its own."""


class Org:
    """
    What a Salesforce org holds, and what its other users do there.

    Arguments and attributes that are not described here are those of `FakeSalesforce`.

    Args:
        fields: Custom fields of Account.
        multi_currency: Whether every Account has a currency of its own, in ``CurrencyIsoCode``.
        now: Current time, Unix seconds.

    Attributes:
        faults: What goes wrong on the wire; see `Faults`.
        automation: What triggers and rules make of transactions; see `Automation`.
        odd_answers: Answers that are not as documented; see `OddAnswers`.
        about: What a real org described besides its fields; see `describe_from`.
        objects: Further objects by name; see `FurtherObject`.
        unseen: Names of further objects, and of fields of theirs such as ``Contact.Phone``, that the user cannot see.
        unshared: Ids of records that are not shared with the user.
    """

    def __init__(
        self,
        *,
        fields: Iterable[Field],
        org_currency: str,
        multi_currency: bool,
        daily_requests: int,
        credentials: Credentials,
        seed: int,
        now: Callable[[], float],
    ) -> None:
        self.org_currency, self.daily_requests, self.credentials = org_currency, daily_requests, credentials
        self.seed, self.now = seed, now
        currencies = dict.fromkeys((org_currency, *CURRENCIES)) if multi_currency else ()
        self.fields = {each["name"]: dict(each) for each in (*standard_fields(currencies), *fields)}
        self.about: dict[str, Any] = {}
        self.hidden: set[str] = set()
        self.unseen: set[str] = set()
        self.unshared: set[str] = set()
        self.updateable = True
        self.faults, self.trouble = Faults(seed=seed), Trouble()
        self.automation, self.odd_answers = Automation(), OddAnswers()
        self.sessions = Sessions(self._clock)
        self.page_size, self.result_size = 2_000, 50_000
        self.looks = 1
        self.max_upload_bytes = 100 * 1024**2
        self.url = ""
        self.forget()

    def forget(self) -> None:
        """Forget Accounts, sessions and what was written; the fields stay."""
        self.accounts = Accounts(self.fields, self._clock, self.org_currency)
        self.objects = further_objects(self._clock)
        self.sessions.expire()
        self.updates: list[tuple[str, dict[str, Value]]] = []
        self.inserts: list[str] = []
        self.writes = self.used_requests = 0

    @property
    def visible(self) -> dict[str, Field]:
        """The fields that the user can see, by name."""
        return {name: field for name, field in self.fields.items() if name not in self.hidden}

    def readable(self, name: str) -> tuple[str, dict[str, Field], Accounts]:
        """Return an object's name, its fields that the user can see, and its records; those of Account for others."""
        found = self.objects.get(next((each for each in self.objects if each.lower() == name.lower()), ""))
        if found is None or found.name in self.unseen:
            return ACCOUNT, self.visible, self.accounts
        fields = {each: field for each, field in found.fields.items() if f"{found.name}.{each}" not in self.unseen}
        return found.name, fields, found.records

    def account(self, account_id: str) -> Account:
        """Return the values of an Account by field, hidden ones too; `KeyError` without it."""
        return self.accounts[long_id(account_id)]

    def add_account(self, **values: Any) -> str:  # noqa: ANN401 - JSON
        """
        Make an Account as another user does, whatever the user of the API may do, and return its 18-character Id.

        Args:
            values: Of fields, as JSON has them; numbers may be `Decimal` too.

        Raises:
            KeyError: A field does not exist.
            RowRefusalError: A field cannot hold a value.
            SalesforceRefusalError: A value is of the wrong type.
        """
        return self.accounts.add(self._values({"Name": "Acme", **values}))

    def edit_account(self, account_id: str, **values: Any) -> None:  # noqa: ANN401 - JSON
        """Change fields of an Account as another user does; arguments and errors as in `add_account`."""
        self.accounts.edit(long_id(account_id), self._values(values))

    def delete_account(self, account_id: str) -> None:
        """Delete an Account as another user does."""
        self.accounts.delete(long_id(account_id))

    def merge_accounts(self, winner_id: str, loser_id: str) -> None:
        """Merge an Account into another, as another user does: it is deleted and names the other as its master."""
        self.accounts.delete(long_id(loser_id), long_id(winner_id))

    def undo(self, account_id: str, before: Account) -> None:
        """Take the last update back, which was of an Account that *before* is a copy of."""
        self.accounts.undo(account_id, before)
        self.updates.pop()

    def add_field(self, field: Field) -> None:
        """Give Accounts another field, or define one anew; see `redefine` for what they hold in it already."""
        self.fields[field["name"]] = dict(field)

    def redefine(self, field: Field) -> None:
        """Define a field anew; what Accounts hold in it is converted, or lost where it does not fit."""
        self.add_field(field)
        self.accounts.convert(field["name"], lambda value: converted(field, value))

    def remove_field(self, name: str) -> None:
        """Take a field away from Accounts, with its values."""
        del self.fields[name]
        for account_id in self.accounts:
            self.accounts[account_id].pop(name, None)

    def describe_from(self, described: Mapping[str, Any]) -> None:
        """
        Let Accounts be as a real org described them; to be called before any are made.

        Args:
            described: The answer of that org's ``sobjects/Account/describe``.
        """
        self.fields.clear()
        self.fields.update({each["name"]: dict(each) for each in described["fields"]})
        self.about = {name: each for name, each in described.items() if name not in {"fields", "urls"}}
        self.updateable = described["updateable"]

    def _clock(self) -> float:
        return self.now()  # which may be replaced

    def _values(self, values: Mapping[str, Any]) -> dict[str, Value]:
        given = {name: Decimal(repr(each)) if isinstance(each, float) else each for name, each in values.items()}
        return {name: stored(self.fields[name], from_json(self.fields[name], each)) for name, each in given.items()}

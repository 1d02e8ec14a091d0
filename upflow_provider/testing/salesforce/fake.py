"""A stateful fake of Salesforce's REST API and Bulk API 2.0, for Accounts, served over real HTTP."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from starlette.responses import Response

from upflow_provider.testing.salesforce.api import SalesforceApi
from upflow_provider.testing.salesforce.calls import calls
from upflow_provider.testing.salesforce.login import Credentials, Sessions
from upflow_provider.testing.salesforce.modes.catalogue import Modes
from upflow_provider.testing.salesforce.org.fields import Field, standard_fields
from upflow_provider.testing.salesforce.org.ids import long_id
from upflow_provider.testing.salesforce.org.store import Account, Accounts, Written
from upflow_provider.testing.salesforce.org.trouble import Trouble
from upflow_provider.testing.salesforce.org.values import Value, converted, from_json, stored
from upflow_provider.testing.salesforce.org.writer import Writer
from upflow_provider.testing.wire.faults import Faults
from upflow_provider.testing.wire.front import Front
from upflow_provider.testing.wire.request_log import RequestLog
from upflow_provider.testing.wire.server import App, Receive, Scope, Send

CURRENCIES = ("EUR", "USD", "GBP", "CHF")
"""Currencies of a multi-currency org, besides its own."""


class FakeSalesforce:
    """
    One Salesforce org with its Accounts, seen by one user.

    Args:
        fields: Custom fields of Account; see `salesforce_fields` for builders.
        org_currency: ISO code of the org's currency.
        multi_currency: Whether every Account has a currency of its own, in ``CurrencyIsoCode``.
        daily_requests: Requests granted in 24 hours.
        credentials: What is accepted; see `Credentials`.
        seed: Seed of latencies, and of the order of Bulk results.
        clock: Current time, Unix seconds.

    Attributes:
        now: As *clock*; may be replaced at any time.
        app: The ASGI application, to be served by `upflow_provider.testing.serve`.
        accounts: The Accounts by their 18-character Id, deleted ones too; see `Accounts`.
        fields: The fields of Account by name, hidden ones too; may be changed at any time.
        hidden: Names of fields that the user cannot see: for the API they do not exist.
        updateable: Whether the user may edit Accounts.
        updates: Id and written values of every update that was done over the API, in order.
        writes: How many records the API was asked to write: refused ones and attempts to make one, too.
        inserts: Method and path of every attempt to make Accounts over the API, upserts included; all are refused.
        requests: The log of requests; see `RequestLog`.
        faults: What goes wrong on the wire, on demand, and the latency; see `Faults`.
        trouble: What goes wrong in Salesforce's own words; see `Trouble`.
        modes: All of that by name, to be switched on and off; see `upflow_provider.testing.salesforce.modes.catalogue`.
        sessions: The open sessions; see `Sessions`.
        session_s: How long a session lasts, in seconds.
        used_requests: Requests of the last 24 hours, those of other programs too.
        daily_requests: As the argument.
        page_size: Records in a page of a query, at most.
        result_size: Records in a page of a Bulk query's results, unless the client says how many.
        looks: How many looks at a Bulk job show it in progress.
        max_upload_bytes: Size of the largest file that a Bulk job takes.
        url: Root URL while served; set by whoever serves it.
        writer: Writes as the user of the API.
        about: What a real org described besides its fields; see `describe_from`.
    """

    def __init__(
        self,
        *,
        fields: Iterable[Field] = (),
        org_currency: str = "EUR",
        multi_currency: bool = False,
        daily_requests: int = 15_000,
        credentials: Credentials | None = None,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.credentials = credentials or Credentials()
        self.org_currency, self.daily_requests, self.now = org_currency, daily_requests, clock
        currencies = dict.fromkeys((org_currency, *CURRENCIES)) if multi_currency else ()
        self.fields = {each["name"]: dict(each) for each in (*standard_fields(currencies), *fields)}
        self.about: dict[str, Any] = {}
        self.hidden: set[str] = set()
        self.updateable = True
        self.requests = RequestLog()
        self.faults = Faults(seed=seed)
        self.trouble = Trouble()
        self.modes = Modes(self)
        self.session_s = 7_200.0
        self.page_size, self.result_size = 2_000, 50_000
        self.looks = 1
        self.max_upload_bytes = 100 * 1024**2
        self.url = ""
        self.seed = seed
        self.writer = Writer(self)
        self._forget()
        self.app: App = Front(self, self._answer, refuse=self._refuse, customer_of=_nobody)

    @property
    def visible(self) -> dict[str, Field]:
        """The fields that the user can see, by name."""
        return {name: field for name, field in self.fields.items() if name not in self.hidden}

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

    def account(self, account_id: str) -> Account:
        """Return the values of an Account by field, hidden ones too; `KeyError` without it."""
        return self.accounts[long_id(account_id)]

    def alive(self) -> list[str]:
        """Return the Ids of the Accounts that are not deleted, in the order in which they were made."""
        return self.accounts.alive()

    def history(self, account_id: str, name: str = "") -> list[Written]:
        """
        Return what an Account was given, by whom and when, in order.

        Args:
            account_id: Its Id, in either form.
            name: Name of a field; only what that field was given is told then.
        """
        written = self.accounts.history(long_id(account_id))
        return [each for each in written if not name or name in each.values]

    @property
    def calls(self) -> Counter[str]:
        """How many requests of each kind arrived: ``token``, ``describe``, ``query`` ...; see `salesforce_calls`."""
        return calls(self.requests)

    def add_field(self, field: Field) -> None:
        """Give Accounts another field, or define one anew; see `redefine` for what they hold in it already."""
        self.fields[field["name"]] = dict(field)

    def redefine(self, field: Field) -> None:
        """Define a field anew; what Accounts hold in it is converted, or lost where it does not fit."""
        self.add_field(field)
        self.accounts.convert(field["name"], lambda value: converted(field, value))

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

    def remove_field(self, name: str) -> None:
        """Take a field away from Accounts, with its values."""
        del self.fields[name]
        for account_id in self.accounts:
            self.accounts[account_id].pop(name, None)

    def undo(self, account_id: str, before: Account) -> None:
        """Take the last update back, which was of an Account that *before* is a copy of."""
        self.accounts.undo(account_id, before)
        self.updates.pop()

    def summary(self) -> dict[str, Any]:
        """Count Accounts and writes."""
        alive = len(self.alive())
        return {
            "accounts": {"count": alive, "deleted": len(self.accounts) - alive},
            "updates": len(self.updates),
            "writes": self.writes,
            "inserts": len(self.inserts),
            "used_requests": self.used_requests,
        }

    def reset(self) -> None:
        """Forget Accounts, sessions, jobs, log, faults, trouble and modes; the fields stay."""
        self.modes.off()
        self._forget()
        self.requests.clear()

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Change ``daily_requests``, ``used_requests`` or ``page_size``; `ValueError` for another setting."""
        if unknown := settings.keys() - {"daily_requests", "used_requests", "page_size"}:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        for name, value in settings.items():
            setattr(self, name, value)

    def act(self, what: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """
        Do what other users do, for another process.

        Args:
            what: ``add_account``, ``edit_account``, ``delete_account`` or ``merge_accounts``.
            arguments: Those of the method.

        Raises:
            ValueError: It is something else.
        """
        if what not in {"add_account", "edit_account", "delete_account", "merge_accounts"}:
            raise ValueError(f"{what!r} cannot be done here")
        return getattr(self, what)(**arguments)

    def _forget(self) -> None:
        self.accounts = Accounts(self.fields, lambda: self.now(), self.org_currency)  # noqa: PLW0108 - may be replaced
        self.sessions = Sessions(self)
        self.updates: list[tuple[str, dict[str, Value]]] = []
        self.inserts: list[str] = []
        self.writes = self.used_requests = 0
        self._api = SalesforceApi(self)  # which knows cursors and jobs

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._api.app(scope, receive, send)

    def _refuse(self, status: int, message: str) -> Response:
        return self._api.refuse(status, message)

    def _values(self, values: Mapping[str, Any]) -> dict[str, Value]:
        given = {name: Decimal(repr(each)) if isinstance(each, float) else each for name, each in values.items()}
        return {name: stored(self.fields[name], from_json(self.fields[name], each)) for name, each in given.items()}


def _nobody(_: Scope, __: bytes) -> None:
    """Salesforce's log tells nothing of Upflow's customers."""

"""A stateful fake of Salesforce's REST API and Bulk API 2.0, for Accounts, served over real HTTP."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.responses import Response

from upflow_provider.testing.salesforce.api import SalesforceApi
from upflow_provider.testing.salesforce.calls import calls
from upflow_provider.testing.salesforce.modes.catalogue import Modes
from upflow_provider.testing.salesforce.org.automation import Automation
from upflow_provider.testing.salesforce.org.fields import Field
from upflow_provider.testing.salesforce.org.ids import long_id
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.sessions import Credentials, Sessions
from upflow_provider.testing.salesforce.org.store import Account, Accounts, Written
from upflow_provider.testing.salesforce.org.trouble import Trouble
from upflow_provider.testing.salesforce.org.values import Value
from upflow_provider.testing.wire.delegated import Delegated
from upflow_provider.testing.wire.faults import Faults
from upflow_provider.testing.wire.front import Front
from upflow_provider.testing.wire.odd_answers import OddAnswers
from upflow_provider.testing.wire.request_log import RequestLog
from upflow_provider.testing.wire.server import App, Receive, Scope, Send


class FakeSalesforce:
    """
    One Salesforce org with its Accounts, seen by one user.

    Args:
        fields: Custom fields of Account; `org.fields` has builders.
        org_currency: ISO code of the org's currency.
        multi_currency: Whether every Account has a currency of its own, in ``CurrencyIsoCode``.
        daily_requests: Requests granted in 24 hours.
        credentials: What is accepted; see `Credentials`.
        seed: Seed of latencies, and of the order of Bulk results.
        clock: Current time, Unix seconds.

    Attributes:
        org: The org without HTTP; see `Org`.
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
        automation: What triggers and rules make of whole transactions; see `Automation`.
        odd_answers: Answers that are not as documented; see `OddAnswers`.
        modes: All of that by name, to be switched on and off; see `Modes`.
        sessions: The open sessions; see `Sessions`.
        session_s: How long a session lasts, in seconds.
        used_requests: Requests of the last 24 hours, those of other programs too.
        daily_requests: As the argument.
        page_size: Records in a page of a query, at most.
        result_size: Records in a page of a Bulk query's results, unless the client says how many.
        looks: How many looks at a Bulk job show it in progress.
        max_upload_bytes: Size of the largest file that a Bulk job takes.
        url: Root URL while served; set by whoever serves it.
    """

    accounts = Delegated[Accounts]("org")
    automation = Delegated[Automation]("org")
    credentials = Delegated[Credentials]("org")
    daily_requests = Delegated[int]("org")
    faults = Delegated[Faults]("org")
    fields = Delegated[dict[str, Field]]("org")
    hidden = Delegated[set[str]]("org")
    inserts = Delegated[list[str]]("org")
    looks = Delegated[int]("org")
    max_upload_bytes = Delegated[int]("org")
    now = Delegated[Callable[[], float]]("org")
    odd_answers = Delegated[OddAnswers]("org")
    page_size = Delegated[int]("org")
    result_size = Delegated[int]("org")
    session_s = Delegated[float]("org.sessions")
    sessions = Delegated[Sessions]("org")
    trouble = Delegated[Trouble]("org")
    updateable = Delegated[bool]("org")
    updates = Delegated[list[tuple[str, dict[str, Value]]]]("org")
    url = Delegated[str]("org")
    used_requests = Delegated[int]("org")
    writes = Delegated[int]("org")

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
        self.org = Org(
            fields=fields,
            org_currency=org_currency,
            multi_currency=multi_currency,
            daily_requests=daily_requests,
            credentials=credentials or Credentials(),
            seed=seed,
            now=clock,
        )
        self.requests = RequestLog()
        self.modes = Modes(self.org)
        self._api = SalesforceApi(self.org)
        self.app: App = Front(self, self._answer, refuse=self._refuse, customer_of=_nobody, date=self._date)

    @property
    def visible(self) -> dict[str, Field]:
        """The fields that the user can see, by name."""
        return self.org.visible

    def add_account(self, **values: Any) -> str:  # noqa: ANN401 - JSON
        """Make an Account as another user does, and return its 18-character Id; see `Org.add_account`."""
        return self.org.add_account(**values)

    def edit_account(self, account_id: str, **values: Any) -> None:  # noqa: ANN401 - JSON
        """Change fields of an Account as another user does; arguments and errors as in `Org.add_account`."""
        self.org.edit_account(account_id, **values)

    def delete_account(self, account_id: str) -> None:
        """Delete an Account as another user does."""
        self.org.delete_account(account_id)

    def merge_accounts(self, winner_id: str, loser_id: str) -> None:
        """Merge an Account into another, as another user does: it is deleted and names the other as its master."""
        self.org.merge_accounts(winner_id, loser_id)

    def account(self, account_id: str) -> Account:
        """Return the values of an Account by field, hidden ones too; `KeyError` without it."""
        return self.org.account(account_id)

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
        """How many requests of each kind arrived: ``token``, ``describe``, ``query`` ...; see `calls.KINDS`."""
        return calls(self.requests)

    def add_field(self, field: Field) -> None:
        """Give Accounts another field, or define one anew; see `redefine` for what they hold in it already."""
        self.org.add_field(field)

    def redefine(self, field: Field) -> None:
        """Define a field anew; what Accounts hold in it is converted, or lost where it does not fit."""
        self.org.redefine(field)

    def remove_field(self, name: str) -> None:
        """Take a field away from Accounts, with its values."""
        self.org.remove_field(name)

    def describe_from(self, described: Mapping[str, Any]) -> None:
        """Let Accounts be as a real org described them; see `Org.describe_from`."""
        self.org.describe_from(described)

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
        self.org.forget()
        self._api = SalesforceApi(self.org)  # which knows cursors and jobs
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

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._api.app(scope, receive, send)

    def _date(self) -> float:
        return self.now()

    def _refuse(self, status: int, message: str) -> Response:
        return self._api.refuse(status, message)


def _nobody(_: Scope, __: bytes) -> None:
    """Salesforce's log tells nothing of Upflow's customers."""

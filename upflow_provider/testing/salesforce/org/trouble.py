"""What goes wrong in the fake Salesforce, on demand and in Salesforce's own words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from upflow_provider.testing.salesforce.org.ids import long_id
from upflow_provider.testing.salesforce.org.refusal import LoginRefusalError, RowRefusalError, SalesforceRefusalError
from upflow_provider.testing.salesforce.org.values import Value

JobKind = Literal["ingest", "query"]
RowError = Callable[[Mapping[str, Value]], RowRefusalError | None]
"""Tells why values are refused; None where they are not."""


@dataclass(frozen=True, slots=True)
class Stop:
    """
    The early end of a Bulk job.

    Attributes:
        state: ``Failed`` or ``Aborted``.
        after_rows: How many rows are processed first; the others stay unprocessed.
        message: The job's ``errorMessage``; empty for none.
    """

    state: str
    after_rows: int
    message: str


@dataclass(slots=True, eq=False)
class _Times:
    """Counts occasions: *after* of them pass, then *times* are hit; None for all to come."""

    times: int | None
    after: int = 0

    def hit(self) -> bool:
        if self.after:
            self.after -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return self.times is None or self.times >= 0


class Trouble:
    """
    Errors that the fake answers with; what is added first comes first.

    What every HTTP server may do (500, 503, a dropped connection, slowness) is the matter of `Faults`.

    Attributes:
        before_write: Called before each write, and before each Bulk job is processed, so that a test can change
            Accounts in between as another user does.
        shuffled: Whether results of Bulk jobs come in another order than the rows were sent in.
        postponed: Bulk jobs that wait behind those of others until a test calls them; None for jobs that start at once.
    """

    def __init__(self) -> None:
        self.before_write: Callable[[], None] | None = None
        self.shuffled = False
        self.postponed: list[Callable[[], None]] | None = None
        self._once: list[Callable[[], None]] = []
        self._records: dict[str, SalesforceRefusalError] = {}
        self._requests: list[tuple[_Times, str, SalesforceRefusalError]] = []
        self._logins: list[tuple[_Times, LoginRefusalError]] = []
        self._rows: dict[str, list[tuple[_Times, RowError]]] = {}
        self._stops: dict[JobKind, list[Stop]] = {"ingest": [], "query": []}

    def refuse_requests(
        self, status: int, code: str, message: str, *, path: str = "", times: int | None = 1, after: int = 0
    ) -> None:
        """
        Refuse requests that have a valid token.

        Args:
            status: HTTP status.
            code: Salesforce's code.
            message: Salesforce's message.
            path: Regular expression searched for in path and query.
            times: How many requests are refused; None for all to come.
            after: How many matching requests pass first.
        """
        self._requests.append((_Times(times, after), path, SalesforceRefusalError(status, code, message)))

    def expire_session(self, times: int | None = 1, *, after: int = 0) -> None:
        """Refuse requests as if their token had expired: all, however often the client logs in, with *times* None."""
        message = "Session expired or invalid"
        self.refuse_requests(401, "INVALID_SESSION_ID", message, times=times, after=after)

    def exceed_limit(self, *, after: int = 0) -> None:
        """Refuse all requests after some for the org's daily limit, whatever its count says."""
        message = "TotalRequests Limit exceeded."
        self.refuse_requests(403, "REQUEST_LIMIT_EXCEEDED", message, times=None, after=after)

    def refuse_tokens(
        self,
        error: str = "invalid_grant",
        description: str = "authentication failure",
        *,
        status: int = 400,
        times: int | None = 1,
    ) -> None:
        """Refuse logins that are otherwise right, with an OAuth *error* and its *description*."""
        self._logins.append((_Times(times), LoginRefusalError(error, description, status)))

    def refuse_row(self, account_id: str, code: str, message: str, *fields: str, times: int | None = None) -> None:
        """
        Refuse to write one Account.

        Args:
            account_id: Its Id.
            code: Salesforce's code.
            message: Salesforce's message.
            fields: Names of the fields it is about.
            times: How many attempts are refused; None for all to come.
        """
        self._refuse(account_id, times, lambda _: RowRefusalError(code, message, *fields))

    def refuse_value(self, account_id: str, code: str, message: str, *, field: str = "") -> None:
        """
        Refuse to write a value to one Account, always.

        Args:
            account_id: Its Id.
            code: Salesforce's code.
            message: Salesforce's message; ``{field}`` and ``{value}`` in it stand for what is refused.
            field: Name of the field; the first one that is given a value by default. Without it nothing is refused.
        """

        def refused(values: Mapping[str, Value]) -> RowRefusalError | None:
            given = [name for name, value in values.items() if value is not None and field in ("", name)]
            if not given:
                return None
            text = message.replace("{field}", given[0]).replace("{value}", str(values[given[0]]))
            return RowRefusalError(code, text, given[0])

        self._refuse(account_id, None, refused)

    def refuse_request_with(self, account_id: str, request: SalesforceRefusalError, row: RowRefusalError) -> None:
        """Refuse whole JSON requests that have an Account in them, and in Bulk jobs its *row*, always."""
        self._records[long_id(account_id)] = request
        self._refuse(account_id, None, lambda _: row)

    def before_next_write(self, act: Callable[[], None]) -> None:
        """Let another user do something once, right before the next write is carried out."""
        self._once.append(act)

    def lock(self, account_id: str, times: int | None = 1) -> None:
        """Let another transaction hold an Account for the next attempts to write it; None for ever."""
        message = f"unable to obtain exclusive access to this record or 1 records: {account_id}"
        self.refuse_row(account_id, "UNABLE_TO_LOCK_ROW", message, times=times)

    def validation_rule(self, account_id: str, message: str = "Not while the account is on hold", *fields: str) -> None:
        """Let an Account break a validation rule of the org."""
        self.refuse_row(account_id, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, *fields)

    def fail_job(
        self,
        after_rows: int = 0,
        message: str = "InternalServerError : Retried more than 20 times",
        *,
        kind: JobKind = "ingest",
    ) -> None:
        """Let the next Bulk job of a kind fail after some rows."""
        self._stops[kind].append(Stop("Failed", after_rows, message))

    def abort_job(self, after_rows: int = 0, *, kind: JobKind = "ingest") -> None:
        """Let an administrator abort the next Bulk job of a kind after some rows."""
        self._stops[kind].append(Stop("Aborted", after_rows, ""))

    def clear(self) -> None:
        """Forget all errors still to come."""
        self.before_write, self.shuffled, self.postponed = None, False, None
        self._once.clear()
        self._records.clear()
        self._requests.clear()
        self._logins.clear()
        self._rows.clear()
        self._stops = {"ingest": [], "query": []}

    def check_request(self, path: str) -> None:
        """Raise the `SalesforceRefusalError` that is due for a request, by its path and query, if one is."""
        for times, wanted, error in self._requests:
            if re.search(wanted, path) and times.hit():
                raise error

    def check_login(self) -> None:
        """Raise the `LoginRefusalError` that is due for a login that is otherwise right, if one is."""
        for times, error in self._logins:
            if times.hit():
                raise error

    def check_record(self, account_id: str) -> None:
        """Raise the `SalesforceRefusalError` that is due for a JSON request with an Account in it, if one is."""
        if error := self._records.get(account_id):
            raise error

    def check_row(self, account_id: str, values: Mapping[str, Value]) -> None:
        """Raise the `RowRefusalError` that is due for values of an Account, if one is."""
        for times, refused in self._rows.get(account_id, ()):
            if (error := refused(values)) and times.hit():
                raise error

    def start_job(self, start: Callable[[], None]) -> None:
        """Start a Bulk job, or let it wait."""
        if self.postponed is None:
            start()
        else:
            self.postponed.append(start)

    def next_stop(self, kind: JobKind) -> Stop | None:
        """Return the early end of the job that starts now, if it has one."""
        stops = self._stops[kind]
        return stops.pop(0) if stops else None

    def intervene(self) -> None:
        """Let another user act before a write."""
        if self.before_write:
            self.before_write()
        while self._once:
            self._once.pop(0)()

    def _refuse(self, account_id: str, times: int | None, error: RowError) -> None:
        self._rows.setdefault(long_id(account_id), []).append((_Times(times), error))

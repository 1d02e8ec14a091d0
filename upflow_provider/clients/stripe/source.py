"""
Stripe as a source of records: listings by time of creation, and single records.

Records are the plain JSON that Stripe sends, because the SDK's typed objects cost ten times the CPU.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from upflow_provider.clients.stripe import errors
from upflow_provider.clients.stripe.http import StripeHttp
from upflow_provider.clients.stripe.pages import Position, identified, whole_seconds
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    FatalError,
    MappingError,
    NotFoundError,
    ProtocolError,
    RefusedError,
)
from upflow_provider.records.page import Page, Record
from upflow_provider.records.text import is_id
from upflow_provider.runs.host_clock import HostClock, host_now
from upflow_provider.shown_ids import shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    import stripe


class StripeSource:
    """
    The client of Stripe's API: reads at an even pace and retries; threads may share it.

    It only reads, and it is called a source because the rest of the package reads records from it. Its methods
    raise `RetriableError` when all attempts have failed, `AuthenticationError` (401, and 403, which names the
    missing permission and is never taken for "no data") and `ConfigurationError`.

    Args:
        sdk: Stripe's own client, as `open_sdk` returns it.
        requests_per_second: Pace of this process; Stripe allows 25 a second per endpoint.
        sleep: Waits for a number of seconds.
        clock: Returns the seconds of a monotonic clock.
        tick: Returns the instant, aware, UTC, that orders a read which begins now; where a ledger is, its clock's.
        host: This host's clock, to be compared with Stripe's first answer; ``None`` to compare nothing.
        dice: Returns a number from 0.0 to 1.0, for the jitter of retries.
        further: Fields to expand in each record of a resource, beside those that a caller asks for.
    """

    def __init__(
        self,
        sdk: stripe.StripeClient,
        *,
        requests_per_second: float = 20.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        tick: Callable[[], datetime] = host_now,
        host: HostClock | None = None,
        dice: Callable[[], float] = random.random,
        further: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._tick, self._further = tick, further or {}
        self._http = StripeHttp(
            sdk, requests_per_second=requests_per_second, sleep=sleep, clock=clock, host=host, dice=dice
        )

    def server_time(self) -> datetime:
        """
        Return the present by Stripe's clock, aware, UTC; it is never ahead of Stripe.

        If no answer of the last ten minutes shows it, one cheap request asks for it.

        Raises:
            ProtocolError: Stripe's answer has no usable ``Date``; the host's clock is no substitute.
        """
        clock = self._http.stripe_clock
        if clock.now() is None:
            self._http.page("/v1/events", {}, at_most=1)
        present = clock.now()
        if present is None:
            raise ProtocolError(
                "GET /v1/events: the answer has no usable Date, so that Stripe's time is unknown; let the proxy "
                "between this host and Stripe pass that header on"
            )
        return present

    def pages(
        self,
        resource: str,
        *,
        start: datetime,
        end: datetime | None,
        expand: Sequence[str] = (),
        cursor: Mapping[str, Any] | None = None,
        filters: Mapping[str, Any] | None = None,
    ) -> Iterator[Page]:
        """
        List the records created in ``[start, end)``, newest first, each exactly once; see `NO_ID`.

        Args:
            resource: Collection, as in the API's paths, for example ``invoices``.
            start: First instant of the window, aware.
            end: First instant after the window, aware; ``None`` for a window that has no end.
            expand: What to include, relative to one record, for example ``tax_ids``.
            cursor: Cursor of the last page that was processed, to go on after it.
            filters: Further filters of the listing.

        Raises:
            FatalError: Stripe refuses the listing as such.
        """
        params = {
            "expand": _in_list(self._expand(resource, expand)),
            "created": {"gte": whole_seconds(start), **({"lt": whole_seconds(end)} if end else {})},
            **(filters or {}),
        }
        try:
            yield from self._pages(f"/v1/{resource}", params, Position.parse(cursor))
        except RefusedError as error:
            raise FatalError(str(error)) from None

    def find(
        self,
        resource: str,
        *,
        expand: Sequence[str] = (),
        **filters: Any,  # noqa: ANN401 - Stripe's
    ) -> list[Record]:
        """
        Return all records that match the filters, whenever they were created, newest first.

        Args:
            resource: Collection, as in the API's paths.
            expand: What to include, relative to one record.
            filters: Filters of the listing, for example ``invoice="in_1"``.

        Raises:
            RefusedError: Stripe refuses to look these up, whatever the reason; that is no proof that they are gone.
        """
        params = {"expand": _in_list(self._expand(resource, expand)), "created": {"gte": 0}, **filters}
        try:
            return [record for page in self._pages(f"/v1/{resource}", params, Position()) for record in page.records]
        except RefusedError as error:
            raise RefusedError(f"{error}; looked up by {', '.join(filters) or 'nothing'}", error.status) from None

    def _pages(self, path: str, params: Mapping[str, Any], position: Position) -> Iterator[Page]:
        while not position.done:
            read_at = self._tick()
            listing = self._page(path, params, position)
            listed = identified(listing["data"], has_more=listing["has_more"])
            records = position.unseen(listed)
            position = position.advanced(listed, has_more=listing["has_more"])
            if records:
                yield Page(records, position.cursor(), read_at, position.covered_to())

    def retrieve(self, resource: str, record_id: str, *, expand: Sequence[str] = ()) -> Record:
        """
        Return one record; a deleted customer is ``{id, object, deleted: true}``.

        Raises:
            NotFoundError: It does not exist.
            RefusedError: Stripe refuses this record, for example because of its id.
            MappingError: It has no usable id.
        """
        path = f"/v1/{resource}/{quote(record_id, safe='')}"
        record = self._http.record(path, {"expand": self._expand(resource, expand)})
        if not is_id(record.get("id")):
            raise MappingError(record_id, "id", "is no usable id in Stripe's answer")
        return record

    def ping(
        self, reads: Iterable[tuple[str, Sequence[str]]] = (("customers", ()),), *, account: str | None = None
    ) -> None:
        """
        Read one record of each resource, without retries, to prove that all of them may be read.

        Args:
            reads: The resources, each with what to expand in its records; by default customers only.
            account: The connected account that is read, for messages; ``None`` for the key's own.

        Raises:
            AuthenticationError: The key is wrong, has no access to the account, or lacks permissions; all are named.
            FatalError: Something else has to be changed, e.g. the host.
            RetriableError: Stripe cannot be reached for now.
        """
        asked = [(resource, self.refusal(resource, expand)) for resource, expand in reads]
        refused = [f"{resource}{why}" for resource, why in asked if why is not None]
        if account and refused and all("account_invalid" in each for each in refused):
            raise AuthenticationError(
                f"403 for {refused[0]}: the key has no access to account {account!r}; check account in the "
                "connection's extra"
            )
        if refused:
            raise AuthenticationError(
                f"403 for {', '.join(refused)}: the key needs permission to read them in that account"
            )

    def refusal(self, resource: str, expand: Sequence[str] = ()) -> str | None:
        """
        Read one record, and return what Stripe says about a missing permission; ``None`` if none is missing.

        Args:
            resource: The collection.
            expand: What to expand in the record.

        Raises:
            FatalError, RetriableError: As for `ping`.
        """
        import stripe

        path = f"/v1/{resource}"
        try:
            self._http.look(path, {"expand": _in_list(expand)})
        except stripe.PermissionError as error:
            return errors.reasons(error)
        except stripe.StripeError as error:
            problem = errors.problem(error, f"GET {shown_path(path)}")
        else:
            return None
        if isinstance(problem, NotFoundError):
            raise ConfigurationError(f"{problem}: is the host the base of Stripe's API, without /v1?")
        raise FatalError(str(problem)) if isinstance(problem, RefusedError) else problem

    def _expand(self, resource: str, expand: Sequence[str]) -> list[str]:
        return [*expand, *self._further.get(resource, ())]

    def _page(self, path: str, params: Mapping[str, Any], position: Position) -> Record:
        """
        Read the page after *position*.

        If Stripe does not know the record at that position any more, because it was deleted or is an event that is too
        old, the page begins with the second in which that record was created.
        """
        if position.after is None:
            return self._http.page(path, params)
        try:
            return self._http.page(path, {**params, "starting_after": position.after})
        except RefusedError:
            return self._http.page(path, {**params, "created": position.from_second(params["created"])})


def _in_list(expand: Sequence[str]) -> list[str]:
    """Return what to expand of each record of a listing."""
    return [f"data.{each}" for each in expand]

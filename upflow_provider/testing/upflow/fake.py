"""A stateful fake of Upflow's public API (https://docs.upflow.io), served over real HTTP."""

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from upflow_provider.testing.upflow import customers, documents, organization, strictness, summary
from upflow_provider.testing.upflow.behaviour import Behaviour
from upflow_provider.testing.upflow.endpoint import Endpoint, check_parameters, refusal
from upflow_provider.testing.upflow.limits import Limits
from upflow_provider.testing.upflow.people import People
from upflow_provider.testing.upflow.records import answers, contacts
from upflow_provider.testing.upflow.records.refusal import RefusedError
from upflow_provider.testing.upflow.records.schemas import ContactInput
from upflow_provider.testing.upflow.records.store import Record, Store
from upflow_provider.testing.upflow.request_customer import customer_of
from upflow_provider.testing.wire.faults import Faults
from upflow_provider.testing.wire.front import Front
from upflow_provider.testing.wire.request_log import RequestLog
from upflow_provider.testing.wire.server import App, Receive, Scope, Send

_LIMITS = {"enforce_limits": "enforced"} | {name: name for name in ("requests_per_minute", "max_concurrency")}
"""Attribute of `Limits` for each setting."""


def endpoints() -> tuple[Endpoint, ...]:
    """Return all endpoints."""
    return *customers.ENDPOINTS, *documents.endpoints(), *organization.ENDPOINTS


def _utc_now() -> datetime:
    return datetime.now(UTC)


class FakeUpflow:
    """
    One organization of Upflow, with its API.

    Args:
        api_key: The key that is accepted.
        api_secret: The secret that is accepted.
        requests_per_minute: Requests granted in any rolling 60 s.
        max_concurrency: Requests granted at once.
        enforce_limits: Whether requests beyond the limits are answered 429.
        seed: Seed of ids and latencies.
        clock: Monotonic time in seconds, for limits and log.
        now: Current time, aware: decides what is overdue.

    Attributes:
        now: As the argument; may be replaced at any time. Records and the header ``Date`` have its time.
        sends_date: Whether answers have a ``Date``, which some proxies take away.
        app: The ASGI application, to be served by `upflow_provider.testing.serve`.
        store: What is stored; see `Store`.
        requests: The log of requests; see `RequestLog`.
        faults: What goes wrong, on demand, and the latency; see `Faults`.
        limits: The limits; see `Limits`.
        behaviour: What is unknown about the API, decided; may be changed at any time. See `Behaviour`.
        people: What people do in the app; see `People`.
        on_page: Called when a page of a list was put together, so that a test can change what comes next.
        url: Root URL while served; set by whoever serves it.
    """

    def __init__(
        self,
        *,
        api_key: str = "upflow-key",
        api_secret: str = "upflow-secret",  # noqa: S107 - made up
        requests_per_minute: int = 600,
        max_concurrency: int = 10,
        enforce_limits: bool = True,
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self.api_key, self.api_secret = api_key, api_secret
        self.behaviour = Behaviour()
        self.faults = Faults(seed=seed)
        self.limits = Limits(requests_per_minute, max_concurrency, enforced=enforce_limits, clock=clock)
        self.requests = RequestLog(clock)
        self.people = People(self)
        self.on_page: Callable[[], None] | None = None
        self.url = ""
        self._seed, self.now, self.sends_date = seed, now, True
        self.store = self._empty_store()
        self.app: App = Front(
            self,
            self._api(),
            refuse=self._refuse,
            customer_of=self._customer_of,
            date=lambda: self.now().timestamp() if self.sends_date else None,
            gate=self._gate,
        )

    @property
    def base_url(self) -> str:
        """What clients take as base URL: `url` and ``/v1``."""
        return f"{self.url}/v1"

    def answer(self, collection: str, external_id: str) -> dict[str, Any]:
        """
        Return a customer or document as a GET shows it, with computed balances and states.

        Raises:
            KeyError: There is none.
        """
        record = self.store.by_external_id(collection, external_id)
        if record is None:
            raise KeyError(external_id)
        return answers.answer(self.store, collection, record)

    def add_app_contact(self, customer_external_id: str, **fields: Any) -> Record:  # noqa: ANN401 - JSON
        """Add a contact to a customer as a user of the app does: without external id."""
        customer = self.store.find("customers", f"external:{customer_external_id}")
        body = ContactInput.model_validate(fields)
        held, contact = contacts.added(self.store, self.behaviour, customer, body, "APP")
        self.store.customers[customer["id"]] = {**customer, "contacts": held}
        return contact

    def summary(self) -> dict[str, Any]:
        """Count and add up what is stored; see `summary.summary`."""
        return summary.summary(self.store)

    def snapshot(self) -> dict[str, Any]:
        """Return what is stored, comparable from run to run; see `summary.snapshot`."""
        return summary.snapshot(self.store)

    def reset(self) -> None:
        """Forget records, log, faults and the requests that count for the limits."""
        self.store = self._empty_store()
        self.requests.clear()
        self.faults.clear()
        self.limits.forget()

    def open_portal_link(self, url: str) -> dict[str, str]:
        """
        Open a link to the customer portal, as whoever has it can, and return what is known of it.

        Returns:
            ``customer``, the external id of the customer whose portal it opens; ``expiresAt``, ISO 8601.

        Raises:
            ValueError: It opens nothing, or no longer.
        """
        for link in self.store.portal_links:
            if link["url"] == url and link["expiresAt"] > self.now():
                customer = self.store.customers[link["customerId"]]
                return {"customer": customer["externalId"], "expiresAt": link["expiresAt"].isoformat()}
        raise ValueError("this link opens no portal")

    def act(self, what: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Do ``open_portal_link`` or a method of `People` for another process; `ValueError` if that is impossible."""
        actor = self if what == "open_portal_link" else self.people
        if what.startswith("_") or not hasattr(actor, what):
            raise ValueError(f"{what!r} cannot be done here: use the API")
        try:
            return getattr(actor, what)(**arguments)
        except RefusedError as error:
            raise ValueError(str(error)) from error

    def configure(self, settings: Mapping[str, Any]) -> None:
        """
        Change limits or behaviour.

        Args:
            settings: ``enforce_limits``, ``requests_per_minute``, ``max_concurrency``, and
                ``behaviour`` with attributes of `Behaviour`.

        Raises:
            ValueError: One of them does not exist, or cannot have that value.
        """
        if unknown := settings.keys() - _LIMITS.keys() - {"behaviour"}:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        for name, value in settings.get("behaviour", {}).items():
            setattr(self.behaviour, name, value)
        for name in settings.keys() & _LIMITS.keys():
            setattr(self.limits, _LIMITS[name], settings[name])

    def _empty_store(self) -> Store:
        return Store(lambda: self.now(), seed=self._seed)  # noqa: PLW0108 - it may be replaced

    def _api(self) -> App:
        app = Starlette(
            routes=[Route(f"/v1{each.path}", self._handler(each), methods=[each.method]) for each in endpoints()],
            exception_handlers={RefusedError: self._refused, HTTPException: self._no_such_endpoint},
        )
        app.router.redirect_slashes = False

        async def by_raw_path(scope: Scope, receive: Receive, send: Send) -> None:
            # Routed before percent-decoding, so that an external id may hold a slash.
            await app({**scope, "path": scope["raw_path"].decode("ascii")}, receive, send)

        return by_raw_path

    def _handler(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            if self.behaviour.unknown_parameters == "refused":
                check_parameters(request, endpoint.parameters)
            await strictness.check(self.behaviour, endpoint.collection, request)
            return strictness.changed(self.behaviour, endpoint.collection, await endpoint.handle(self, request))

        return handle

    def _gate(self, app: App) -> App:
        """Check credentials and limits before anything else, latency included."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if not self._knows(dict(scope["headers"])):
                await self._refuse(401, "X-Api-Key or X-Api-Secret is wrong")(scope, receive, send)
            elif (retry_after_s := self.limits.enter()) is not None:
                await self._too_many(retry_after_s)(scope, receive, send)
            else:
                try:
                    await app(scope, receive, send)
                finally:
                    self.limits.leave()

        return guarded

    def _knows(self, headers: Mapping[bytes, bytes]) -> bool:
        pairs = ((b"x-api-key", self.api_key), (b"x-api-secret", self.api_secret))
        return all(secrets.compare_digest(headers.get(name, b""), value.encode()) for name, value in pairs)

    def _too_many(self, retry_after_s: int) -> Response:
        response = self._refuse(429, "too many requests")
        if self.behaviour.retry_after:
            response.headers["Retry-After"] = str(retry_after_s)
        return response

    def _refuse(self, status: int, message: str) -> Response:
        return refusal(self.behaviour, status, message)

    async def _refused(self, _: Request, error: Exception) -> Response:
        return self._refuse(getattr(error, "status", 500), str(error))

    async def _no_such_endpoint(self, _: Request, __: Exception) -> Response:
        return self._refuse(404, "no such endpoint")

    def _customer_of(self, scope: Scope, body: bytes) -> str | None:
        return customer_of(self.store, scope, body)

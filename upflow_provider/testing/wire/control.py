"""
The ``/_fake/`` routes of every fake: how another process looks inside it and steers it.

They need no credentials, count for no limit and appear in no log.

=======  ====================  ==================================================================
GET      ``/_fake/state``      counts and sums of what is stored
GET      ``/_fake/requests``   peaks of the request log, and its last requests (``?last=100``)
DELETE   ``/_fake/requests``   forget the log
GET      ``/_fake/faults``     faults still to come
POST     ``/_fake/faults``     add one: a JSON object with the arguments of `Faults.add`
DELETE   ``/_fake/faults``     forget them
PUT      ``/_fake/settings``   change settings: ``latency_s`` ([shortest, longest]) and those of the fake
POST     ``/_fake/act``        do what people do there: ``{"do": "pay_invoice", "with": {"invoice_id": "in_1"}}``
POST     ``/_fake/reset``      forget records, log and faults
=======  ====================  ==================================================================
"""

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from upflow_provider.testing.wire.faults import Faults
from upflow_provider.testing.wire.request_log import Arrival, RequestLog

PREFIX = "/_fake/"
"""What the paths of control routes start with."""


class Fake(Protocol):
    """What the control routes need of a fake."""

    requests: RequestLog
    faults: Faults

    def summary(self) -> dict[str, Any]:
        """Return counts and sums of what is stored, as JSON."""

    def reset(self) -> None:
        """Forget records, log and faults."""

    def act(self, what: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Do something that people do there; `ValueError` for what cannot be done."""

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Change settings of this kind of fake; `ValueError` for an unknown one."""


def control_app(fake: Fake) -> Starlette:
    """Return the ASGI application that answers the control routes of *fake*."""
    routes = _Routes(fake)
    return Starlette(
        routes=[
            Route("/_fake/state", routes.state, methods=["GET"]),
            Route("/_fake/requests", routes.requests, methods=["GET"]),
            Route("/_fake/requests", routes.clear_requests, methods=["DELETE"]),
            Route("/_fake/faults", routes.faults, methods=["GET"]),
            Route("/_fake/faults", routes.add_fault, methods=["POST"]),
            Route("/_fake/faults", routes.clear_faults, methods=["DELETE"]),
            Route("/_fake/settings", routes.settings, methods=["PUT"]),
            Route("/_fake/act", routes.act, methods=["POST"]),
            Route("/_fake/reset", routes.reset, methods=["POST"]),
        ],
        exception_handlers={TypeError: _unusable, ValueError: _unusable, re.error: _unusable},
    )


class _Routes:
    def __init__(self, fake: Fake) -> None:
        self._fake = fake

    async def state(self, _: Request) -> Response:
        return JSONResponse(self._fake.summary())

    async def requests(self, request: Request) -> Response:
        log = self._fake.requests
        last = int(request.query_params.get("last", "100"))
        return JSONResponse(
            {
                "count": len(log),
                "peak_concurrency": log.peak_concurrency(),
                "peak_concurrency_of_one_customer": max(log.peak_concurrency_per_customer().values(), default=0),
                "peak_per_minute": log.peak_per_window(60.0),
                "statuses": _statuses(log),
                "requests": [_shown(arrival) for arrival in list(log)[max(0, len(log) - last) :]],
            }
        )

    async def clear_requests(self, _: Request) -> Response:
        self._fake.requests.clear()
        return Response(status_code=204)

    async def faults(self, _: Request) -> Response:
        return JSONResponse({"faults": [asdict(fault) for fault in self._fake.faults.pending()]})

    async def add_fault(self, request: Request) -> Response:
        return JSONResponse(asdict(self._fake.faults.add(**await request.json())), status_code=201)

    async def clear_faults(self, _: Request) -> Response:
        self._fake.faults.clear()
        return Response(status_code=204)

    async def settings(self, request: Request) -> Response:
        settings = dict(await request.json())
        if latency_s := settings.pop("latency_s", None):
            shortest, longest = latency_s
            self._fake.faults.latency_s = (float(shortest), float(longest))
        self._fake.configure(settings)
        return Response(status_code=204)

    async def act(self, request: Request) -> Response:
        wish = await request.json()
        return JSONResponse(self._fake.act(wish["do"], wish.get("with", {})))

    async def reset(self, _: Request) -> Response:
        self._fake.reset()
        return Response(status_code=204)


async def _unusable(_: Request, error: Exception) -> Response:
    return JSONResponse({"message": str(error)}, status_code=400)


def _shown(arrival: Arrival) -> dict[str, Any]:
    return {key: getattr(arrival, key) for key in ("at", "ended", "method", "path", "query", "customer", "status")}


def _statuses(log: RequestLog) -> dict[str, int]:
    """Count the requests by status; those dropped or still running under ``none``."""
    counts: dict[str, int] = {}
    for arrival in log:
        status = str(arrival.status or "none")
        counts[status] = counts.get(status, 0) + 1
    return counts

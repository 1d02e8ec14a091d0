"""The HTTP side of the fake Salesforce."""

import re
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from upflow_provider.testing.salesforce.answers import answer, refusal, refused
from upflow_provider.testing.salesforce.bulk.bulk_v1 import BulkV1
from upflow_provider.testing.salesforce.bulk.ingest import IngestJobs
from upflow_provider.testing.salesforce.bulk.query_jobs import QueryJobs
from upflow_provider.testing.salesforce.collections import Collections
from upflow_provider.testing.salesforce.describe import describe
from upflow_provider.testing.salesforce.login import Login
from upflow_provider.testing.salesforce.org.objects import ACCOUNT
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError, not_found
from upflow_provider.testing.salesforce.query import Queries
from upflow_provider.testing.salesforce.request import Asked, Handler, token_of
from upflow_provider.testing.salesforce.soap import SoapLogin
from upflow_provider.testing.wire.server import App, Receive, Scope, Send

OLDEST, NEWEST = 31, 68
"""Versions of the API that are served; older ones are retired."""
MAX_URI = 16_384
"""Bytes of path and query of a request, at most."""
_VERSION = re.compile(r"v([1-9]\d?)\.0")


class SalesforceApi:
    """
    Answers requests from what an org holds.

    Args:
        org: The org.

    Attributes:
        app: The ASGI application.
    """

    def __init__(self, org: Org) -> None:
        self._org = org
        endpoints = [
            ("GET", "/limits", self._limits),
            ("GET", "/sobjects/{sobject}/describe", self._describe),
            *Collections(org).routes,
            *Queries(org).routes,
            *IngestJobs(org).routes,
            *QueryJobs(org).routes,
        ]
        routes = [
            Route("/services/oauth2/token", self._token, methods=["POST"]),
            Route("/services/Soap/u/{version}", self._soap, methods=["POST"]),
            Route("/services/data", self._versions, methods=["GET"]),
            *BulkV1(org, self._admit).routes,
            *(
                Route(f"/services/data/{{version}}{path}", self._route(handler), methods=[method])
                for method, path, handler in endpoints
            ),
        ]
        self.app: App = _without_last_slash(
            Starlette(routes=routes, exception_handlers={HTTPException: self._no_such_path})
        )

    def refuse(self, status: int, message: str) -> Response:
        """Return the error answer for a status, whatever was asked for."""
        return self._limited(refusal(status, message))

    def _route(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            asked = Asked(request, await request.body())
            try:
                self._admit(token_of(asked.request), asked.version, asked.request)
                response = self._org.odd_answers.of(_target(request), handler(asked))
            except SalesforceRefusalError as error:
                response = refused(error)
            return self._limited(response)

        return handle

    def _admit(self, token: str, version: str, request: Request) -> None:
        """Check session, version, limits and what goes wrong on demand."""
        self._org.sessions.check(token)
        match = _VERSION.fullmatch(version)
        if match is None or int(match[1]) > NEWEST:
            raise not_found()
        if int(match[1]) < OLDEST:
            raise SalesforceRefusalError(410, "GONE", f"API version {version} is retired")
        if len(request.url.path) + len(request.url.query) > MAX_URI:
            raise SalesforceRefusalError(414, "URI_TOO_LONG", f"URI length exceeds {MAX_URI} bytes")
        if self._org.used_requests >= self._org.daily_requests:
            raise SalesforceRefusalError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self._org.trouble.check_request(_target(request))
        self._org.used_requests += 1

    def _limited(self, response: Response) -> Response:
        usage = f"api-usage={self._org.used_requests}/{self._org.daily_requests}"
        response.headers["Sforce-Limit-Info"] = usage
        return response

    async def _token(self, request: Request) -> Response:
        response = Login(self._org).token(request, await request.body())
        return self._org.odd_answers.of(request.url.path, response)

    async def _soap(self, request: Request) -> Response:
        response = SoapLogin(self._org).answer(request, await request.body())
        return self._org.odd_answers.of(request.url.path, response)

    async def _versions(self, _: Request) -> Response:
        return answer(
            [
                {"label": f"Release {each}", "url": f"/services/data/v{each}.0", "version": f"{each}.0"}
                for each in range(OLDEST, NEWEST + 1)
            ]
        )

    def _limits(self, _: Asked) -> Response:
        left = self._org.daily_requests - self._org.used_requests
        return answer(
            {
                "DailyApiRequests": {"Max": self._org.daily_requests, "Remaining": max(left, 0)},
                "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
                "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
            }
        )

    def _describe(self, asked: Asked) -> Response:
        org, wanted = self._org, asked.part("sobject")
        name, fields, _ = org.readable(wanted)
        if name != wanted:
            raise not_found()
        about = org.about if name == ACCOUNT else {"name": name, "label": name}
        return answer(describe(fields.values(), asked.version, org.url, updateable=org.updateable, about=about))

    async def _no_such_path(self, _: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self.refuse(status, "The requested resource does not exist")


def _target(request: Request) -> str:
    """Return path and query of a request."""
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _without_last_slash(app: App) -> App:
    """Let paths end with a slash, as Salesforce does."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "path": scope["path"].rstrip("/")}, receive, send)

    return handle

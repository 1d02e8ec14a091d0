"""The HTTP side of the fake Stripe."""

import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.billing.outside_payments import OutsidePayments
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, missing, unknown_parameter
from upflow_provider.testing.stripe.billing.resources import RESOURCES
from upflow_provider.testing.stripe.customer_writes import CustomerWrites
from upflow_provider.testing.stripe.expansion import embedded, expanded, expansions, reads
from upflow_provider.testing.stripe.filters import check, equal, wants
from upflow_provider.testing.stripe.limits import StripeLimits
from upflow_provider.testing.stripe.objects.object import API_VERSION, Object, listing
from upflow_provider.testing.stripe.objects.pdf_links import pdf_at
from upflow_provider.testing.stripe.optional_fields import OptionalFields
from upflow_provider.testing.stripe.parameters import FOREVER, event_types, page_size, parse, string, time_range
from upflow_provider.testing.stripe.payment_writes import PaymentWrites
from upflow_provider.testing.stripe.pdf import PdfHost, pdf_route
from upflow_provider.testing.stripe.replays import Replays

_request_ids = itertools.count(1)

Handler = Callable[[Request, dict[str, Any]], Object]


def refusal(status: int, message: str) -> Response:
    """Return one of Stripe's error answers."""
    return _answer(StripeRefusalError(status, message).body, status)


class Access(Protocol):
    """Who may read what, and how often; see `FakeStripe`."""

    api_key: str
    account: str
    limits: StripeLimits
    pdf_host: PdfHost
    forbidden: set[str]
    unwritable: set[str]
    optional: OptionalFields
    outside: OutsidePayments
    replays: Replays
    retry_after: bool
    on_list: Callable[[], None] | None


class StripeApi:
    """
    Answers requests from what an account holds.

    Args:
        account: The account.
        access: Who may read what, and how often.
    """

    def __init__(self, account: Account, access: Access) -> None:
        self._account, self._access = account, access
        paid = PaymentWrites(access.outside, self._shown)
        writes = CustomerWrites(account, lambda customer_id: self._shown("customers", customer_id, []))
        self.app = Starlette(
            routes=[
                pdf_route(account, access),
                Route("/v1/account", self._route(self._show_account), methods=["GET"]),
                Route("/v1/events", self._route(self._events), methods=["GET"]),
                Route("/v1/customers", self._route(writes.create_customer), methods=["POST"]),
                Route("/v1/customers/{id:path}", self._route(writes.update_customer), methods=["POST"]),
                Route("/v1/customers/{id:path}", self._route(writes.delete_customer), methods=["DELETE"]),
                Route("/v1/invoices/{id}/pay", self._route(paid.pay), methods=["POST"]),
                Route("/v1/invoices/{id}/attach_payment", self._route(paid.attach), methods=["POST"]),
                Route("/v1/payment_records/report_payment", self._route(paid.report_payment), methods=["POST"]),
                Route("/v1/payment_records/{id}/report_refund", self._route(paid.report_refund), methods=["POST"]),
                Route("/v1/{resource}", self._route(self._list), methods=["GET"]),
                Route("/v1/{resource}/{id:path}", self._route(self._retrieve), methods=["GET"]),
            ],
            exception_handlers={HTTPException: _no_such_path},
        )

    def _route(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            text = (await request.body()).decode() if request.method == "POST" else request.url.query
            try:
                self._admit(request)
                return self._once(request, text, lambda: self._access.optional.shown(handler(request, parse(text))))
            except StripeRefusalError as error:
                response = _answer(error.body, error.status)
                if error.status == 429:  # noqa: PLR2004 - HTTP
                    response.headers["Stripe-Rate-Limited-Reason"] = error.body["error"]["reason"]
                    if self._access.retry_after:
                        response.headers["Retry-After"] = "1"
                return response

        return handle

    def _admit(self, request: Request) -> None:
        """Check key, version, account, permission and limits."""
        if request.headers.get("authorization") != f"Bearer {self._access.api_key}":
            raise StripeRefusalError(401, "Invalid API Key provided")
        if request.headers.get("stripe-version", API_VERSION) != API_VERSION:
            raise StripeRefusalError(400, "Invalid Stripe API version")
        if request.headers.get("stripe-account", self._access.account) != self._access.account:
            raise StripeRefusalError(
                403, "The provided key does not have access to that account", code="account_invalid"
            )
        resource = request.url.path.split("/")[2]
        self._permit({resource}, "read" if request.method == "GET" else "write")
        route = f"{request.method} /v1/{resource}{'/{id}' if 'id' in request.path_params else ''}"
        if reason := self._access.limits.exceeded(route):
            raise StripeRefusalError(429, "Too many requests", code="rate_limit", reason=reason)

    def _permit(self, resources: set[str], what: str = "read") -> None:
        """Refuse a request that needs a permission which the key lacks; a list is refused as a whole."""
        forbidden = self._access.forbidden | (self._access.unwritable if what == "write" else set())
        if lacking := sorted(resources & forbidden):
            permission = f"rak_{lacking[0].rstrip('s')}_{what}"
            raise StripeRefusalError(403, f"The provided key does not have the required permission {permission}")

    def _once(self, request: Request, text: str, handle: Callable[[], Object]) -> Response:
        """Answer a repeated POST as it was answered the first time."""
        key = request.headers.get("idempotency-key")
        if key is None or request.method != "POST":
            return _answer(handle())
        (status, body), headers = self._access.replays.answer(key, f"{request.url.path} {text}", handle)
        response = _answer(body, status)
        response.headers.update(headers)
        return response

    def _show_account(self, _: Request, params: dict[str, Any]) -> Object:
        for name in params:
            raise unknown_parameter(name)
        return {"id": self._access.account, "object": "account"}

    def _list(self, request: Request, params: dict[str, Any]) -> Object:
        resource = request.path_params["resource"]
        if resource not in RESOURCES:
            raise StripeRefusalError(404, "Unrecognized request URL")
        params = _flat(params)
        check(RESOURCES[resource], params)
        return self._page(resource, params, wants(RESOURCES[resource], params))

    def _events(self, _: Request, params: dict[str, Any]) -> Object:
        kinds = event_types(params)
        check(RESOURCES["events"], params)

        def wanted(obj: Object) -> bool:
            return not kinds or any(_is_kind(obj["type"], kind) for kind in kinds)

        return self._page("events", params, wanted, until=self._account.events_until())

    def _page(
        self, resource: str, params: dict[str, Any], wanted: Callable[[Object], bool], until: int = FOREVER
    ) -> Object:
        collection, expand = self._account.store.collection(resource), expansions(resource, params, in_list=True)
        self._permit(reads(resource, expand))
        first, last = time_range("created", params.get("created"))
        size = page_size(params)
        if self._access.on_list:
            self._access.on_list()
        after = string("starting_after", params["starting_after"]) if "starting_after" in params else None
        if after is not None and after not in collection:
            raise missing(resource, after, "starting_after", 400)
        data: list[Object] = []
        wanted_ids = collection.newest_first(
            after=after, earliest=first, latest=min(last, until), equal=equal(RESOURCES[resource], params)
        )
        for object_id in wanted_ids:
            obj = collection.shown(object_id)
            if not wanted(obj) or RESOURCES[resource].is_hidden(obj, params):
                continue
            if len(data) == size:
                return listing(f"/v1/{resource}", data, has_more=True)
            data.append(self._rendered(resource, obj, expand))
        return listing(f"/v1/{resource}", data)

    def _retrieve(self, request: Request, params: dict[str, Any]) -> Object:
        resource, object_id = request.path_params["resource"], request.path_params["id"]
        if resource not in RESOURCES:
            raise StripeRefusalError(404, "Unrecognized request URL")
        for name in params.keys() - {"expand"}:
            raise unknown_parameter(name)
        expand = expansions(resource, params, in_list=False)
        self._permit(reads(resource, expand))
        return self._shown(resource, object_id, expand)

    def _shown(self, resource: str, object_id: str, expand: list[str]) -> Object:
        collection = self._account.store.collection(resource)
        if object_id in collection:
            return self._rendered(resource, collection.shown(object_id), expand)
        if resource == "customers" and object_id in collection.gone:
            return collection.gone[object_id]
        raise missing(resource, object_id)

    def _rendered(self, resource: str, obj: Object, expand: list[str]) -> Object:
        obj = embedded(self._account.store, resource, obj, expand)
        return pdf_at(self._account.url, expanded(resource, obj, expand, self._shown), self._account.now())


def _flat(params: dict[str, Any]) -> dict[str, Any]:
    """Return parameters with those of ``payment`` by their whole names, such as ``payment[type]``."""
    inside = params.pop("payment", {})
    if not isinstance(inside, dict):
        raise StripeRefusalError(400, "Invalid object", param="payment")
    return {**params, **{f"payment[{name}]": value for name, value in inside.items()}}


def _is_kind(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted.removesuffix("*")) if wanted.endswith("*") else kind == wanted


def _answer(body: Object, status: int = 200) -> Response:
    return Response(
        json.dumps(body),
        status,
        {"Request-Id": f"req_{next(_request_ids)}", "Stripe-Version": API_VERSION},
        "application/json",
    )


async def _no_such_path(_: Request, __: Exception) -> Response:
    return refusal(404, "Unrecognized request URL")

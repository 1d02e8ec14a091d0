"""What the routes of the fake Upflow share: reading bodies and query parameters, answering pages."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from upflow_provider.testing.upflow.behaviour import Behaviour
from upflow_provider.testing.upflow.records.refusal import RefusedError, explain
from upflow_provider.testing.upflow.records.store import Store

PAGING = "offset|limit"
"""The query parameters of every list, as a regular expression."""

MAX_LIMITS = {"customers": 1_000, "dunning_plans": 200}
"""Largest page of a list where it is not `MAX_LIMIT`."""

MAX_LIMIT = 500
BodyT = TypeVar("BodyT", bound=BaseModel)


class Holder(Protocol):
    """What routes need of the fake."""

    store: Store
    behaviour: Behaviour
    on_page: Callable[[], None] | None


class Endpoint(NamedTuple):
    """
    One endpoint of the API.

    Attributes:
        method: HTTP method.
        path: Path below ``/v1``, with placeholders in braces.
        handle: Answers a request.
        parameters: Regular expression of the query parameters it takes.
    """

    method: str
    path: str
    handle: Callable[[Holder, Request], Awaitable[Response]]
    parameters: str = ""

    @property
    def collection(self) -> str:
        """The last word of the path."""
        return next(word for word in reversed(self.path.split("/")) if not word.startswith("{"))


async def read(request: Request, model: type[BodyT]) -> BodyT:
    """
    Read and check a JSON body.

    Raises:
        RefusedError: It is not JSON, or not what *model* asks for.
    """
    body = await request.body()
    if body and not request.headers.get("content-type", "").startswith("application/json"):
        raise RefusedError("Content-Type: must be application/json")
    try:
        return model.model_validate_json(body or b"null")
    except ValidationError as error:
        raise RefusedError(explain(error)) from error


def checked(value: object, model: type[BodyT]) -> BodyT:
    """
    Return a body that was read, as what *model* asks for.

    Raises:
        RefusedError: It is something else.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise RefusedError(explain(error)) from error


def check_parameters(request: Request, allowed: str) -> None:
    """
    Refuse query parameters that do not match *allowed*; the vendor ignores them, which hides mistakes.

    Raises:
        RefusedError: There is one.
    """
    for name in request.query_params:
        if not re.fullmatch(allowed, name):
            raise RefusedError(f"{name}: unknown query parameter")


def page(
    fake: Holder, request: Request, collection: str, records: Iterable[Any], show: Callable[[Any], Any]
) -> Response:
    """
    Answer one page of a list, shown by *show*.

    Raises:
        RefusedError: Offset or limit is not a number, or out of bounds.
    """
    found = list(records)
    offset = _number(request.query_params, "offset", 0, low=0)
    maximum = MAX_LIMITS.get(collection, MAX_LIMIT)
    limit = _number(request.query_params, "limit", fake.behaviour.default_limit, low=1, high=maximum)
    size = min(limit, fake.behaviour.largest_page or limit)
    shown = [show(record) for record in islice(found, offset, offset + size)]
    key = fake.behaviour.list_keys.get(collection, "items")
    if fake.on_page:
        fake.on_page()
    return JSONResponse({"offset": offset, "limit": limit, "total": len(found), key: shown})


def refusal(behaviour: Behaviour, status: int, message: str) -> Response:
    """Return the answer that says no, in the shape and the words that *behaviour* asks for."""
    text = behaviour.error_text.replace("{message}", message)
    if behaviour.error_body == "text":
        return PlainTextResponse(text.encode(errors="surrogatepass"), status_code=status)
    body = json.dumps({behaviour.error_body: text})  # in ASCII, so that half of a character can be said
    return Response(body, status_code=status, media_type="application/json")


def deleted(fake: Holder) -> Response:
    """Answer a deletion that succeeded."""
    if fake.behaviour.delete_status == 204:  # noqa: PLR2004 - HTTP's own number
        return Response(status_code=204)
    return JSONResponse({})


def _number(parameters: Mapping[str, str], name: str, default: int, *, low: int, high: int | None = None) -> int:
    text = parameters.get(name, str(default))
    if not text.isdecimal() or int(text) < low or (high is not None and int(text) > high):
        upper = "" if high is None else f" and at most {high}"
        raise RefusedError(f"{name}: must be a number of at least {low}{upper}")
    return int(text)

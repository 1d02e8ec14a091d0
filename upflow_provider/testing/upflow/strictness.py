"""Fields that the fake Upflow refuses one by one, and answers that do not show what is stored."""

import json
import re
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from upflow_provider.testing.upflow.behaviour import Behaviour
from upflow_provider.testing.upflow.records.refusal import RefusedError

_DAY = slice(0, len("2026-11-29"))


async def check(behaviour: Behaviour, collection: str, request: Request) -> None:
    """
    Refuse what *behaviour* refuses although its type is right.

    Args:
        behaviour: How the fake behaves.
        collection: Last word of the endpoint's path.
        request: The request; a body that is no JSON object is left to its endpoint.

    Raises:
        RefusedError: A field is refused, a text too long, or a due date too early.
    """
    body = _json(await request.body())
    if not isinstance(body, dict):
        return
    values = list(_values(body))
    for each in behaviour.refused_fields:
        if each.collection == collection:
            for path, value in values:
                if re.sub(r"\.\d+", "", path) == each.field and re.search(each.values, str(value)):
                    raise RefusedError(f"{path}: {each.says.replace('{value}', str(value))}", each.status)
    longest = behaviour.longest_text
    for path, value in values:
        if longest is not None and isinstance(value, str) and len(value) > longest and path != "data":
            raise RefusedError(f"{path}: must not exceed {longest} characters")
    issued, due = body.get("issuedAt"), body.get("dueDate")
    if behaviour.early_due_date == "refused" and issued and due and due[_DAY] < issued[_DAY]:
        raise RefusedError("dueDate: must not be before issuedAt")


def changed(behaviour: Behaviour, collection: str, response: Response) -> Response:
    """Return an answer, with the fields that *behaviour* shows in it whatever is stored."""
    fields = behaviour.answered_fields.get(collection)
    answer = _json(bytes(response.body)) if fields else None
    if not fields or not isinstance(answer, dict):
        return response
    shown = json.dumps({**answer, **fields})  # in ASCII, so that half of a character can be shown
    return Response(shown, response.status_code, media_type="application/json")


def _values(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """Yield the path and the value of everything in a body, objects and lists included."""
    if path:
        yield path, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _values(each, f"{path}.{key}" if path else str(key))


def _json(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None

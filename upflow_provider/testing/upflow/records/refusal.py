"""How the fake Upflow says no."""

import json

from pydantic import ValidationError
from starlette.responses import PlainTextResponse, Response

from upflow_provider.testing.upflow.behaviour import Behaviour


class RefusedError(Exception):
    """
    A request that is not granted.

    Attributes:
        status: HTTP status of the answer.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def refusal(behaviour: Behaviour, status: int, message: str) -> Response:
    """Return the answer that says no, in the shape that *behaviour* asks for."""
    if behaviour.error_body == "text":
        return PlainTextResponse(message, status_code=status)
    body = json.dumps({behaviour.error_body: message})
    return Response(body, status_code=status, media_type="application/json")


def explain(error: ValidationError) -> str:
    """Name every wrong field and what is wrong with it, never its value."""
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'body'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    )

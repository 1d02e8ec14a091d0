"""How the fake Upflow says no."""

from pydantic import ValidationError


class RefusedError(Exception):
    """
    A request that is not granted.

    Attributes:
        status: HTTP status of the answer.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def explain(error: ValidationError) -> str:
    """Name every wrong field and what is wrong with it, never its value."""
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'body'}: {problem['msg']}"
        for problem in error.errors(include_url=False, include_context=False, include_input=False)
    )

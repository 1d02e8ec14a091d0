"""What Stripe's answers must look like: a list, or one object; anything else was not meant for us."""

from __future__ import annotations

from typing import Any, TypeGuard

from upflow_provider.clients.stripe.errors import CutAnswerError
from upflow_provider.records.page import Record


def one_list(answer: Any, call: str) -> Record:  # noqa: ANN401 - any JSON
    """
    Return an answer that is a list of records (https://docs.stripe.com/api/pagination).

    Args:
        answer: The content of the answer.
        call: Method and path, for the message.

    Raises:
        CutAnswerError: It is anything else; a proxy, a cache or a failing server may have sent it.
    """
    if not _is_object(answer) or answer["object"] != "list":
        raise _unusable(call, "a list", _kind(answer))
    if not isinstance(answer.get("data"), list) or not isinstance(answer.get("has_more"), bool):
        raise _unusable(call, "a list", "a list without data or without has_more")
    if answer["has_more"] and not answer["data"]:
        raise _unusable(call, "a list", "a list that is empty and has more")
    if not all(isinstance(record, dict) for record in answer["data"]):
        raise _unusable(call, "a list", "a list of something else than records")
    return answer


def one_object(answer: Any, call: str) -> Record:  # noqa: ANN401 - any JSON
    """
    Return an answer that is one record, whatever its id, or the rest of a deleted one.

    Args:
        answer: The content of the answer.
        call: Method and path, for the message.

    Raises:
        CutAnswerError: It is anything else.
    """
    if not _is_object(answer) or answer["object"] == "list":
        raise _unusable(call, "one record", _kind(answer))
    return answer


def _is_object(answer: Any) -> TypeGuard[Record]:  # noqa: ANN401 - any JSON
    return isinstance(answer, dict) and isinstance(answer.get("object"), str)


def _kind(answer: Any) -> str:  # noqa: ANN401 - any JSON
    """Return what an answer is, without its values."""
    if not isinstance(answer, dict):
        return f"JSON of type {type(answer).__name__}"
    if not answer:
        return "an empty object"
    kind = answer.get("object")
    known = isinstance(kind, str) and kind.replace("_", "").isalpha()
    return f"an object of type {str(kind)[:40]}" if known else "an object without a type"


def _unusable(call: str, wanted: str, found: str) -> CutAnswerError:
    return CutAnswerError(
        f"{call}: expected {wanted}, but got {found}; if it persists, check the connection's host and any proxy between"
    )

"""The formats of Upflow's answers (one record, one list or one link), and lists read page by page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from upflow_provider.errors import ProtocolError
from upflow_provider.records.page import NO_ID
from upflow_provider.records.text import is_id

log = logging.getLogger(__name__)

Answer = dict[str, Any]
"""One record as Upflow answers it."""


def one_record(answer: Any, what: str) -> Answer:  # noqa: ANN401 - any JSON
    """
    Return an answer that is a record.

    An outstanding amount that is not a whole number is None, as if it were unknown. So is an id that cannot be stored.
    Whether the id of a single record can be used is for the caller to say.

    Args:
        answer: The answer.
        what: Method and path, for messages.

    Raises:
        ProtocolError: It is not a record.
    """
    if not isinstance(answer, dict) or "id" not in answer:
        raise ProtocolError(f"{what}: the answer is not a record with an id; check the connection's host")
    return _checked(answer)


def one_list(answer: Any, what: str) -> list[Answer]:  # noqa: ANN401 - any JSON
    """
    Return the only list in an answer; its property has a different name at each endpoint.

    A record without a usable id, or something that is no record at all, has the id `NO_ID`: it concerns no other.

    Args:
        answer: The answer.
        what: Method and path, for messages.

    Raises:
        ProtocolError: There is not exactly one list, or nothing in it is a record.
    """
    properties = answer.values() if isinstance(answer, dict) else [answer]
    lists = [each for each in properties if isinstance(each, list)]
    if len(lists) != 1:
        raise ProtocolError(f"{what}: expected one list in the answer, found {len(lists)}")
    if lists[0] and not any(isinstance(each, dict) for each in lists[0]):
        one_record(lists[0][0], what)  # which it is not: somebody else than Upflow has answered
    found = [_checked(each) if isinstance(each, dict) else {} for each in lists[0]]
    return [each if is_id(each.get("id")) else {**each, "id": NO_ID} for each in found]


def one_link(answer: Any, what: str) -> str:  # noqa: ANN401 - any JSON
    """
    Return the only https URL in an answer; the name of its property is not documented.

    Args:
        answer: The answer.
        what: Method and path, for messages.

    Raises:
        ProtocolError: There is not exactly one. The message repeats none, because they are secrets.
    """
    links = [text for text in _texts(answer) if text.startswith("https://")]
    if len(links) != 1:
        raise ProtocolError(f"{what}: expected one https URL in the answer, found {len(links)}")
    return links[0]


def records(read: Callable[[int], Any], what: str, size: int, *, with_unnamed: bool = False) -> Iterator[Answer]:
    """
    Yield every record of a list once.

    Those without a usable id are left out, with a line in the log, unless they are wanted.

    There is no cursor. A record that is created meanwhile shifts the pages, so that another one is read
    twice; a record that is deleted meanwhile may hide another one until the next listing.

    If the answers give a total, it decides when the list has ended: a page may be short only because the
    vendor allows fewer records at a time than we ask for. Without a total, a short page is the last one.

    Args:
        read: Returns the answer with the page at an offset.
        what: Method and path, for messages.
        size: Records asked for at a time.
        with_unnamed: Whether to yield records without a usable id; theirs is `NO_ID`.

    Raises:
        ProtocolError: An answer is not a list, or the list repeats itself.
    """
    seen: set[str] = set()
    offset = 0
    while True:
        answer = read(offset)
        page = one_list(answer, what)
        unnamed = [each for each in page if each["id"] == NO_ID]
        new = {each["id"]: each for each in page if each["id"] != NO_ID and each["id"] not in seen}
        seen.update(new)
        yield from new.values()
        if with_unnamed:
            yield from unnamed
        elif unnamed:
            log.warning("%s: %d records of the list have no usable id and are left out", what, len(unnamed))
        offset += len(page)
        total = answer.get("total") if isinstance(answer, dict) else None
        told: int | None = total if type(total) is int else None  # true is an `int`, too
        if len(page) < size if told is None else offset >= told:
            return
        if not new and (told is None or not unnamed):
            raise ProtocolError(f"{what}: nothing new at offset {offset - len(page)}, total {total}")


def _checked(answer: Answer) -> Answer:
    """Return a record whose outstanding amount is a whole number or None."""
    if type(answer.get("amountOutstanding")) is not int:  # true is an `int`, too
        return {**answer, "amountOutstanding": None} if "amountOutstanding" in answer else answer
    return answer


def _texts(answer: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield every text within a JSON value, except keys."""
    if isinstance(answer, str):
        yield answer
    for value in answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ():
        yield from _texts(value)

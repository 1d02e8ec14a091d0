"""The formats of Upflow's answers (one record, one list or one link), and lists read page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from upflow_provider.errors import ProtocolError

Answer = dict[str, Any]
"""One record as Upflow answers it."""


def one_record(answer: Any, what: str) -> Answer:  # noqa: ANN401 - any JSON
    """
    Return an answer that is a record.

    An outstanding amount that is not a whole number is None, as if it were unknown. So is an id that cannot be stored.

    Args:
        answer: The answer.
        what: Method and path, for messages.

    Raises:
        ProtocolError: It is not a record.
    """
    if not isinstance(answer, dict) or "id" not in answer:
        raise ProtocolError(f"{what}: the answer is not a record with an id; check the connection's host")
    if type(answer.get("amountOutstanding")) is not int:  # true is an `int`, too
        return {**answer, "amountOutstanding": None} if "amountOutstanding" in answer else answer
    return answer


def one_list(answer: Any, what: str) -> list[Answer]:  # noqa: ANN401 - any JSON
    """
    Return the only list in an answer; its property has a different name at each endpoint.

    Args:
        answer: The answer.
        what: Method and path, for messages.

    Raises:
        ProtocolError: There is not exactly one list, or it does not hold records with ids.
    """
    properties = answer.values() if isinstance(answer, dict) else [answer]
    lists = [each for each in properties if isinstance(each, list)]
    if len(lists) != 1:
        raise ProtocolError(f"{what}: expected one list in the answer, found {len(lists)}")
    found = [one_record(each, what) for each in lists[0]]
    if any(each["id"] is None for each in found):
        raise ProtocolError(f"{what}: the list has a record whose id is null, or cannot be stored")
    return found


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


def records(read: Callable[[int], Any], what: str, size: int) -> Iterator[Answer]:
    """
    Yield every record of a list once.

    There is no cursor. A record that is created meanwhile shifts the pages, so that another one is read
    twice; a record that is deleted meanwhile may hide another one until the next listing.

    If the answers give a total, it decides when the list has ended: a page may be short only because the
    vendor allows fewer records at a time than we ask for. Without a total, a short page is the last one.

    Args:
        read: Returns the answer with the page at an offset.
        what: Method and path, for messages.
        size: Records asked for at a time.

    Raises:
        ProtocolError: An answer is not a list, or the list repeats itself.
    """
    seen: set[str] = set()
    offset = 0
    while True:
        answer = read(offset)
        page = one_list(answer, what)
        new = {each["id"]: each for each in page if each["id"] not in seen}
        seen.update(new)
        yield from new.values()
        offset += len(page)
        total = answer.get("total") if isinstance(answer, dict) else None
        if offset >= total if isinstance(total, int) else len(page) < size:
            return
        if not new:
            raise ProtocolError(f"{what}: nothing new at offset {offset - len(page)}, total {total}")


def _texts(answer: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield every text within a JSON value, except keys."""
    if isinstance(answer, str):
        yield answer
    for value in answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ():
        yield from _texts(value)

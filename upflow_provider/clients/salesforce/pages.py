"""
Pages of a query, to the last record.

Later pages are asked for by a locator, which ends with its session, or when Salesforce needs the room
(https://developer.salesforce.com, REST API, Query: ``INVALID_QUERY_LOCATOR``). Then the query starts again. A list
that is shorter than it says is not believed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from upflow_provider.clients.salesforce.answers import REMEDY, member
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.errors import ProtocolError, RefusedError, RetriableError

log = logging.getLogger(__name__)

BEGINNINGS_MAX = 3
"""How many times a query is begun that does not come to its end."""
CALL = "GET /query"

Record = Mapping[str, Any]


class _CutShortError(Exception):
    """The pages ended before the last record."""


def pages(http: SalesforceHttp, soql: str, *, deleted: bool = False) -> Iterator[Sequence[Record]]:
    """
    Yield the pages of a query; if it has to begin again, without the records that were yielded before.

    Args:
        http: Sends the requests.
        soql: The query; it selects ``Id``.
        deleted: Whether deleted records count, too.

    Raises:
        RefusedError: The query is wrong.
        ProtocolError: An answer is none to a query.
        RetriableError: The query never came to its end.
    """
    seen: set[str] = set()
    problem = ""
    for beginning in range(BEGINNINGS_MAX):
        try:
            for records in _pages(http, soql, "/queryAll" if deleted else "/query"):
                new = [each for each in records if each["Id"] not in seen]
                seen.update(each["Id"] for each in new)
                if new or not beginning:
                    yield new
        except _CutShortError as error:
            problem = str(error)
            log.warning("%s; starting the query again", problem)
        else:
            return
    raise RetriableError(f"{problem} (the query was started {BEGINNINGS_MAX} times)")


def _pages(http: SalesforceHttp, soql: str, path: str) -> Iterator[Sequence[Record]]:
    """Yield the pages of a query as they come."""
    answer = http.get(path, {"q": soql})
    number, paths = 0, set[str]()
    while True:
        records = _records(answer)
        number += len(records)
        yield records
        if member(answer, "done", bool, CALL):
            break
        path = _next_path(answer)
        if path in paths:
            raise ProtocolError(f"{CALL}: the answer names the same next page again, so that there is no end; {REMEDY}")
        paths.add(path)
        try:
            answer = http.get(path)
        except RefusedError as error:  # the query was not refused, so that this is about the locator
            raise _CutShortError(str(error)) from None
    total = answer.get("totalSize")
    if isinstance(total, int) and number < total:
        raise _CutShortError(f"{CALL}: got {number} of {total} records, although the answer says that these are all")


def _records(answer: Record) -> Sequence[Record]:
    records: list[Record] = member(answer, "records", list, CALL)
    if not all(isinstance(each, dict) and isinstance(each.get("Id"), str) for each in records):
        raise ProtocolError(f"{CALL}: the answer has records that are not objects with an Id; {REMEDY}")
    return records


def _next_path(answer: Record) -> str:
    path = member(answer, "nextRecordsUrl", str, CALL)
    if not path.startswith("/services/data/"):
        raise ProtocolError(f"{CALL}: the address of the next page is not one of Salesforce's API; {REMEDY}")
    return path

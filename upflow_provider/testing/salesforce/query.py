"""Queries of the fake Salesforce that are answered in JSON, page by page."""

import itertools
import re
from typing import Any

from starlette.responses import Response

from upflow_provider.testing.salesforce.answers import answer
from upflow_provider.testing.salesforce.collections import attributes
from upflow_provider.testing.salesforce.org.fields import Field
from upflow_provider.testing.salesforce.org.ids import numbered
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError
from upflow_provider.testing.salesforce.org.soql import parse, sobject_in
from upflow_provider.testing.salesforce.org.values import to_json
from upflow_provider.testing.salesforce.request import Asked, Handler, token_of

_SIZE = re.compile(r"batchSize=(\d+)")
MIN_PAGE = 200
"""Least records in a page that a client can ask for."""


class Queries:
    """
    Answers those requests.

    A query finds its Accounts once; later pages tell what they hold by then. They end with the session that they were
    begun in.

    Args:
        org: The org.
    """

    def __init__(self, org: Org) -> None:
        self._org = org
        self._cursors: dict[str, tuple[list[Field], list[str], int, str]] = {}
        self._openers: dict[str, str] = {}
        self._numbers = itertools.count(1)

    @property
    def routes(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of each endpoint."""
        return [
            ("GET", "/query", self._first),
            ("GET", "/queryAll", self._first_of_all),
            ("GET", "/query/{cursor}", self._next),
            ("GET", "/queryAll/{cursor}", self._next),
        ]

    def _first(self, asked: Asked, *, deleted: bool = False) -> Response:
        text = asked.request.query_params.get("q", "")
        sobject, fields, records = self._org.readable(sobject_in(text))
        selection = parse(text, fields, sobject)
        ids = selection.ids(records, deleted=deleted, unshared=self._org.unshared)
        if not selection.fields:
            return answer({"totalSize": len(ids), "done": True, "records": []})
        cursor = numbered("01g", next(self._numbers))
        self._cursors[cursor] = selection.fields, ids, self._page_size(asked), sobject
        self._openers[cursor] = token_of(asked.request)
        return self._page(asked, cursor, 0)

    def _first_of_all(self, asked: Asked) -> Response:
        return self._first(asked, deleted=True)

    def _next(self, asked: Asked) -> Response:
        cursor, _, start = asked.part("cursor").partition("-")
        if self._openers.get(cursor) != token_of(asked.request) or not start.isdecimal():
            raise SalesforceRefusalError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(asked, cursor, int(start))

    def _page(self, asked: Asked, cursor: str, start: int) -> Response:
        fields, ids, size, sobject = self._cursors[cursor]
        end = start + size
        body: dict[str, Any] = {"totalSize": len(ids), "done": end >= len(ids)}
        if not body["done"]:
            body["nextRecordsUrl"] = f"/services/data/{asked.version}/query/{cursor}-{end}"
        _, _, accounts = self._org.readable(sobject)
        body["records"] = [
            {
                "attributes": attributes(asked.version, each, sobject),
                **{field["name"]: to_json(field, accounts[each].get(field["name"])) for field in fields},
            }
            for each in ids[start:end]
        ]
        return answer(body)

    def _page_size(self, asked: Asked) -> int:
        wanted = _SIZE.search(asked.request.headers.get("sforce-query-options", ""))
        return min(max(int(wanted[1]), MIN_PAGE), self._org.page_size) if wanted else self._org.page_size

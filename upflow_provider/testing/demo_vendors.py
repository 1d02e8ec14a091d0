"""The two fakes as any client sees them, and what their control routes tell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from upflow_provider.testing.demo_http import AnswerError, Server

WRITES = ("POST", "PUT", "PATCH", "DELETE")
TOO_MANY_REQUESTS = 429


class Stripe(Server):
    """
    A Stripe API.

    Args:
        url: Root URL.
        key: Secret key.
    """

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, {"Authorization": f"Bearer {key}"})

    def records(self, resource: str) -> Iterator[dict[str, Any]]:
        """Yield all records of a resource (https://docs.stripe.com/api/pagination)."""
        after: dict[str, str] = {}
        while True:
            page = self.get(f"/v1/{resource}", limit=100, **after)
            yield from page["data"]
            if not page["has_more"]:
                return
            after = {"starting_after": page["data"][-1]["id"]}


class Upflow(Server):
    """
    A fake Upflow.

    Args:
        url: Root URL.
        key: API key.
        secret: API secret.
    """

    def __init__(self, url: str, key: str, secret: str) -> None:
        super().__init__(url, {"X-Api-Key": key, "X-Api-Secret": secret})

    def records(self, collection: str) -> Iterator[dict[str, Any]]:
        """Yield all records of a collection; waits when the budget of requests is used up."""
        offset = 0
        while True:
            page = self._page(collection, offset)
            records = next(value for value in page.values() if isinstance(value, list))
            yield from records
            offset += len(records)
            if not records or offset >= page["total"]:
                return

    def requests(self, last: int = 0) -> dict[str, Any]:
        """Return the fake's log of requests: how many, their peaks, and the *last* ones."""
        log: dict[str, Any] = self.get("/_fake/requests", last=last)
        return log

    def writes_since(self, count: int) -> int:
        """Return how many requests after the first *count* wanted to change something."""
        log = self.requests(last=self.requests()["count"] - count)
        return sum(request["method"] in WRITES for request in log["requests"])

    def _page(self, collection: str, offset: int) -> dict[str, Any]:
        while True:
            try:
                page: dict[str, Any] = self.get(f"/v1/{collection}", offset=offset, limit=500)
            except AnswerError as error:
                if error.status != TOO_MANY_REQUESTS:
                    raise
                time.sleep(1.0)
            else:
                return page

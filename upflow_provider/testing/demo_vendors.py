"""The two fakes as any client sees them, and what their control routes tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from upflow_provider.testing.demo_errors import DemoError
from upflow_provider.testing.demo_http import AnswerError, Server

START_S = 30.0
"""Seconds a fake has to start."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")
TOO_MANY_REQUESTS = 429


class Fake(Server):
    """A fake vendor; see `upflow_provider.testing.control` for its ``/_fake/`` routes."""

    def wait_until_up(self, alive: Callable[[], None]) -> None:
        """
        Wait for the server; *alive* raises when its process has ended.

        Raises:
            DemoError: It did not come up in time.
        """
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            alive()
            try:
                self.state()
            except AnswerError:
                time.sleep(0.1)
            else:
                return
        raise DemoError(f"the fakes did not start within {START_S:.0f} s")

    def state(self) -> dict[str, Any]:
        """Return counts and sums of what it holds."""
        state: dict[str, Any] = self.get("/_fake/state")
        return state

    def requests(self, last: int = 0) -> dict[str, Any]:
        """Return its log of requests: how many, their peaks, and the *last* ones."""
        log: dict[str, Any] = self.get("/_fake/requests", last=last)
        return log


class Stripe(Fake):
    """
    The fake Stripe.

    Args:
        url: Root URL.
        key: Secret key.
        sleep: Waits that many seconds.
    """

    def __init__(self, url: str, key: str, *, sleep: Callable[[float], object] = time.sleep) -> None:
        super().__init__(url, {"Authorization": f"Bearer {key}"})
        self.key = key
        self._sleep = sleep

    def act(self, what: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON
        """Do what people do in Stripe; see `FakeStripe.act`."""
        self.call("POST", "/_fake/act", {"do": what, "with": arguments})

    def records(self, resource: str) -> Iterator[dict[str, Any]]:
        """Yield all records of a resource (https://docs.stripe.com/api/pagination); waits when there are too many."""
        after: dict[str, str] = {}
        while True:
            page = patiently(partial(self.get, f"/v1/{resource}", limit=100, **after), self._sleep)
            yield from page["data"]
            if not page["has_more"]:
                return
            after = {"starting_after": page["data"][-1]["id"]}


class Upflow(Fake):
    """
    The fake Upflow.

    Args:
        url: Root URL.
        key: API key.
        secret: API secret.
        sleep: Waits that many seconds.
    """

    def __init__(self, url: str, key: str, secret: str, *, sleep: Callable[[float], object] = time.sleep) -> None:
        super().__init__(url, {"X-Api-Key": key, "X-Api-Secret": secret})
        self.key, self.secret = key, secret
        self._sleep = sleep

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

    def counts(self) -> dict[str, int]:
        """Return how many records of each stream it holds."""
        state = self.state()
        invoices = sum(total["count"] for total in state["invoices"].values())
        return {"customers": state["customers"]["count"], "invoices": invoices}

    def writes_since(self, count: int) -> int:
        """Return how many requests after the first *count* wanted to change something."""
        log = self.requests(last=self.requests()["count"] - count)
        return sum(request["method"] in WRITES for request in log["requests"])

    def _page(self, collection: str, offset: int) -> dict[str, Any]:
        return patiently(partial(self.get, f"/v1/{collection}", offset=offset, limit=500), self._sleep)


def patiently(ask: Callable[[], dict[str, Any]], sleep: Callable[[float], object]) -> dict[str, Any]:
    """Return an answer, however often there were too many requests before."""
    while True:
        try:
            return ask()
        except AnswerError as error:
            if error.status != TOO_MANY_REQUESTS:
                raise
            sleep(1.0)

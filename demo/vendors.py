"""Clients of the three fakes: of the vendors' APIs, and of the fakes' control routes."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from demo.errors import DemoError
from demo.http import AnswerError, Server
from upflow_provider.testing.connections import to_salesforce, to_stripe, to_upflow
from upflow_provider.testing.seed.salesforce_accounts import field_of

START_S = 30.0
"""Seconds a fake has to start."""
WRITES = ("POST", "PUT", "PATCH", "DELETE")
TOO_MANY_REQUESTS = 429


class Fake(Server, ABC):
    """A fake vendor; see `upflow_provider.testing.wire.control` for its ``/_fake/`` routes."""

    def wait_until_up(self, alive: Callable[[], None]) -> None:
        """
        Wait until the server answers; *alive* raises an error when its process has ended.

        Raises:
            DemoError: It did not answer in time.
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

    @property
    @abstractmethod
    def connection(self) -> dict[str, Any]:
        """Airflow's connection to it, in the form of Airflow's REST API."""

    def act(self, what: str, **arguments: Any) -> Any:  # noqa: ANN401 - JSON
        """Do something that people do at the vendor; see the method ``act`` of the fake."""
        return self.call("POST", "/_fake/act", {"do": what, "with": arguments})

    def requests(self, last: int = 0) -> dict[str, Any]:
        """Return its log: the number of requests, their peaks, and the *last* requests."""
        log: dict[str, Any] = self.get("/_fake/requests", last=last)
        return log


class Stripe(Fake):
    """
    The fake Stripe.

    Args:
        url: Root URL.
        key: Secret key.
        sleep: Waits some seconds.
    """

    def __init__(self, url: str, key: str, *, sleep: Callable[[float], object] = time.sleep) -> None:
        super().__init__(url, {"Authorization": f"Bearer {key}"})
        self.key = key
        self._sleep = sleep

    @property
    def connection(self) -> dict[str, Any]:
        """Airflow's connection to it."""
        return to_stripe(self.url, self.key)

    def records(self, resource: str) -> Iterator[dict[str, Any]]:
        """Yield all records of a resource (https://docs.stripe.com/api/pagination); waits when Stripe answers 429."""
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
        sleep: Waits some seconds.
    """

    def __init__(self, url: str, key: str, secret: str, *, sleep: Callable[[float], object] = time.sleep) -> None:
        super().__init__(url, {"X-Api-Key": key, "X-Api-Secret": secret})
        self.key, self.secret = key, secret
        self._sleep = sleep

    @property
    def connection(self) -> dict[str, Any]:
        """Airflow's connection to it."""
        return to_upflow(self.url, self.key, self.secret)

    def records(self, collection: str) -> Iterator[dict[str, Any]]:
        """Yield all records of a collection; waits when Upflow answers 429."""
        offset = 0
        while True:
            page = self._page(collection, offset)
            records = next(value for value in page.values() if isinstance(value, list))
            yield from records
            offset += len(records)
            if not records or offset >= page["total"]:
                return

    def counts(self) -> dict[str, int]:
        """Return how many customers and invoices it holds."""
        state = self.state()
        invoices = sum(total["count"] for total in state["invoices"].values())
        return {"customers": state["customers"]["count"], "invoices": invoices}

    def writes_since(self, count: int) -> int:
        """Return how many requests after the first *count* were writes; links to portals do not count."""
        log = self.requests(last=self.requests()["count"] - count)
        writes = (request for request in log["requests"] if request["method"] in WRITES)
        return sum(not request["path"].endswith("/portal") for request in writes)

    def _page(self, collection: str, offset: int) -> dict[str, Any]:
        return patiently(partial(self.get, f"/v1/{collection}", offset=offset, limit=500), self._sleep)


class Salesforce(Fake):
    """
    The fake Salesforce.

    Args:
        url: Root URL.
        key: Consumer key.
        secret: Consumer secret.
        trusted: Certificate of the authority that has signed the fake's, PEM.
    """

    def __init__(self, url: str, key: str, secret: str, *, trusted: Path) -> None:
        super().__init__(url, trusted=trusted)
        self.key, self.secret = key, secret

    @property
    def connection(self) -> dict[str, Any]:
        """Airflow's connection to it."""
        return to_salesforce(self.url, self.key, self.secret)

    def counts(self) -> dict[str, int]:
        """Return how many Accounts have a page in Upflow, and how many a link to the portal."""
        fields = {"Accounts": field_of("details_url"), "portal links": field_of("portal_url")}
        accounts = self.accounts(*fields.values())
        return {name: sum(bool(each[field]) for each in accounts) for name, field in fields.items()}

    def accounts(self, *names: str) -> list[dict[str, Any]]:
        """Return these fields of all Accounts."""
        if "Authorization" not in self.headers:
            form = {"grant_type": "client_credentials", "client_id": self.key, "client_secret": self.secret}
            token = self.post_form("/services/oauth2/token", form)["access_token"]
            self.headers["Authorization"] = f"Bearer {token}"
        query = f"SELECT {', '.join(names)} FROM Account"  # noqa: S608 - names of our own
        page = self.get("/services/data/v59.0/query", q=query)
        records: list[dict[str, Any]] = page["records"]
        while not page["done"]:
            page = self.get(page["nextRecordsUrl"])
            records += page["records"]
        return records


def patiently(ask: Callable[[], dict[str, Any]], sleep: Callable[[float], object]) -> dict[str, Any]:
    """Ask until the answer is not 429, and return it."""
    while True:
        try:
            return ask()
        except AnswerError as error:
            if error.status != TOO_MANY_REQUESTS:
                raise
            sleep(1.0)

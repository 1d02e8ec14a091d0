"""What the log of a fake Upflow tells: whose requests arrived, and how many at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from upflow_provider.testing.wire.request_log import Arrival, RequestLog


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        pytest.param("POST", "/customers", {"json": {"externalId": "cus_1", "name": "X"}}, id="customer"),
        pytest.param("GET", "/customers/external:cus_1", {}, id="path"),
        pytest.param("GET", "/customers/{cus_1}/contacts", {}, id="path-by-id"),
        pytest.param("POST", "/invoices", {"json": {"customer": {"externalId": "cus_1"}}}, id="document"),
        pytest.param("POST", "/payments", {"json": {"customer": {"id": "{cus_1}"}}}, id="document-by-id"),
        pytest.param("DELETE", "/invoices/external:in_1", {}, id="document-path"),
        pytest.param("POST", "/invoices/{in_1}/pdf", {"files": {"file": b"%PDF-"}}, id="upload"),
        pytest.param(
            "POST",
            "/reconcile",
            {"json": {"invoices": [], "payments": [{"externalId": "pay_1"}]}},
            id="links",
        ),
    ],
)
def test_log_names_the_customer(api, method, path, options):
    """The log says which customer a request is about, whether it names them or one of their documents."""
    ids = {"{cus_1}": api.customer()["id"], "{in_1}": api.invoice()["id"]}
    api.payment()
    for placeholder, upflow_id in ids.items():
        path = path.replace(placeholder, upflow_id)
    if options.get("json", {}).get("customer", {}).get("id"):
        options = {"json": {"customer": {"id": ids["{cus_1}"]}}}

    api(method, path, **options)

    assert api.fake.requests[-1].customer == "cus_1"


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        pytest.param("GET", "/customers", {}, id="list"),
        pytest.param("GET", "/users", {}, id="users"),
        pytest.param("GET", "/invoices/external:in_0", {}, id="missing"),
        pytest.param("POST", "/customers", {"data": "{"}, id="broken"),
        pytest.param("POST", "/customers", {"json": [1]}, id="list-body"),
        pytest.param("POST", "/invoices", {"json": {"customer": "cus_1"}}, id="bare-customer"),
        pytest.param("POST", "/reconcile", {"json": {"invoices": [3]}}, id="bare-link"),
    ],
)
def test_log_names_nobody(api, method, path, options):
    """Where no customer is named, or the body is unusable, the log names none."""
    api(method, path, **options)

    assert api.fake.requests[-1].customer is None


def test_log_keeps_bodies(api):
    """What was sent can be read from the log, but for uploads."""
    api.customer()
    api.invoice()
    api("POST", "/invoices/external:in_1/pdf", files={"file": b"%PDF-"})

    log = api.fake.requests

    assert log[0].json == {"externalId": "cus_1", "name": "Acme"}
    assert [(arrival.method, arrival.path, arrival.status) for arrival in log] == [
        ("POST", "/v1/customers", 201),
        ("POST", "/v1/invoices", 201),
        ("POST", "/v1/invoices/external:in_1/pdf", 204),
    ]
    assert log[2].body == b""
    assert log.matching("POST", "/pdf$") == [log[2]]


def test_concurrency_per_customer(upflow):
    """Two requests for one customer that overlap are told from those that do not."""
    upflow.faults.latency_s = (0.3, 0.3)
    headers = {"X-Api-Key": upflow.api_key, "X-Api-Secret": upflow.api_secret}
    together = threading.Barrier(3)

    def import_(external_id):
        together.wait(5)
        body = {"externalId": external_id, "name": "X"}
        return requests.post(f"{upflow.base_url}/customers", json=body, headers=headers, timeout=5).status_code

    with ThreadPoolExecutor(3) as pool:
        statuses = list(pool.map(import_, ["cus_1", "cus_1", "cus_2"]))

    assert sorted(statuses) == [200, 201, 201]
    assert upflow.requests.peak_concurrency() == 3
    assert upflow.requests.peak_concurrency_per_customer() == {"cus_1": 2, "cus_2": 1}
    shown = requests.get(f"{upflow.url}/_fake/requests?last=1", timeout=5).json()
    assert (shown["peak_concurrency"], shown["peak_concurrency_of_one_customer"]) == (3, 2)
    assert len(shown["requests"]) == 1


def logged(*spans):
    """Return a log of requests with these starts and ends."""
    arrivals = RequestLog()
    for start, end in spans:
        arrivals.add(Arrival(start, "GET", "/", customer="cus_1", ended=end))
    return arrivals


@pytest.mark.parametrize(
    ("spans", "peak"),
    [
        pytest.param([], 0, id="none"),
        pytest.param([(0, 1), (1, 2)], 1, id="one-after-the-other"),
        pytest.param([(0, 2), (1, 3), (2, 4)], 2, id="overlapping"),
        pytest.param([(0, None), (5, 6), (7, None)], 2, id="running"),
    ],
)
def test_peak_concurrency(spans, peak):
    """Requests overlap while both run; the end of one is before the start of the next at the same time."""
    log = logged(*spans)

    assert log.peak_concurrency() == peak
    assert log.peak_concurrency_per_customer() == ({"cus_1": peak} if spans else {})


@pytest.mark.parametrize(
    ("times", "peak"),
    [
        pytest.param([], 0, id="none"),
        pytest.param([0, 59.9, 60, 119.9], 2, id="rolling"),
        pytest.param([50, 55, 61, 65, 70], 5, id="across-the-minute"),
        pytest.param([10, 0, 5], 3, id="unsorted"),
    ],
)
def test_peak_per_minute(times, peak):
    """The window rolls: it begins with any request and holds less than 60 s."""
    assert logged(*((at, at) for at in times)).peak_per_window(60) == peak

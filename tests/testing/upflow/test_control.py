"""What can be read from a fake Upflow: log, state, snapshot; and how it is steered from outside."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from upflow_provider.testing import FakeUpflow, serve
from upflow_provider.testing.wire.request_log import Arrival, RequestLog


def fill(api, order):
    """Import the same records in one of two orders, some of them twice."""
    api.customer("parent")
    steps = [
        lambda: api.customer(
            "cus_1", parent={"externalId": "parent"}, contacts=[{"email": "b@x.fr"}, {"email": "a@x.fr"}]
        ),
        lambda: api.customer("cus_2", contacts=[]),
    ]
    for step in steps[::order]:
        step()
    for name in ["in_1", "in_2"][::order]:
        api.invoice(name)
    api.payment(linkedInvoices=[{"externalId": "in_1", "amountLinked": 100}])
    api.payment(linkedInvoices=[{"externalId": "in_1", "amountLinked": 1200}])
    api.done("POST", "/invoices/external:in_2/pdf", files={"file": ("a.pdf", b"%PDF-1")})


def filled(order, seed, **changes):
    """Return the snapshot of a filled fake."""
    from tests.testing.upflow.plain import Api  # noqa: PLC0415 - the helpers of this folder

    fake = FakeUpflow(seed=seed)
    with serve(fake.app) as server, requests.Session() as session:
        fake.url = server.url
        api = Api(fake, session)
        fill(api, order)
        for external_id, fields in changes.items():
            api.invoice(external_id, **fields)
        return fake.snapshot()


def test_snapshots_compare_content():
    """Two runs that import the same in another order, under other ids, end in equal snapshots."""
    first, second = filled(1, seed=1), filled(-1, seed=2)

    assert first == second
    assert first["customers"]["cus_1"]["parent"] == "parent"
    assert first["invoices"]["in_1"]["unlinked"] == 0
    assert first["links"] == {
        "payments/pay_1/linkedInvoices": [("invoices", "in_1", 1200), ("payments", "pay_1", 1200)]
    }
    assert len(first["pdfs"]) == 1


def test_snapshots_differ_where_content_does():
    """A single other field makes another snapshot."""
    first, second = filled(1, seed=1), filled(1, seed=1, in_2={"name": "other"})

    assert first != second
    assert first["invoices"]["in_1"] == second["invoices"]["in_1"]


def test_summary(api):
    """Counts and sums per currency and state, and what the writes did."""
    api.customer(contacts=[{"email": "a@example.com"}])
    api.invoice("in_1")
    api.invoice("in_1")
    api.invoice("in_2", dueDate="2025-06-02", grossAmount=300)
    api.invoice("in_3", currency="JPY", grossAmount=5000)
    api.payment(linkedInvoices=[{"externalId": "in_1", "amountLinked": 1200}])

    summary = requests.get(f"{api.fake.url}/_fake/state", timeout=5).json()

    assert summary == {
        "customers": {"count": 1},
        "contacts": {"count": 1},
        "invoices": {
            "EUR": {
                "count": 2,
                "amount": 1500,
                "outstanding": 300,
                "states": {
                    "PAID": {"count": 1, "amount": 1200, "outstanding": 0},
                    "OVERDUE": {"count": 1, "amount": 300, "outstanding": 300},
                },
            },
            "JPY": {
                "count": 1,
                "amount": 5000,
                "outstanding": 5000,
                "states": {"DUE": {"count": 1, "amount": 5000, "outstanding": 5000}},
            },
        },
        "credit_notes": {},
        "payments": {"EUR": {"count": 1, "amount": 1200}},
        "refunds": {},
        "links": {"count": 1},
        "pdfs": {"count": 0},
        "portal_links": {"count": 0},
        "writes": {
            "customers": {"created": 1},
            "invoices": {"created": 3, "unchanged": 1},
            "payments": {"created": 1},
        },
    }


def test_control_routes_need_no_credentials_and_count_for_nothing(api):
    """Looking inside leaves no trace."""
    for _ in range(3):
        assert requests.get(f"{api.fake.url}/_fake/requests", timeout=5).json()["count"] == 0


def test_settings_from_outside(api):
    """Limits and behaviour can be changed over HTTP."""
    settings = {
        "enforce_limits": False,
        "requests_per_minute": 60,
        "max_concurrency": 2,
        "behaviour": {"portal_key": "portalUrl", "import_statuses": [200, 200]},
    }

    answer = requests.put(f"{api.fake.url}/_fake/settings", json=settings, timeout=5)

    limits = api.fake.limits
    assert answer.status_code == 204
    assert (limits.enforced, limits.requests_per_minute, limits.max_concurrency) == (False, 60, 2)
    assert api("POST", "/customers", {"externalId": "cus_1", "name": "X"}).status_code == 200
    assert list(api.done("POST", "/customers/external:cus_1/portal")) == ["portalUrl"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"speed": 1}, "unknown settings: speed", id="setting"),
        pytest.param({"behaviour": {"portalKey": "x"}}, "portalKey", id="behaviour"),
        pytest.param({"behaviour": {"void_import": "refuse"}}, "void_import", id="value"),
    ],
)
def test_unknown_settings(api, settings, message):
    """A misspelt setting is refused."""
    answer = requests.put(f"{api.fake.url}/_fake/settings", json=settings, timeout=5)

    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_reset(api):
    """A reset leaves an empty fake that works."""
    api.customer()
    api.fake.faults.add("status")

    requests.post(f"{api.fake.url}/_fake/reset", timeout=5)

    assert (api.fake.store.customers, len(api.fake.requests), api.fake.faults.pending()) == ({}, 0, [])
    assert api("POST", "/customers", {"externalId": "cus_1", "name": "X"}).status_code == 201


def test_answer_of_nothing(upflow):
    """Asking for a record that is not there is an error."""
    with pytest.raises(KeyError, match="cus_1"):
        upflow.answer("customers", "cus_1")


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

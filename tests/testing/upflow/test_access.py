"""The fake Upflow lets in only what the API takes: credentials, endpoints, parameters, limits."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
import requests

from upflow_provider.testing import FakeUpflow, serve
from upflow_provider.testing.upflow.fake import endpoints
from upflow_provider.testing.upflow.limits import Limits


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"X-Api-Key": None, "X-Api-Secret": None}, id="none"),
        pytest.param({"X-Api-Key": "wrong"}, id="wrong-key"),
        pytest.param({"X-Api-Secret": "wrong"}, id="wrong-secret"),
        pytest.param({"X-Api-Secret": None}, id="key-only"),
    ],
)
def test_credentials(api, headers):
    """A request without the right key and secret is answered 401 and changes nothing."""
    answer = api("POST", "/customers", {"externalId": "cus_1", "name": "Acme"}, headers=headers)

    assert answer.status_code == 401
    assert api.fake.store.customers == {}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("GET", "/reminders", id="reminders"),
        pytest.param("GET", "/dunning-plans", id="dash"),
        pytest.param("GET", "/customer", id="singular"),
        pytest.param("PATCH", "/customers/external:cus_1", id="patch"),
        pytest.param("PUT", "/invoices/external:in_1", id="put-invoice"),
        pytest.param("GET", "/customers/", id="trailing-slash"),
        pytest.param("GET", "/customers/external:cus_1/notes", id="notes"),
        pytest.param("POST", "/customers/external:cus_1/portalUrl", id="portal-url"),
        pytest.param("GET", "/custom_field", id="custom-field-singular"),
        pytest.param("POST", "/customers/bulk", id="bulk"),
    ],
)
def test_unknown_endpoints(api, method, path):
    """What the API does not have is a 404."""
    api.customer()

    assert api(method, path).status_code == 404


@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda each: f"{each.method} {each.path}")
def test_unknown_parameters(api, endpoint):
    """No endpoint takes a query parameter it does not know; the vendor would ignore it in silence."""
    if "custom_field/" in f"{endpoint.path}/":
        api.fake.behaviour.custom_fields_path = "custom_field"
    path = endpoint.path.replace("{ref}", "any").replace("{contact}", "any")

    message = api.refused(endpoint.method, f"{path}?state=PAID")

    assert message == "state: unknown query parameter"


def test_unknown_parameters_may_be_ignored(api):
    """The vendor's own manner is a switch away."""
    api.fake.behaviour.unknown_parameters = "ignored"
    api.customer()
    api.invoice()

    assert api.done("GET", "/invoices?state=PAID")["total"] == 1


@pytest.mark.parametrize(
    ("shape", "content"),
    [
        pytest.param("message", '{"message": "no such endpoint"}', id="message"),
        pytest.param("error", '{"error": "no such endpoint"}', id="error"),
        pytest.param("text", "no such endpoint", id="text"),
    ],
)
def test_error_shapes(api, shape, content):
    """The body of an error has the shape that was chosen."""
    api.fake.behaviour.error_body = shape

    assert api("GET", "/nothing").text == content


@pytest.mark.parametrize(
    ("content", "content_type", "message"),
    [
        pytest.param("{", "application/json", "body: Invalid JSON", id="broken"),
        pytest.param("[]", "application/json", "body: Input should be an object", id="list"),
        pytest.param("", "application/json", "body: Input should be an object", id="empty"),
        pytest.param("{}", "text/plain", "Content-Type: must be application/json", id="text"),
    ],
)
def test_bodies_must_be_json(api, content, content_type, message):
    """A body that is no JSON object is refused."""
    answer = api.refused("POST", "/customers", data=content, headers={"Content-Type": content_type})

    assert answer.startswith(message)


def test_external_ids_are_percent_encoded_in_paths(api):
    """An external id may hold anything, a slash included, if it is quoted."""
    api.customer("a/b c:ü?#%")

    found = api.done("GET", "/customers/external:a%2Fb%20c%3A%C3%BC%3F%23%25")

    assert found["externalId"] == "a/b c:ü?#%"
    assert api("GET", "/customers/external:a/b").status_code == 404


def test_a_plain_id_is_an_upflow_id(api):
    """Without `external:` a path names the Upflow id, never the external one."""
    upflow_id = api.customer("cus_1")["id"]

    assert api.done("GET", f"/customers/{upflow_id}")["externalId"] == "cus_1"
    assert api("GET", "/customers/cus_1").status_code == 404


def test_requests_per_minute():
    """The 601st request within any 60 s is refused; refused ones do not count."""
    now = [0.0]
    limits = Limits(600, 10, enforced=True, clock=lambda: now[0])

    def send(requests_):
        refused = 0
        for _ in range(requests_):
            if limits.enter() is None:
                limits.leave()
            else:
                refused += 1
        return refused

    first = send(300)
    now[0] = 30.0
    second = send(310)
    wait_s = limits.enter()
    now[0] = 60.0
    third = send(301)

    assert (first, second, third) == (0, 10, 1)
    assert wait_s == 30


def test_concurrency():
    """The 11th request at once is refused; one that ends makes room."""
    limits = Limits(600, 10, enforced=True, clock=count().__next__)

    granted = [limits.enter() for _ in range(11)]
    limits.leave()

    assert granted == [None] * 10 + [1]
    assert limits.enter() is None


@pytest.mark.parametrize(
    ("retry_after", "header"), [pytest.param(True, "1", id="with"), pytest.param(False, None, id="without")]
)
def test_too_many_at_once(retry_after, header):
    """Requests beyond the concurrency limit are answered 429, while the others take their time."""
    fake = FakeUpflow(max_concurrency=2)
    fake.behaviour.retry_after = retry_after
    fake.faults.latency_s = (0.5, 0.5)
    headers = {"X-Api-Key": fake.api_key, "X-Api-Secret": fake.api_secret}
    together = threading.Barrier(5)

    def get(_):
        together.wait(5)
        return requests.get(f"{fake.base_url}/users", headers=headers, timeout=5)

    with serve(fake.app) as server, ThreadPoolExecutor(5) as pool:
        fake.url = server.url
        answers = list(pool.map(get, range(5)))

    refused = [answer for answer in answers if answer.status_code == 429]
    assert sorted(answer.status_code for answer in answers) == [200, 200, 429, 429, 429]
    assert {answer.headers.get("Retry-After") for answer in refused} == {header}
    assert fake.requests.peak_concurrency() >= 2


def test_limits_can_be_off():
    """Without limits nothing is refused."""
    fake = FakeUpflow(requests_per_minute=1, enforce_limits=False)
    headers = {"X-Api-Key": fake.api_key, "X-Api-Secret": fake.api_secret}
    with serve(fake.app) as server, requests.Session() as session:
        statuses = [session.get(f"{server.url}/v1/users", headers=headers, timeout=5).status_code for _ in range(3)]

    assert statuses == [200, 200, 200]


def test_a_fault_is_answered_in_the_vendors_shape(api):
    """Errors on demand look like the API's own."""
    api.fake.faults.add("status", status=500)

    answer = api("GET", "/users")

    assert (answer.status_code, list(answer.json())) == (500, ["message"])


def test_a_reset_after_the_commit_leaves_the_record(api):
    """An ambiguous failure: the client sees an error, and the record is there."""
    api.fake.faults.add("reset_after", method="POST", path="customers")

    with pytest.raises(requests.ConnectionError):
        api.customer()

    assert api.fake.store.by_external_id("customers", "cus_1")["name"] == "Acme"

"""The fake Stripe refuses who may not ask, and who asks too often; a repeated write happens once."""

import pytest

from tests.testing.stripe.plain import stripe  # noqa: F401 - a fixture
from upflow_provider.testing.stripe.limits import StripeLimits

# ruff: noqa: F811 - the fixture is a parameter of the tests


@pytest.fixture
def frozen(stripe):
    """Give a fake whose limits go by a clock that the test moves: a list of one time in seconds."""
    clock = [0.0]
    stripe.fake.limits = StripeLimits(clock=lambda: clock[0])
    return stripe, clock


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer sk_wrong"}, {"Authorization": ""}])
def test_a_wrong_key_is_refused(stripe, headers):
    """With 401, whatever is asked for."""
    assert stripe("GET", "/v1/invoices?colour=red", headers=headers).status_code == 401


def test_the_sdk_sees_what_kind_of_refusal_it_is(stripe):
    """The error types are those the SDK makes of Stripe's answers."""
    module, v1 = stripe.module, stripe.sdk.v1
    stripe.fake.forbidden.add("invoices")
    with pytest.raises(module.AuthenticationError):
        stripe.client("sk_wrong").v1.customers.list()
    with pytest.raises(module.PermissionError, match="rak_invoice_read"):
        v1.invoices.list()
    with pytest.raises(module.PermissionError, match="access to that account"):
        v1.customers.list(options={"stripe_account": "acct_other"})
    with pytest.raises(module.InvalidRequestError, match="API version"):
        v1.customers.list(options={"stripe_version": "2025-03-31.basil"})
    stripe.fake.limits.per_second = 0
    with pytest.raises(module.RateLimitError):
        v1.customers.list()

    assert [each.status for each in stripe.fake.requests] == [401, 403, 403, 400, 429]


def test_only_what_is_forbidden_is_refused(stripe):
    """Lists, single records and writes of it; other resources are served."""
    stripe.fake.create_customer(id="cus_1")
    stripe.fake.forbidden.add("customers")

    assert "rak_customer_read" in stripe.refused("/v1/customers", 403)["message"]
    assert "rak_customer_read" in stripe.refused("/v1/customers/cus_1", 403)["message"]
    assert "rak_customer_write" in stripe("POST", "/v1/customers").text
    assert stripe.ids("/v1/invoices") == []


def test_the_account_of_the_key_may_be_named(stripe):
    """As a connected account is."""
    account = stripe.get("/v1/account")["id"]

    assert stripe("GET", "/v1/invoices", headers={"Stripe-Account": account}).ok


def test_every_answer_names_its_request_and_version(stripe):
    """As every answer of Stripe does, refusals too; the pinned SDK asks for that version."""
    answers = [stripe("GET", "/v1/invoices"), stripe("GET", "/v1/invoices/in_9")]
    version = stripe.sdk.v1.invoices.list().last_response.headers["Stripe-Version"]

    assert {each.headers["Stripe-Version"] for each in answers} == {version}
    assert len({each.headers["Request-Id"] for each in answers}) == 2


def test_each_endpoint_grants_25_requests_a_second(frozen):
    """All ids of one route share them; another endpoint, or the next second, has its own."""
    stripe, clock = frozen
    stripe.fake.create_customer(id="cus_1")
    stripe.fake.create_customer(id="cus_2")
    granted = [stripe("GET", f"/v1/customers/cus_{1 + each % 2}").status_code for each in range(25)]
    over = stripe("GET", "/v1/customers/cus_1")
    elsewhere = [stripe("GET", path).status_code for path in ("/v1/customers", "/v1/invoices", "/v1/account")]
    clock[0] = 0.999
    still = stripe("GET", "/v1/customers/cus_1")
    clock[0] = 1.0
    later = stripe("GET", "/v1/customers/cus_1")

    assert granted == [200] * 25
    assert (over.status_code, over.headers["Stripe-Rate-Limited-Reason"]) == (429, "endpoint-rate")
    assert over.json()["error"]["code"] == "rate_limit"
    assert elsewhere == [200] * 3
    assert (still.status_code, later.status_code) == (429, 200)


def test_the_account_grants_100_requests_a_second(frozen):
    """Over all endpoints; those refused do not count."""
    stripe, clock = frozen
    stripe.fake.limits.per_endpoint = 1000
    granted = [stripe("GET", path).status_code for path in ("/v1/customers", "/v1/invoices") for _ in range(50)]
    over = stripe("GET", "/v1/events")
    clock[0] = 1.0
    later = [stripe("GET", "/v1/events").status_code for _ in range(100)]

    assert granted == later == [200] * 100
    assert (over.status_code, over.headers["Stripe-Rate-Limited-Reason"]) == (429, "global-rate")


@pytest.mark.parametrize(("told", "header"), [(True, "1"), (False, None)], ids=["told", "not told"])
def test_how_long_to_wait_is_told_or_not(frozen, told, header):
    """Stripe does not always say."""
    stripe, _ = frozen
    stripe.fake.retry_after = told
    stripe.fake.limits.per_endpoint = 0

    assert stripe("GET", "/v1/customers").headers.get("Retry-After") == header


def test_limits_can_be_lifted(frozen):
    """For tests of other things."""
    stripe, _ = frozen
    stripe.fake.limits.enforced = False

    assert {stripe("GET", "/v1/customers").status_code for _ in range(120)} == {200}


def test_a_repeated_write_happens_once(stripe):
    """The answer is the first one, even when the record has changed since."""
    create = stripe.sdk.v1.customers.create
    first = create({"name": "Acme", "metadata": {"a": "1"}}, {"idempotency_key": "key_1"})
    stripe.fake.update_customer(first.id, name="New", metadata={})
    again = create({"name": "Acme", "metadata": {"a": "1"}}, {"idempotency_key": "key_1"})
    other = create({"name": "Acme", "metadata": {"a": "1"}}, {"idempotency_key": "key_2"})

    assert again.to_dict() == first.to_dict()
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert set(stripe.ids("/v1/customers")) == {first.id, other.id}


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/customers/cus_1"], ids=["other values", "other record"])
def test_a_key_is_for_one_request(stripe, path):
    """Another request with the same key is refused, and does nothing."""
    stripe.fake.create_customer(id="cus_1", name="Old")
    key = {"Idempotency-Key": "key_1"}
    assert stripe("POST", "/v1/customers", data={"name": "A"}, headers=key).ok
    answer = stripe("POST", path, data={"name": "B" if path == "/v1/customers" else "A"}, headers=key)

    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")
    assert sorted(each["name"] for each in stripe.fake.store.customers) == ["A", "Old"]


def test_a_refused_write_leaves_its_key_free(stripe):
    """Nothing happened, so nothing is repeated; and a reset forgets keys."""
    key = {"Idempotency-Key": "key_1"}
    refused = stripe("POST", "/v1/customers", data={"colour": "red"}, headers=key)
    made = stripe("POST", "/v1/customers", data={"name": "A"}, headers=key)
    stripe.fake.reset()
    fresh = stripe("POST", "/v1/customers", data={"name": "B"}, headers=key)

    assert (refused.status_code, made.status_code, fresh.status_code) == (400, 200, 200)
    assert [each["name"] for each in stripe.fake.store.customers] == ["B"]

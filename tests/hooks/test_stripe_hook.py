"""The connection type ``stripe``."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest

from upflow_provider.errors import AuthenticationError, ConfigurationError
from upflow_provider.hooks.stripe import StripeHook
from upflow_provider.stripe_to_upflow.custom_fields.settings import CustomFieldSettings
from upflow_provider.stripe_to_upflow.mapping.native_fields import NATIVE_FIELDS
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

START, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC)
KEY = "sk_test_fake"


@pytest.fixture
def connect(fake_stripe, monkeypatch):
    """Return a function that defines ``stripe_default``, by default as the fake needs it."""

    def define(**fields):
        connection = {
            "conn_type": "stripe",
            "host": fake_stripe.url,
            "password": fake_stripe.api_key,
        } | fields
        monkeypatch.setenv("AIRFLOW_CONN_STRIPE_DEFAULT", json.dumps(connection))
        return StripeHook()

    return define


def test_the_connection_becomes_a_source(connect, fake_stripe):
    """Host and password are all it takes."""
    made = fake_stripe.create_customer(name="Étoile", created=int(START.timestamp()))

    (page,) = connect().source.pages("customers", start=START, end=END)

    assert [record["id"] for record in page.records] == [made["id"]]


def test_one_source_per_hook(connect):
    """All threads of a task share one pace."""
    hook = connect()

    assert hook.source is hook.source


def test_another_connection(connect, monkeypatch):
    """An organization may have its own."""
    connect(password="")
    monkeypatch.setenv("AIRFLOW_CONN_STRIPE_FR", json.dumps({"conn_type": "stripe", "password": KEY}))

    assert StripeHook("stripe_fr").source
    with pytest.raises(ConfigurationError):
        _ = StripeHook().source


def test_test_connection(connect):
    """Host, key and every permission that the streams need are proved."""
    assert connect().test_connection() == (
        True,
        f"Stripe accepted the key and lets it read {', '.join(STREAMS)}",
    )


def test_test_connection_reads_as_the_streams_do(connect, fake_stripe):
    """It expands what the streams expand, which may take permissions of its own, and then what native fields need."""
    ok, message = connect().test_connection()

    of_streams = {read.resource: read.expand for stream in STREAMS.values() for read in stream.listings}
    native = [("customers", field.expand) for field in NATIVE_FIELDS if field.expand]
    reads = [*of_streams.items(), ("charges", ()), ("events", ()), *native]
    assert (ok, message) == (True, f"Stripe accepted the key and lets it read {', '.join(STREAMS)}")
    assert [each.path for each in fake_stripe.requests] == [f"/v1/{resource}" for resource, _ in reads]
    for request, (_, expand) in zip(fake_stripe.requests, reads, strict=True):
        asked = parse_qsl(request.query)
        assert [value for name, value in asked if name.startswith("expand")] == [f"data.{each}" for each in expand]
    assert "data.tax_ids" in fake_stripe.requests[0].query


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        pytest.param({"password": "sk_test_wrong"}, "401", id="wrong-key"),
        pytest.param({"password": f"{KEY}\n"}, None, id="newline-after-the-key"),
        pytest.param({"password": "sk_te\nst"}, "it holds white space or another character", id="odd-key"),
        pytest.param({"password": ""}, "password must hold a secret or restricted key", id="no-key"),
        pytest.param({"host": "http://nowhere.invalid"}, "must begin with https://", id="plain-http"),
        pytest.param({"host": "https://nowhere.invalid"}, "DNS: the host name", id="dns"),
        pytest.param({"host": "nowhere.invalid"}, "DNS: the host name", id="dns-without-scheme"),
        pytest.param({"host": "http://127.0.0.1:1"}, "connection refused", id="refused"),
        pytest.param({"host": "127.0.0.1", "schema": "http", "port": 1}, "connection refused", id="port"),
        pytest.param({"extra": {"account": "acct_other"}}, "no access to account 'acct_other'", id="account"),
        pytest.param({"extra": {"account": ""}}, None, id="empty-account"),
        pytest.param({"extra": {"account": "acct_fake"}}, None, id="own-account"),
        pytest.param({"extra": {"requests_per_second": None}}, None, id="empty-pace"),
        pytest.param({"extra": {"requests_per_second": "12.5"}}, None, id="pace-as-text"),
        pytest.param({"extra": {"requests_per_second": 0}}, "extra: requests_per_second", id="no-pace"),
        pytest.param({"extra": {"requests_per_second": "fast"}}, "extra: requests_per_second", id="bad-pace"),
        pytest.param({"extra": {"requests_per_second": 101}}, "extra: requests_per_second", id="too-fast"),
        pytest.param({"extra": {"acount": "acct_fake"}}, "acount is unknown; did you mean 'account'?", id="misspelt"),
        pytest.param({"extra": {"test_mode": True}}, "known names: account, requests_per_second", id="not-its-own"),
        pytest.param({"extra": {"account": "cus_123"}}, "must be the id of a connected account", id="no-account"),
        pytest.param({"password": "pk_test_1"}, "rk_...; it holds a publishable key", id="publishable-key"),
        pytest.param({"password": "whsec_1"}, "rk_...; it holds the signing secret of a webhook", id="webhook-secret"),
        pytest.param({"password": "Bearer sk_test_1"}, "it holds white space", id="whole-header"),
        pytest.param({"extra": {"account": " acct_fake "}}, None, id="blanks-around-account"),
        pytest.param({"extra": {"requests_per_second": True}}, "requests_per_second is true", id="switch"),
        pytest.param({"host": "https://[api"}, "host must be a plain URL such as https://api.stripe.com", id="bracket"),
        pytest.param({"host": "https://api.stripe.com?x"}, "host must be a plain URL", id="query"),
        pytest.param({"host": "http://0x08080808"}, "must begin with https://", id="numeric-host"),
        pytest.param({"extra": '{"account": "acct_other"'}, "extra must be a JSON object", id="extra-not-json"),
        pytest.param({"extra": '["acct_other"]'}, "extra must be a JSON object", id="extra-not-an-object"),
    ],
)
def test_test_connection_says_what_is_wrong(connect, fields, text):
    """Whoever sets the connection up reads what to change, and never the key."""
    ok, message = connect(**fields).test_connection()

    assert ok is (text is None)
    assert (text or "accepted") in message
    assert "sk_t" not in message


def test_test_connection_of_a_host_with_v1(connect, fake_stripe):
    """Upflow's host ends in /v1; Stripe's must not, and the message says so."""
    ok, message = connect(host=f"{fake_stripe.url}/v1").test_connection()

    assert not ok
    assert message.endswith("is the host the base of Stripe's API, without /v1?")


def test_test_connection_over_tls_to_a_server_without(connect, fake_stripe):
    """A server that does not speak TLS is named as such."""
    ok, message = connect(host=fake_stripe.url.replace("http:", "https:")).test_connection()

    assert not ok
    assert "TLS" in message


def test_test_connection_names_all_missing_permissions(connect, fake_stripe):
    """Whoever corrects a restricted key needs to do it only once."""
    fake_stripe.forbidden |= {"customers", "invoices"}

    ok, message = connect().test_connection()

    assert not ok
    assert "rak_customer_read" in message
    assert "rak_invoice_read" in message


def test_what_is_mapped_decides_which_permissions_are_needed(connect, fake_stripe):
    """The check of an organization fails for those that it declares; a connection's test tells which fields are out."""
    fake_stripe.forbidden |= {"subscriptions", "coupons"}
    wanted = CustomFieldSettings.model_validate({"customers": [{"native": "Subscriptions", "field": "S"}]})

    connect().check()
    with pytest.raises(
        AuthenticationError, match=r"^native field 'Subscriptions': the key lacks a permission for it \(rak_sub"
    ):
        connect().check(wanted.native_fields)
    ok, message = connect().test_connection()
    assert ok
    assert re.search(
        r"it lacks permissions for native fields: Discount \(rak_coupon_read, .*Subscriptions \(rak_", message
    )


def test_pace_of_the_connection(connect, fake_stripe):
    """The source keeps to ``requests_per_second``."""
    assert connect(extra={"requests_per_second": 4}).source._http._pace._interval_s == 0.25
    assert connect().source._http._pace._interval_s == 0.05


def test_airflow_finds_its_way():
    """Names that Airflow reads to make the hook of a connection."""
    assert StripeHook.conn_type == "stripe"
    assert StripeHook.hook_name == "Stripe"
    assert StripeHook.default_conn_name == "stripe_default"
    assert StripeHook(**{StripeHook.conn_name_attr: "other"}).stripe_conn_id == "other"

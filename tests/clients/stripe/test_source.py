"""Stripe as a source of records, over real HTTP."""

from __future__ import annotations

import re
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from starlette.responses import JSONResponse

from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import (
    AuthenticationError,
    ConfigurationError,
    FatalError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    RefusedError,
    RetriableError,
)
from upflow_provider.testing.stripe.limits import StripeLimits
from upflow_provider.testing.wire.server import serve

START = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2025, 2, 1, tzinfo=UTC)
START_S, END_S = int(START.timestamp()), int(END.timestamp())


@pytest.fixture
def stripe_account(fake_stripe):
    """Give the test an account without rate limits, because nothing here waits on a real clock."""
    fake_stripe.limits.enforced = False
    return fake_stripe


@pytest.fixture
def waits():
    """Return the seconds that were waited, in order."""
    return []


@pytest.fixture
def source(stripe_account, waits):
    """Return a source that reads the fake and does not really wait."""
    return a_source(stripe_account, waits)


def a_source(account, waits, *, key=None, url=None, **options):
    """Return a source that reads *account* and notes its waits instead of waiting."""
    sdk = open_sdk(key or account.api_key, base_url=url or account.url, timeout_s=(2.0, 2.0))
    options = {"requests_per_second": 1e9, "sleep": waits.append, "dice": lambda: 0.0} | options
    return StripeSource(sdk, **options)


def fill(account, number, *, start_s=START_S, per_second=1):
    """Create draft invoices, *per_second* of them in each second."""
    for each in range(number):
        account.create_invoice(None, 100, id=f"in_{each:04d}", created=start_s + each // per_second)


def ids(pages):
    """Return the ids of all records in the order they were listed."""
    return [record["id"] for page in pages for record in page.records]


def query(arrival):
    """Return what a request asked for."""
    return dict(parse_qsl(arrival.query))


def test_a_window_is_listed_newest_first_a_hundred_at_a_time(stripe_account, source):
    """250 records cost three requests."""
    fill(stripe_account, 250)

    pages = list(source.pages("invoices", start=START, end=END))

    assert [len(page.records) for page in pages] == [100, 100, 50]
    assert ids(pages) == [f"in_{each:04d}" for each in reversed(range(250))]
    assert len(stripe_account.requests) == 3
    assert {query(each)["limit"] for each in stripe_account.requests} == {"100"}


def test_the_start_belongs_to_the_window_and_the_end_does_not(stripe_account, source):
    """Adjoining windows share no record and lose none."""
    for second in (START_S - 1, START_S, END_S - 1, END_S):
        stripe_account.create_invoice(None, 100, id=f"in_{second}", created=second)

    assert ids(source.pages("invoices", start=START, end=END)) == [f"in_{END_S - 1}", f"in_{START_S}"]


def test_an_empty_window_has_no_pages(source):
    """There is nothing to do, and it takes one request to know."""
    assert list(source.pages("invoices", start=START, end=END)) == []


def test_what_is_expanded_is_there(stripe_account, source):
    """A customer's tax ids are left out unless they are asked for."""
    stripe_account.create_customer(created=START_S, tax_ids=[("eu_vat", "FR1")])

    (page,) = source.pages("customers", start=START, end=END, expand=["tax_ids"])

    assert page.records[0]["tax_ids"]["data"][0]["value"] == "FR1"
    assert query(stripe_account.requests[0])["expand[0]"] == "data.tax_ids"


def test_filters_are_sent(stripe_account, source):
    """A listing can be limited further, on every page."""
    fill(stripe_account, 120)
    for each in range(0, 120, 2):
        stripe_account.finalize_invoice(f"in_{each:04d}")

    pages = list(source.pages("invoices", start=START, end=END, filters={"status": "draft"}))

    assert ids(pages) == [f"in_{each:04d}" for each in range(119, 0, -2)]


def test_the_time_of_reading_is_before_the_request(stripe_account, waits):
    """A change made while Stripe answers must not count as read."""
    seen = []
    times = iter(START + timedelta(minutes=each) for each in range(9))

    def now():
        seen.append(len(stripe_account.requests))
        return next(times)

    fill(stripe_account, 150)
    pages = list(a_source(stripe_account, waits, now=now).pages("invoices", start=START, end=END))

    assert seen == [0, 1]
    assert [page.read_at for page in pages] == [START, START + timedelta(minutes=1)]


def test_newer_records_created_meanwhile_change_nothing(stripe_account, source):
    """They come before the position of the listing."""
    fill(stripe_account, 250)

    listed = []
    for page in source.pages("invoices", start=START, end=END):
        listed += ids([page])
        stripe_account.create_invoice(None, 100, created=END_S - 1)

    assert listed == [f"in_{each:04d}" for each in reversed(range(250))]


@pytest.mark.parametrize("per_second", [1, 7, 250], ids=["a-second-each", "seven", "all-in-one"])
def test_a_cursor_record_deleted_meanwhile_loses_and_repeats_nothing(stripe_account, source, per_second):
    """The listing goes on from the second that record was created in, without what was seen of it."""
    fill(stripe_account, 250, per_second=per_second)

    listed = []
    for page in source.pages("invoices", start=START, end=END):
        listed += ids([page])
        stripe_account.delete_invoice(listed[-1])

    assert listed == [f"in_{each:04d}" for each in reversed(range(250))]


def test_other_records_deleted_meanwhile_are_just_gone(stripe_account, source):
    """What was deleted before it was listed is not listed; nothing else is missing."""
    fill(stripe_account, 250)

    listed = []
    for page in source.pages("invoices", start=START, end=END):
        listed += ids([page])
        if len(listed) == 100:
            for each in ("in_0149", "in_0100", "in_0000", "in_0200"):
                stripe_account.delete_invoice(each)

    assert listed == [f"in_{each:04d}" for each in reversed(range(250)) if each not in {149, 100, 0}]


@pytest.mark.parametrize("deleted", [False, True], ids=["cursor-there", "cursor-deleted"])
def test_resuming_from_each_cursor_gives_exactly_the_rest(stripe_account, source, deleted):
    """A page that is done is not listed again, and the next one is not left out."""
    fill(stripe_account, 350, per_second=30)
    pages = list(source.pages("invoices", start=START, end=END))

    for number, page in enumerate(pages):
        if deleted:
            stripe_account.delete_invoice(page.records[-1]["id"])
        rest = source.pages("invoices", start=START, end=END, cursor=page.cursor)

        assert ids(rest) == ids(pages[number + 1 :])


@pytest.mark.parametrize("retry_after", [True, False], ids=["with-header", "without-header"])
def test_rate_limits_are_waited_out(stripe_account, waits, retry_after):
    """A 429 is no error but a pause: as long as Stripe says, else a growing one."""
    fill(stripe_account, 50)
    stripe_account.retry_after = retry_after
    stripe_account.limits.enforced, stripe_account.limits.per_endpoint = True, 0

    def sleep(seconds):
        waits.append(seconds)
        if sum(waits) > 5:
            stripe_account.limits.per_endpoint = 25

    source = a_source(stripe_account, waits, sleep=sleep)

    assert len(ids(source.pages("invoices", start=START, end=END))) == 50
    assert stripe_account.requests[0].status == 429
    assert stripe_account.requests[-1].status == 200


@pytest.mark.parametrize(
    ("retry_after_s", "pause_s"),
    [
        pytest.param(7.0, 7.0, id="as-told"),
        pytest.param(0.5, 1.0, id="never-less-than-the-backoff"),
        pytest.param(None, 1.0, id="not-told"),
    ],
)
def test_pause_after_a_rate_limit(stripe_account, source, waits, retry_after_s, pause_s):
    """``Retry-After`` counts, where there is one."""
    stripe_account.faults.add("status", status=429, retry_after_s=retry_after_s)

    list(source.pages("invoices", start=START, end=END))

    assert pause_s in waits
    assert [each.status for each in stripe_account.requests] == [429, 200]


def test_a_rate_limit_holds_back_all_threads(stripe_account, waits):
    """Not only the thread that saw the 429 slows down."""
    stripe_account.faults.add("status", status=429, retry_after_s=7.0)
    source = a_source(stripe_account, waits, clock=lambda: 0.0)
    list(source.pages("invoices", start=START, end=END))
    waits.clear()

    other = threading.Thread(target=lambda: list(source.pages("customers", start=START, end=END)))
    other.start()
    other.join()

    assert waits == [pytest.approx(7.0)]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 502}),
        ("status", {"status": 503}),
        ("status", {"status": 504}),
        ("status", {"status": 409}),
        ("reset_before", {}),
        ("reset_after", {}),
        ("reset_during", {}),
        ("truncated", {}),
    ],
    ids=lambda value: str(value.get("status", "")) if isinstance(value, dict) else value,
)
def test_what_may_pass_is_tried_again(stripe_account, source, waits, kind, options):
    """Two failures on the way cost two pauses and no record."""
    fill(stripe_account, 150)
    stripe_account.faults.add(kind, after=1, times=2, **options)

    listed = ids(source.pages("invoices", start=START, end=END))

    assert listed == [f"in_{each:04d}" for each in reversed(range(150))]
    assert [seconds for seconds in waits if seconds >= 1.0] == [1.0, 2.0]


def test_a_slow_answer_is_given_up_and_asked_for_again(stripe_account, waits):
    """Requests have a time limit."""
    fill(stripe_account, 5)
    stripe_account.faults.add("slow", delay_s=5.0)
    sdk = open_sdk(stripe_account.api_key, base_url=stripe_account.url, timeout_s=(1.0, 0.1))

    assert len(ids(StripeSource(sdk, sleep=waits.append).pages("invoices", start=START, end=END))) == 5


@pytest.mark.parametrize(
    ("kind", "options", "error", "text"),
    [
        pytest.param("status", {"status": 503}, RetriableError, "503", id="503"),
        pytest.param("status", {"status": 429}, RateLimitedError, "429", id="429"),
        pytest.param("reset_before", {}, RetriableError, "the connection was lost", id="reset"),
        pytest.param("truncated", {}, RetriableError, "no JSON", id="truncated"),
    ],
)
def test_what_does_not_pass_ends_the_listing(stripe_account, source, kind, options, error, text):
    """After so many attempts Airflow's retries take over; the message says what it was."""
    stripe_account.faults.add(kind, times=None, **options)

    with pytest.raises(error, match=rf"^GET /v1/invoices: .*{text}"):
        list(source.pages("invoices", start=START, end=END))

    assert len(stripe_account.requests) == 6


@pytest.mark.parametrize("status", [400, 402, 404, 422])
def test_a_refused_listing_stops_the_sync_at_once(stripe_account, source, status):
    """Nothing is read by trying again, and no record is to blame."""
    stripe_account.faults.add("status", status=status, times=None)

    with pytest.raises(FatalError, match=f"^GET /v1/invoices: {status}"):
        list(source.pages("invoices", start=START, end=END))

    assert len(stripe_account.requests) == 1


def test_a_lost_permission_is_loud(stripe_account, source):
    """A resource that may not be read any more is an error, never an empty list."""
    fill(stripe_account, 150)
    pages = source.pages("invoices", start=START, end=END)
    next(pages)
    stripe_account.forbidden.add("invoices")

    with pytest.raises(AuthenticationError, match=r"^GET /v1/invoices: 403 \(rak_invoice_read"):
        next(pages)
    assert len(stripe_account.requests) == 2


def test_a_wrong_key_is_loud_and_not_shown(stripe_account, waits):
    """The message says that the key is wrong, not what it is."""
    source = a_source(stripe_account, waits, key="sk_test_wrong")

    with pytest.raises(AuthenticationError, match=r"^GET /v1/customers/cus_1: 401.*does not accept the key$") as raised:
        source.retrieve("customers", "cus_1")

    assert "sk_test_wrong" not in "".join(traceback.format_exception(raised.value))


def test_retrieve(stripe_account, source):
    """One record is read by its id, as plain JSON."""
    made = stripe_account.create_customer(name="Étoile", tax_ids=[("eu_vat", "FR1")])

    record = source.retrieve("customers", made["id"], expand=("tax_ids",))

    assert (record["name"], record["tax_ids"]["data"][0]["value"]) == ("Étoile", "FR1")


def test_retrieve_shows_that_a_customer_was_deleted(stripe_account, source):
    """Stripe remembers deleted customers by their id."""
    made = stripe_account.create_customer()
    stripe_account.delete_customer(made["id"])

    assert source.retrieve("customers", made["id"]) == {
        "id": made["id"],
        "object": "customer",
        "deleted": True,
    }


def test_retrieve_of_an_unknown_id(stripe_account, source):
    """A record that does not exist is the record's problem; it is asked for once."""
    with pytest.raises(NotFoundError, match=r"^GET /v1/customers/cus_none: 404 \(resource_missing, id, req_"):
        source.retrieve("customers", "cus_none")

    assert len(stripe_account.requests) == 1


def test_retrieve_refused(stripe_account, source):
    """A record that Stripe refuses is set aside, not the whole sync."""
    stripe_account.faults.add("status", status=400)

    with pytest.raises(RefusedError, match=r"^GET /v1/customers/cus_1: 400"):
        source.retrieve("customers", "cus_1")


@pytest.mark.parametrize("record_id", ["a/../b", "a?limit=1", "é #1"])
def test_retrieve_quotes_ids(stripe_account, source, record_id):
    """An id stays one segment of the path, whatever somebody typed into a metadata field."""
    with pytest.raises(NotFoundError):
        source.retrieve("customers", record_id)

    assert re.fullmatch(r"/v1/customers/[A-Za-z0-9%.]+", stripe_account.requests[0].path)
    assert stripe_account.requests[0].query == ""


def test_retrieve_from_many_threads(stripe_account, source):
    """Missing parents are read by the threads that need them."""
    made = [stripe_account.create_customer()["id"] for _ in range(40)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda each: source.retrieve("customers", each)["id"], made))

    assert found == made


def test_the_default_pace_stays_below_stripes_limit(fake_stripe):
    """Stripe grants 25 requests a second to one endpoint; one process makes 20."""
    now_s = [0.0]

    def sleep(seconds):
        now_s[0] += seconds

    fake_stripe.limits = StripeLimits(per_endpoint=21, clock=lambda: now_s[0])
    made = fake_stripe.create_customer()["id"]
    sdk = open_sdk(fake_stripe.api_key, base_url=fake_stripe.url)
    source = StripeSource(sdk, sleep=sleep, clock=lambda: now_s[0])

    for _ in range(50):
        source.retrieve("customers", made)

    assert {each.status for each in fake_stripe.requests} == {200}
    assert now_s[0] == pytest.approx(49 / 20)


def test_ping_reads_one_record(stripe_account, source):
    """The cheapest request that proves host and key."""
    source.ping()

    assert [(each.path, query(each)["limit"]) for each in stripe_account.requests] == [("/v1/customers", "1")]


def test_ping_names_all_missing_permissions_at_once(stripe_account, source):
    """Whoever sets up a restricted key is told once, not once per try."""
    stripe_account.forbidden |= {"customers", "invoices"}

    with pytest.raises(AuthenticationError) as raised:
        source.ping({"customers": ("tax_ids",), "events": (), "invoices": ()})

    assert "customers (rak_customer_read" in str(raised.value)
    assert "invoices (rak_invoice_read" in str(raised.value)
    assert "events" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, FatalError),
        (401, AuthenticationError),
        (404, ConfigurationError),
        (429, RateLimitedError),
        (503, RetriableError),
    ],
)
def test_ping_does_not_try_again(stripe_account, source, status, error):
    """It asks whether things work now."""
    stripe_account.faults.add("status", status=status, times=None)

    with pytest.raises(error, match=f"^GET /v1/customers: {status}"):
        source.ping()
    assert len(stripe_account.requests) == 1


def test_ping_of_somebody_else(stripe_account, waits):
    """A server that answers, but is not Stripe, is not taken for it."""
    with serve(JSONResponse({"status": "ok"})) as server:
        source = a_source(stripe_account, waits, url=server.url)

        with pytest.raises(ProtocolError, match="check the connection's host"):
            source.ping()


@pytest.mark.parametrize("kind", ["status", "truncated"])
def test_errors_carry_no_answers(stripe_account, source, kind):
    """Answers hold personal data, and tracebacks end up in task logs."""
    stripe_account.create_customer(created=START_S, email="ann@example.com", name="Ann Example")
    stripe_account.faults.add(kind, times=None)

    with pytest.raises(RetriableError) as raised:
        list(source.pages("customers", start=START, end=END))

    text = "".join(traceback.format_exception(raised.value))
    assert "Ann" not in text
    assert "ann@" not in text
    assert "StripeError" not in text

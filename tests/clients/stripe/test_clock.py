"""Stripe's time, as its answers show it: never ahead of Stripe, and never taken from the host instead."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import MutableHeaders

from tests.clients.stripe.listings import END, START, fill
from upflow_provider.clients.stripe.clock import CARRY_MAX_S, StripeClock
from upflow_provider.errors import ProtocolError, RetriableError
from upflow_provider.runs.host_clock import HostClock
from upflow_provider.testing import serve

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEADER = "Mon, 02 Mar 2026 12:00:00 GMT"


@pytest.fixture
def at_noon(stripe_account):
    """Give the test an account whose clock stands at noon, half a second past the second."""
    stripe_account.clock = lambda: int(NOON.timestamp() + 0.5)
    return stripe_account


@pytest.fixture
def through_proxy(stripe_account):
    """Return a function that serves Stripe through a proxy, which changes the headers of its answers."""
    served = []

    def behind(change):
        async def proxy(scope, receive, send):
            async def send_changed(message):
                if message["type"] == "http.response.start":
                    change(MutableHeaders(raw=message["headers"]))
                await send(message)

            await stripe_account.app(scope, receive, send_changed)

        served.append(serve(proxy))
        return served[-1].__enter__().url

    yield behind
    for server in served:
        server.__exit__(None, None, None)


def test_an_answer_shows_the_time_which_a_monotonic_clock_carries_on(at_noon, connect):
    """No request is made for it; what the host's clock shows plays no part."""
    seconds = [100.0]
    source = connect(clock=lambda: seconds[0])
    list(source.pages("invoices", start=START, end=END))
    seconds[0] += 90.25

    assert source.server_time() == NOON + timedelta(seconds=90.25)
    assert len(at_noon.requests) == 1


def test_the_latest_answer_counts(at_noon, connect):
    """Monotonic clocks drift, and each answer sets the time right."""
    seconds = [100.0]
    source = connect(clock=lambda: seconds[0])
    source.find("invoices")
    at_noon.clock = lambda: int(NOON.timestamp()) + 60
    seconds[0] += 63
    source.find("invoices")

    assert source.server_time() == NOON + timedelta(seconds=60)


@pytest.mark.parametrize("age_s", [None, CARRY_MAX_S, 86_400.0])
def test_one_cheap_request_asks_for_the_time_if_no_late_answer_shows_it(at_noon, connect, age_s):
    """Nothing was answered yet, or so long ago that a clock may have drifted or slept."""
    seconds = [100.0]
    source = connect(clock=lambda: seconds[0])
    if age_s is not None:
        source.find("invoices")
        seconds[0] += age_s
        at_noon.requests.clear()

    assert source.server_time() == NOON
    assert [(each.path, each.query) for each in at_noon.requests] == [("/v1/events", "limit=1")]


@pytest.mark.parametrize(
    "value", [None, "", "yesterday", "12:00", "2026-03-02T12:00:00Z", "Mon, 99 Mar 2026 12:00:00 GMT"]
)
def test_without_a_usable_date_the_time_is_unknown(at_noon, connect, through_proxy, value):
    """A proxy takes it away or spoils it; the error says so, and the host's clock is no substitute."""

    def change(headers):
        del headers["date"]
        if value is not None:
            headers["date"] = value

    source = connect(url=through_proxy(change))

    with pytest.raises(ProtocolError, match=r"no usable Date.*proxy"):
        source.server_time()
    assert list(source.pages("invoices", start=START, end=END)) == []


def test_an_account_that_sends_no_date_is_no_source_of_time(at_noon, connect):
    """The fake can leave it out, for tests of those who use it."""
    at_noon.sends_date = False

    with pytest.raises(ProtocolError, match="no usable Date"):
        connect().server_time()


@pytest.mark.parametrize("age", ["1", "600", "86400", "99999999999999999999", "about a minute"])
def test_an_answer_from_a_cache_is_refused(at_noon, connect, through_proxy, age):
    """What it says is as old as its Date: neither the time nor the records are Stripe's present ones."""
    fill(at_noon, 3)
    source = connect(url=through_proxy(lambda headers: headers.update({"age": age})))

    for read in (source.server_time, lambda: source.find("invoices"), lambda: source.retrieve("invoices", "in_0000")):
        with pytest.raises(ProtocolError, match=f"comes from a cache .Age: {age} s.*exclude Stripe's API"):
            read()


@pytest.mark.parametrize("age", ["0", "00", " 0 "])
def test_a_proxy_that_has_asked_stripe_is_no_cache(at_noon, connect, through_proxy, age):
    """It has revalidated the answer, and says so."""
    source = connect(url=through_proxy(lambda headers: headers.update({"age": age})))

    assert source.server_time() - NOON < timedelta(seconds=60)


@pytest.mark.parametrize("status", [500, 503, 429, 409])
def test_an_error_does_not_show_the_time(at_noon, connect, status):
    """It may come from a proxy, whose clock is another."""
    wrong, right = int(NOON.timestamp()) + 86_400, int(NOON.timestamp())
    at_noon.clock = lambda: wrong if fault.fired and len(at_noon.requests) == 1 else right
    fault = at_noon.faults.add("status", status=status)
    source = connect(clock=lambda: 100.0)

    assert source.server_time() == NOON
    assert [each.status for each in at_noon.requests] == [status, 200]


@given(
    offset_s=st.floats(-1e9, 1e9),
    answers=st.lists(st.tuples(st.floats(0, 500), st.floats(0, 80), st.floats(0, 599)), min_size=1, max_size=9),
)
def test_it_is_never_ahead_of_stripe(offset_s, answers):
    """Whatever an answer takes, and wherever in a second it is made; it is behind by that, and a second."""
    true_s = NOON.timestamp()
    clock = StripeClock(monotonic=lambda: true_s + offset_s)
    for pause_s, took_s, later_s in answers:
        true_s += pause_s
        date = datetime.fromtimestamp(int(true_s), UTC)
        true_s += took_s
        clock.observe({"Date": f"{date:%a, %d %b %Y %H:%M:%S} GMT"}, "GET /")
        true_s += later_s
        behind_s = true_s - clock.now().timestamp()
        assert -1e-5 <= behind_s <= took_s + 1 + 1e-5


def test_the_host_is_compared_with_the_first_answer_and_not_again(at_noon, connect, caplog):
    """A host that is 734 seconds ahead works on, and says so once."""
    source = connect(host=HostClock(lambda: NOON + timedelta(seconds=734)))
    for _ in range(3):
        source.find("invoices")

    assert caplog.text.count("its clock is 734 s ahead of Stripe") == 1


@pytest.mark.parametrize("minutes", [16, -16, 1_440])
def test_a_host_that_is_very_wrong_reads_nothing(at_noon, connect, waits, minutes):
    """It is refused at once: to repeat the call would not help."""
    source = connect(host=HostClock(lambda: NOON + timedelta(minutes=minutes)))

    with pytest.raises(RetriableError, match=r"its clock is .* Stripe.*another host"):
        source.find("invoices")
    assert (len(at_noon.requests), waits) == (1, [])

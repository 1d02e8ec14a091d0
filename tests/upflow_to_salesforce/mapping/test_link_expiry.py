"""How long portal links live: never too short, hardly longer, and an even share of renewals for each day."""

from bisect import bisect_left
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.upflow_to_salesforce.mapping.link_expiry import EPOCH, PERIOD, PROMISED, SCHEDULE, expiry, is_due

START = datetime(2026, 3, 1, 3, 37, tzinfo=UTC)
MARGIN = timedelta(days=15)
DAY = timedelta(days=1)

CUSTOMERS = st.uuids().map(str)
MARGINS = st.integers(0, 300).map(lambda days: timedelta(days=days))
INSTANTS = st.datetimes(datetime(2015, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def renewals(customer, days, margin=MARGIN, *, fails=lambda _: False, start=START):
    """Return minting and expiry of each link that daily runs give a customer, but for the days on which they fail."""
    minted, expires, day = [], None, 0
    while day < days:
        if fails(day):
            day += 1
            continue
        now = start + day * DAY
        expires = expiry(customer, now, margin, expires)
        minted.append((now, expires))
        day = bisect_left(range(days), True, lo=day + 1, key=partial(_is_due_on, start, expires, margin))  # noqa: FBT003
    return minted


def _is_due_on(start, expires, margin, day):
    """Tell whether a link is due on a day; once it is, it is on every day after it."""
    return is_due(expires, start + day * DAY, margin)


def least(minted, end):
    """Return how long a customer's link was valid, at least, from its first one on until the end."""
    replaced = [*(now for now, _ in minted[1:]), end]
    return min(expires - until for (_, expires), until in zip(minted, replaced, strict=True))


@given(CUSTOMERS, INSTANTS, MARGINS)
def test_a_first_link_lives_for_60_days_and_the_margin_and_at_most_30_days_longer(customer, now, margin):
    """Whoever the customer is, whenever it is minted."""
    life = expiry(customer, now, margin) - now

    assert PROMISED + PERIOD + margin <= life < PROMISED + PERIOD + margin + PERIOD


@given(CUSTOMERS, INSTANTS, st.integers(0, 30).map(lambda days: timedelta(days=days)), st.floats(0, 1))
def test_a_renewed_link_lives_for_60_days_and_at_most_a_month_and_a_half(customer, now, margin, part):
    """However late the renewal is: from what is due just now to what has expired."""
    left = part * (PROMISED + margin + SCHEDULE) if part else timedelta(0)
    life = expiry(customer, now, margin, now + left) - now

    assert PROMISED + PERIOD <= life < PROMISED + PERIOD + margin + PERIOD + SCHEDULE


@given(CUSTOMERS, INSTANTS, MARGINS, MARGINS, st.integers(0, 120))
def test_what_was_just_renewed_is_not_due_for_half_a_period(customer, now, margin, before, days):
    """Also when the margin was another before, or the renewal was late: no link is minted every day."""
    replaced = expiry(customer, now - timedelta(days=days), before)
    expires = expiry(customer, now, margin, replaced)

    assert not is_due(expires, now + PERIOD / 2 - SCHEDULE, margin)


@given(CUSTOMERS, INSTANTS, MARGINS, MARGINS)
def test_a_customer_s_links_expire_at_its_own_instant_of_the_30_days(customer, now, margin, other):
    """Which is why what is late, once, moves no renewal after it."""
    one, another = expiry(customer, now, margin), expiry(customer, now + 41 * DAY, other)

    assert (one - another) % PERIOD == timedelta(0)
    assert (one - EPOCH) % timedelta(seconds=1) == timedelta(0)


@given(CUSTOMERS, INSTANTS)
def test_renewals_are_30_days_apart_for_ever(customer, now):
    """Once a customer has its first link, which lives for its share of 30 days longer."""
    times = [minted for minted, _ in renewals(customer, 400, start=now)]
    apart = [later - earlier for earlier, later in pairwise(times)]

    assert 29 * DAY <= apart[0] <= 60 * DAY
    assert set(apart[1:]) == {PERIOD}


@given(CUSTOMERS, st.integers(0, 89), st.integers(1, 15))
def test_renewals_may_fail_for_as_long_as_the_margin(customer, first, days):
    """Wherever the days are on which nothing could be renewed, 30 days are left at the end of them."""
    minted = renewals(customer, 120, fails=lambda day: first < day <= first + days)

    assert least(minted, START + 119 * DAY) >= PROMISED


@given(CUSTOMERS)
def test_a_late_renewal_makes_the_next_one_come_early_not_late(customer):
    """What failed for two weeks is in step again after one renewal: no link more, none less."""
    steady = [minted for minted, _ in renewals(customer, 400)]
    second = (steady[1] - START).days
    late = [minted for minted, _ in renewals(customer, 400, fails=lambda day: second <= day < second + 14)]

    assert late[1] == steady[1] + 14 * DAY
    assert late[2:] == steady[2:]


def test_a_day_more_than_the_margin_can_be_too_long():
    """So the margin is no larger than it says, and the tests above can fail."""
    found = [renewals(str(each), 120, fails=lambda day: 40 < day <= 57) for each in range(300)]

    assert min(least(minted, START + 119 * DAY) for minted in found) < PROMISED


@pytest.mark.parametrize("margin", [timedelta(0), timedelta(days=15), timedelta(days=40), timedelta(days=300)])
def test_no_day_needs_much_more_than_its_share(margin):
    """10,000 customers get their first link on one day; from their renewals on, a day has 333 and a few."""
    days = Counter((now - START).days for each in range(10_000) for now, _ in renewals(str(each), 120, margin)[1:])
    whole = [days[day] for day in range(60, 120)]

    assert sum(whole) == 20_000
    assert max(whole) <= 1.2 * 10_000 / 30
    assert min(whole) >= 0.8 * 10_000 / 30
    assert max(days.values()) <= 1.2 * 10_000 / 30


def test_links_of_120_days_are_one_each_30_days():
    """The first one lives longer than those after it, and so makes up for itself."""
    minted = sum(len(renewals(str(each), 120)) for each in range(1000))

    assert 1.0 <= minted / 1000 / 4 <= 1.02


def test_without_a_margin_links_live_as_long_as_upflow_s_own():
    """60 days, renewed every 30: a margin of 0 is the vendor's own scheme, on which no day may fail."""
    minted = renewals("cus", 400, timedelta(0))

    assert {(expires - now).days for now, expires in minted[1:]} == {60}
    assert least(minted, START + 399 * DAY) >= PROMISED


def test_time_zones_are_of_no_account():
    """The same instant has the same expiry, aware, however it is written."""
    tokyo = START.astimezone(timezone(timedelta(hours=9)))

    assert expiry("cus", tokyo, MARGIN) == expiry("cus", START, MARGIN)
    assert expiry("cus", START, MARGIN).utcoffset() == timedelta(0)
    assert is_due(tokyo + 46 * DAY - timedelta(seconds=1), START, MARGIN)
    assert not is_due(tokyo + 46 * DAY, START, MARGIN)
    with pytest.raises(TypeError):
        expiry("cus", START.replace(tzinfo=None), MARGIN)

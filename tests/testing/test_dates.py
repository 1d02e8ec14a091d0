"""Every fake says in ``Date`` what its own clock shows, whichever server it runs on."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
import requests

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def dates(url):
    """Return the values of the header in one answer, whatever its status."""
    return requests.get(f"{url}/v1/customers", timeout=5).raw.headers.getlist("Date")


def set_clock(fake):
    """Let a fake's clock show noon, and half a second."""
    if hasattr(fake, "clock"):
        fake.clock = lambda: int(NOON.timestamp())
    elif isinstance(fake.now(), datetime):
        fake.now = lambda: NOON.replace(microsecond=500_000)
    else:
        fake.now = lambda: NOON.timestamp() + 0.5


@pytest.mark.parametrize("name", ["fake_stripe", "fake_upflow", "fake_salesforce"])
def test_an_answer_has_the_time_of_the_fake(request, name):
    """Once, and rounded down."""
    fake = request.getfixturevalue(name)
    set_clock(fake)

    assert [parsedate_to_datetime(each) for each in dates(fake.url)] == [NOON]


@pytest.mark.parametrize("name", ["fake_stripe", "fake_upflow"])
def test_an_answer_on_demand_has_it_too(request, name):
    """An error has the time as well."""
    fake = request.getfixturevalue(name)
    set_clock(fake)
    fake.faults.add("status", status=503)

    assert [parsedate_to_datetime(each) for each in dates(fake.url)] == [NOON]


@pytest.mark.parametrize("name", ["fake_stripe", "fake_upflow"])
def test_the_header_can_be_left_out(request, name):
    """Some proxies do so."""
    fake = request.getfixturevalue(name)
    fake.sends_date = False

    assert dates(fake.url) == []


def test_objects_have_the_time_of_the_header(fake_stripe):
    """The clock that is replaced is the one by which objects and events are made."""
    set_clock(fake_stripe)
    made = fake_stripe.create_customer(name="Alder")

    assert made["created"] == NOON.timestamp()

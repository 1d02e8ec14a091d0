"""An organization that is opened for a task: whose clock decides, and what is said of hosts that differ."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.hosts import host_at
from upflow_provider.errors import RetriableError
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.operators.stripe_to_upflow import StripeToUpflowOperator
from upflow_provider.settings import Organization


@pytest.fixture
def postgres_ledger(connections, set_connection, postgres_url):
    """Keep the ledger in PostgreSQL, whose clock is right."""
    url = sa.make_url(postgres_url)
    set_connection(
        "upflow_ledger",
        conn_type="postgres",
        host=url.host,
        port=url.port,
        login=url.username,
        password=url.password,
        schema=url.database,
    )


def open_for(context):
    """Return the organization, opened for a task of the sync."""
    return OpenOrganization(Organization(), context, lane="live")


def hosts_clock(seconds):
    """Let the package live on a host that is ahead of the others by so many seconds."""
    return host_at(lambda: datetime.now(UTC) + timedelta(seconds=seconds))


@pytest.mark.postgres
@pytest.mark.parametrize(("seconds", "side"), [(734, "ahead of"), (-734, "behind")])
def test_a_host_that_differs_from_the_ledger_is_named(postgres_ledger, context, caplog, seconds, side):
    """At the start of the task; what it writes has the ledger's time all the same."""
    with hosts_clock(seconds):
        opened = open_for(context)
        opened.save_report("invoices", {})
        tick = opened.ledger.clock.tick()

    assert f"its clock is 734 s {side} the ledger's database" in caplog.text.replace("733", "734").replace("735", "734")
    [report] = opened.ledger.reports("invoices")
    for instant in (opened.started_at, report.started_at, report.finished_at, report.window_end, tick):
        assert abs(instant - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.postgres
@pytest.mark.parametrize("seconds", [1_000, -1_000, 86_400])
def test_a_host_that_differs_too_much_is_refused(postgres_ledger, context, seconds):
    """Before anything is read or written; another host may take the retry."""
    with hosts_clock(seconds), pytest.raises(RetriableError, match=r"the ledger's database.* another host"):
        open_for(context)


def test_on_sqlite_stripe_is_what_a_host_is_compared_with(connections, context, fake_stripe, caplog):
    """The ledger's clock is the host's there; the first answer shows the difference, in every task."""
    with hosts_clock(600):
        opened = open_for(context)
        assert "its clock is" not in caplog.text
        opened.source.find("customers")
        assert "ahead of Stripe" in caplog.text
    with hosts_clock(-1_000), pytest.raises(RetriableError, match="Stripe"):
        open_for(context).source.find("customers")


def test_a_host_that_is_right_is_not_mentioned(connections, context, caplog):
    """As on every day."""
    caplog.set_level(logging.WARNING)
    open_for(context).source.find("customers")

    assert "its clock is" not in caplog.text


def test_reads_of_a_task_are_ordered_by_ticks_of_the_ledger(connections, context, fake_stripe):
    """Each page has one, after every tick before it."""
    for number in range(150):
        fake_stripe.create_customer(id=f"cus_{number}", name="Alder")
    opened = open_for(context)
    before = opened.ledger.clock.tick()
    start = datetime(2020, 1, 1, tzinfo=UTC)
    read_ats = [page.read_at for page in opened.source.pages("customers", start=start, end=None)]

    assert [before, *read_ats] == sorted({before, *read_ats})
    assert opened.ledger.clock.tick() > read_ats[-1]


def test_a_backfill_begins_the_sync_by_stripes_clock(connections, context, fake_stripe):
    """The host believes that the month is over; what changes in Stripe's last minutes of it is left to the sync."""
    last_minutes = datetime(2026, 1, 31, 23, 55, tzinfo=UTC)
    fake_stripe.clock = lambda: int(last_minutes.timestamp())
    load = StripeToUpflowOperator(task_id="customers", stream="customers", start="2026-01-01", end="2026-02-01")
    with host_at(lambda: last_minutes + timedelta(minutes=10)):
        load.execute(context)
        opened = open_for(context)
        requests = len(fake_stripe.requests)
        load.execute(context)

    assert timedelta(0) <= opened.ledger.watermark() - last_minutes < timedelta(seconds=5)
    assert (requests, len(fake_stripe.requests)) == (2, 3)

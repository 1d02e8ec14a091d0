"""Two hosts at one ledger, whose clocks are ten minutes apart, while Stripe changes a thousand times."""

import time
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
import sqlalchemy as sa

from tests.forks import FORKS
from tests.stripe_to_upflow.clocks.runs import names
from tests.stripe_to_upflow.clocks.worker import LAG_S, sync_until_told
from upflow_provider.ledger import Ledger

CUSTOMERS, RENAMES = 200, 4
CHANGES, CHANGES_PER_LIST = 1_000, 25
HOSTS = (-300, 300)
"""Seconds by which the hosts are ahead."""


def changes(stripe):
    """Create the customers and rename each of them four times, a change at a time."""
    for number in range(CUSTOMERS):
        yield stripe.create_customer(id=f"cus_{number}", name="New")
    for rename in range(RENAMES):
        for number in range(CUSTOMERS):
            yield stripe.update_customer(f"cus_{number}", name=f"Name {rename}")


@pytest.mark.slow(seconds=20)
@pytest.mark.postgres
@pytest.mark.no_cover  # what is tested here runs in other processes
def test_two_hosts_ten_minutes_apart_lose_and_overwrite_nothing(bridge, postgres_url):
    """Both run the sync all the time; in the end, Upflow has the last name of every customer."""
    ledger = Ledger(sa.create_engine(postgres_url), "default")
    ledger.stamp_watermark(datetime.now(UTC) - timedelta(minutes=1))
    config = {
        "key": bridge.upflow.api_key,
        "secret": bridge.upflow.api_secret,
        "upflow_url": bridge.upflow.base_url,
        "stripe_url": bridge.stripe.url,
        "stripe_key": bridge.stripe.api_key,
        "ledger": postgres_url,
    }
    stop, results = FORKS.Event(), FORKS.Queue()
    hosts = [
        FORKS.Process(target=sync_until_told, args=(config, ahead_s, stop, results), daemon=True) for ahead_s in HOSTS
    ]
    to_come = changes(bridge.stripe)
    bridge.stripe.on_list = lambda: list(islice(to_come, CHANGES_PER_LIST))  # while it is being read
    for host in hosts:
        host.start()
    while len(bridge.stripe.store.events) < CHANGES:
        time.sleep(0.05)
    time.sleep(LAG_S + 1.5)
    stop.set()
    done = sorted(results.get(timeout=60) for _ in HOSTS)
    for host in hosts:
        host.join(60)

    (behind_s, behind_runs, behind_at), (ahead_s, ahead_runs, ahead_at) = done
    assert (behind_s, ahead_s) == HOSTS
    assert min(behind_runs, ahead_runs) > 1
    assert ahead_at - behind_at > timedelta(minutes=9)
    stripe, upflow = names(bridge)
    assert upflow == stripe
    assert set(upflow.values()) == {f"Name {RENAMES - 1}"}
    known = ledger.records("customers", stripe)
    assert all(abs(each.read_at - datetime.now(UTC)) < timedelta(minutes=2) for each in known.values())

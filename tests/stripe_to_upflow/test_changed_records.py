"""Changed records are read from lists where they were created close together, else one by one."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.ledger import Change
from upflow_provider.stripe_to_upflow.changed_records import CLUSTER_GAP_MAX, CLUSTER_SIZE_MIN, clusters, reread
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.customers import CUSTOMERS

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def changes(*minutes):
    """Return changes of records that were created so many minutes before noon, newest first."""
    known = sorted(each for each in minutes if each is not None)
    unknown = [Change("invoices", f"in_x{number}") for number in range(len(minutes) - len(known))]
    return [
        *(Change("invoices", f"in_{number}", NOON - timedelta(minutes=each)) for number, each in enumerate(known)),
        *unknown,
    ]


@given(st.lists(st.one_of(st.none(), st.integers(0, 5_000)), max_size=200))
def test_clusters_are_dense_and_apart(minutes):
    """Within one no gap is wider than allowed; no record is in two; none is too small to be worth a list."""
    found = clusters(changes(*minutes))
    ids = [each.record_id for cluster in found for each in cluster]

    assert len(ids) == len(set(ids))
    for cluster in found:
        instants = [each.created_at for each in cluster]
        assert len(cluster) >= CLUSTER_SIZE_MIN
        assert all(before - after <= CLUSTER_GAP_MAX for before, after in itertools.pairwise(instants))
    for before, after in itertools.pairwise(found):
        assert before[-1].created_at - after[0].created_at > CLUSTER_GAP_MAX


def test_few_records_are_in_no_cluster():
    """Nor are those of unknown age."""
    assert clusters(changes(*range(CLUSTER_SIZE_MIN - 1), *[None] * 100)) == []
    assert len(clusters(changes(*range(CLUSTER_SIZE_MIN)))) == 1


def test_a_list_that_brings_little_is_given_up(fake_stripe):
    """The rest is read one by one, and everything comes once."""
    fake_stripe.limits.enforced = False
    base = int(NOON.timestamp())
    for number in range(1500):
        fake_stripe.create_customer(id=f"cus_{number}", created=base - number)
    wanted = [Change("customers", f"cus_{number}", NOON - timedelta(seconds=number)) for number in range(0, 1500, 50)]
    source = StripeSource(open_sdk(fake_stripe.api_key, base_url=fake_stripe.url), requests_per_second=10_000)
    pages = list(reread(Reader(source), CUSTOMERS, wanted, lambda: NOON))
    ids = [record["id"] for page in pages for record in page.records]

    assert sorted(ids) == sorted(each.record_id for each in wanted)
    assert sorted(each for page in pages for each in page.cursor["ids"]) == sorted(ids)
    assert len(fake_stripe.requests) == 1 + len(wanted) - 2


def test_records_that_upflow_has_come_before_new_ones(fake_stripe):
    """What no longer settles an invoice makes room before what settles it instead comes, whatever their ages are."""
    for number in range(60):
        fake_stripe.create_customer(id=f"cus_{number}", created=int(NOON.timestamp()) - 400 * 86_400 * number)
    wanted = [Change("customers", f"cus_{number}", NOON - timedelta(days=400 * number)) for number in range(60)]
    known = {"cus_7", "cus_59"}
    source = StripeSource(open_sdk(fake_stripe.api_key, base_url=fake_stripe.url), requests_per_second=10_000)
    pages = list(reread(Reader(source), CUSTOMERS, wanted, lambda: NOON, known))
    ids = [record["id"] for page in pages for record in page.records]

    assert set(ids[:2]) == known
    assert sorted(ids) == sorted(each.record_id for each in wanted)

"""However odd the fields of a record are: it is imported or set aside with its id, and all others arrive."""

import json
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.amounts import ODD_RECORDS
from tests.bridge import ALL
from tests.stripe_to_upflow.odd.objects import ABSENT, Accepting, Objects, changed, paths
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.delivery.importer import Importer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.ledger import Ledger, Outcome, prepare
from upflow_provider.records.text import is_id
from upflow_provider.runs.progress import Progress
from upflow_provider.stripe_to_upflow.event_feed import event_changes
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.parents import StripeParents
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.related_changes import related_changes
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing import FakeStripe, serve

DEEP = [[]]
for _ in range(400):
    DEEP = [DEEP]
SECRET = "Hortense Odd"
VALUES = st.sampled_from(
    [
        *(ABSENT, None, True, 0, -1, 1.5, 2**53, 10**30, "", SECRET, f"{SECRET} \ud83d", f"{SECRET}\0", "é" * 5_000),
        *([], {}, [None], {"id": None}, {"data": None}, {"data": [7]}, {"type": [SECRET]}, DEEP),
    ]
)
EVENTS = {
    kind: {
        "id": "evt_1",
        "type": kind,
        "created": 1,
        "data": {"object": {**of, "created": 1}, "previous_attributes": {}},
    }
    for kind, of in {
        "customer.updated": {"object": "customer", "id": "cus_1"},
        "payment_method.detached": {"object": "payment_method", "id": "pm_1", "customer": "cus_1"},
        "invoice_payment.paid": {"object": "invoice_payment", "payment": {"charge": "ch_1"}, "invoice": "in_1"},
        "charge.updated": {"object": "charge", "id": "ch_1", "payment_intent": None},
    }.items()
}
OPTIONS = Options(parent_metadata_key="parent", delete_empty_customers=True)


RESOURCES = {
    **{each.resource: each.expand for stream in STREAMS.values() for each in stream.listings},
    "charges": (),
}
"""What is read, with what is expanded of it."""


@pytest.fixture(scope="module")
def shop():
    """Return the objects of a shop that has one of everything, twice: under ``odd`` and under ``good``."""
    fake = FakeStripe()
    fake.limits.enforced = False
    with serve(fake.app) as server:
        for name in ("odd", "good"):
            fake.create_customer(
                id=f"cus_{name}", email="a@example.com", tax_ids=[("eu_vat", "FR1")], metadata={"x": "y"}
            )
            for number, fate in enumerate((_charge, _give_up, FakeStripe.void_invoice, _refund)):
                fake.create_invoice(f"cus_{name}", 1200, id=f"in_{name}{number}", tax=200)
                fake.finalize_invoice(f"in_{name}{number}")
                fate(fake, f"in_{name}{number}")
        source = StripeSource(open_sdk(fake.api_key, base_url=server.url), requests_per_second=10_000)
        return {resource: source.find(resource, expand=expand) for resource, expand in RESOURCES.items()}


def _refund(fake, invoice_id):
    """Pay too much of an invoice; give parts back with a credit note and without, and lose a dispute."""
    intent = fake.payments.pay({invoice_id: 1200}, surplus=100)
    refund = fake.credits.refund(intent["id"], 300)
    fake.credits.credit(invoice_id, 300, refund=refund, refunded=200)
    fake.credits.dispute(intent["id"], 400, status="lost")


def _charge(fake, invoice_id):
    """Pay an invoice by a charge without an intent, and give a part back."""
    fake.credits.refund(fake.payments.charge(invoice_id, 1200)["id"], 100)


def _give_up(fake, invoice_id):
    """Let an invoice be paid in part outside of Stripe, and give the rest up."""
    fake.payments.report({invoice_id: 500})
    fake.mark_uncollectible(invoice_id)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """Return the engine of a ledger that all examples share, each as an organization of its own."""
    engine = prepare(sa.create_engine(f"sqlite:///{tmp_path_factory.mktemp('odd')}/ledger.sqlite"))
    yield engine
    engine.dispose()


def sync_all(engine, by_resource):
    """Sync every stream into an empty Upflow; return the ledger, and the reports and records by stream."""
    ledger = Ledger(engine, uuid4().hex)
    reader = Reader(Objects(by_resource, ledger.clock.tick))
    parents = StripeParents(reader, ledger, OPTIONS)
    importer = Importer(upflow=Accepting(), ledger=ledger, parents=parents, owner="me", run="run")
    reports, records = {}, {}
    for name, stream in STREAMS.items():
        pages = list(reader.pages(stream, ALL))
        records[name] = [record for page in pages for record in page.records]
        for page in pages:
            related_changes(stream, page.records, ledger)
        sync = StreamSync(stream.delivery_stream(OPTIONS), importer, ledger, reject_refused=True)
        reports[name] = sync.run(pages, progress=Progress(name, ALL))
    return ledger, reports, records


@pytest.fixture(scope="module")
def good(engine, shop):
    """Return the ids, by stream, of the records that are imported and have nothing to do with what is made odd."""
    ledger, _, records = sync_all(engine, shop)
    ids = {name: [each["id"] for each in found if "odd" not in str(each)] for name, found in records.items()}
    return {name: imported(ledger, name, found) for name, found in ids.items()}


def imported(ledger, name, ids):
    """Return those of the records of a stream that were imported."""
    return {each for each, state in ledger.records(name, ids).items() if state.outcome is Outcome.IMPORTED}


def test_the_shop_itself_has_nothing_odd(engine, shop):
    """All of it arrives: the property below would be worth nothing if most of it were set aside anyway."""
    _, reports, _ = sync_all(engine, shop)

    assert {name: report.created for name, report in reports.items()} == {
        "customers": 2,
        "invoices": 8,
        "credit_notes": 2,
        "payments": 6,
        "refunds": 6,
    }
    assert not any(report.rejected for report in reports.values())


@settings(max_examples=ODD_RECORDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_odd_record_is_imported_or_set_aside(engine, shop, good, data):
    """No stream stops, every record has its outcome under its id, all others arrive, and no value is repeated."""
    by_resource = json.loads(json.dumps(shop))
    for _ in range(data.draw(st.integers(1, 6))):
        resource = data.draw(st.sampled_from(sorted(RESOURCES)))
        number = data.draw(st.integers(0, len(by_resource[resource]) - 1))
        record = by_resource[resource][number]
        if "odd" not in str(record.get("id")) + str(shop[resource][number]):
            continue
        changed(record, data.draw(st.sampled_from(list(paths(shop[resource][number])))), data.draw(VALUES))
    ledger, reports, records = sync_all(engine, by_resource)

    for name, report in reports.items():
        known = ledger.records(name, [record["id"] for record in records[name]])
        assert report.handled == report.read == len(known) == len(records[name])
        for each in known.values():
            assert each.outcome in {Outcome.IMPORTED, Outcome.SKIPPED, Outcome.REJECTED}
            assert SECRET not in (each.reason or "")
            assert (each.next_attempt_at is not None) >= (each.outcome is Outcome.REJECTED)
        assert imported(ledger, name, good[name]) == good[name]


@settings(max_examples=ODD_RECORDS, deadline=None)
@given(st.sampled_from(sorted(EVENTS)), st.data())
def test_an_odd_event_never_ends_the_feed(kind, data):
    """It names a record, or none."""
    event = json.loads(json.dumps(EVENTS[kind]))
    changed(event, data.draw(st.sampled_from(list(paths(event)))), data.draw(VALUES))

    assert all(is_id(each.record_id) for each in event_changes([event, EVENTS[kind]]))

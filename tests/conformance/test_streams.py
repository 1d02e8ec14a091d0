"""Every stream of the registry keeps every promise: a row that lacks something turns a test red."""

import json
import re
from pathlib import Path

import pytest

from tests.clock import BEGIN, Clock
from tests.conformance.samples import CHANGES, SAMPLES
from tests.docs.tables import table
from upflow_provider.errors import AuthenticationError
from upflow_provider.hooks.stripe import StripeHook
from upflow_provider.ledger import Ledger, Outcome
from upflow_provider.records.payloads import COLLECTIONS
from upflow_provider.stripe_to_upflow.streams.registry import DOCUMENT_STREAMS, STREAMS, document_stream_of
from upflow_provider.testing.stripe.billing.resources import RESOURCES

EVENT_TYPES = [
    pytest.param(name, event_type, path, id=f"{name}-{event_type}-{path}")
    for name, stream in STREAMS.items()
    for rule in stream.events
    for event_type in rule.types
    for path in rule.id_paths
]
"""Each way in which an event can name a record of a stream."""

every_stream = pytest.mark.parametrize("name", STREAMS)


@pytest.fixture
def clock(bridge):
    """Set the clocks of both fakes and of the sync to one instant; nothing is in Stripe yet."""
    clock = Clock()
    bridge.now = clock.now
    bridge.stripe.clock = lambda: int(clock.at.timestamp())
    bridge.ledger.stamp_watermark(clock.now())
    return clock


@every_stream
def test_there_is_a_sample(name):
    """A new stream adds its own: without one, none of the promises below would be tried."""
    assert name in SAMPLES, f"tests/conformance/samples.py: write what makes a record of {name}, and add it to SAMPLES"
    assert name in CHANGES, f"tests/conformance/samples.py: add a change of a record of {name} to CHANGES"


@every_stream
def test_the_row_is_whole(name):
    """Title, listings with prefixes of their own, events; it names only streams and collections that exist."""
    stream = STREAMS[name]
    others = [prefix for other in STREAMS.values() if other is not stream for prefix in other.prefixes]

    assert stream.name == name
    assert stream.title, f"{name} has no title, which messages and docs show"
    assert stream.collection in COLLECTIONS, f"{stream.collection} is missing from COLLECTIONS in records/payloads.py"
    assert all(listing.prefixes for listing in stream.listings), f"a listing of {name} has no prefixes"
    assert not any(prefix.startswith(other) for prefix in stream.prefixes for other in others), (
        f"{name}: shared prefixes"
    )
    assert stream.events, f"{name} has no events: its changes would never be seen"
    assert all(rule.types and rule.id_paths for rule in stream.events)
    if stream.related_stream:
        assert list(STREAMS).index(stream.related_stream) > list(STREAMS).index(name)


@every_stream
def test_a_record_is_mapped_and_sent_once(bridge, clock, name):
    """It arrives in Upflow under its own id; the second sync changes nothing and sends nothing."""
    record_id = SAMPLES[name](bridge)
    first = bridge.sync(name)
    bridge.upflow.requests.clear()
    second = bridge.sync(name)

    assert bridge.imported(STREAMS[name].collection, record_id)["externalId"] == record_id
    assert (first.created, first.rejected) == (1, 0)
    assert (second.unchanged, second.writes, bridge.writes()) == (1, 0, [])
    assert document_stream_of(record_id) is (STREAMS[name] if STREAMS[name] in DOCUMENT_STREAMS else None)


@every_stream
def test_a_dry_run_plans_it(bridge, clock, name):
    """It counts what the sync will do, and writes neither to Upflow nor to the ledger."""
    record_id = SAMPLES[name](bridge)
    plan = bridge.sync(name, dry_run=True)

    assert (plan.created, plan.dry_run, bridge.writes()) == (1, True, [])
    assert bridge.ledger.records(name, [record_id]) == {}
    assert bridge.sync(name).created == plan.created


@pytest.mark.parametrize(("name", "event_type", "path"), EVENT_TYPES)
def test_an_event_of_each_type_brings_it(bridge, clock, name, event_type, path):
    """Wherever the event holds the record's id: the feed is asked for the type, and the record is read again."""
    record_id = SAMPLES[name](bridge)
    bridge.sync_all()
    clock.go_on(hours=1)
    bridge.catch_up("sync/0")
    clock.go_on(minutes=10)
    bridge.stripe.store.events.add(_event(name, event_type.replace(".*", ".updated"), path, record_id))
    clock.go_on(minutes=2)
    report, reports = bridge.catch_up("sync/1")

    assert (report.events, report.changes.get(name)) == (1, 1)
    assert reports[name].unchanged == 1


@every_stream
def test_its_own_events_bring_it_and_its_changes(bridge, clock, name):
    """A record that is made, and then changed, arrives by the events that Stripe sends: the rules lack none of them."""
    bridge.catch_up("sync/0")
    clock.go_on(minutes=10)
    record_id = SAMPLES[name](bridge)
    clock.go_on(minutes=10)
    _, made = bridge.catch_up("sync/1")
    arrived = bridge.ledger.records(name, [record_id])[record_id].external_id if made[name].created else None
    CHANGES[name](bridge, record_id)
    clock.go_on(minutes=10)
    _, changed = bridge.catch_up("sync/2")

    sent = sorted({event["type"] for event in bridge.stripe.store.events})
    assert made[name].rejected == changed[name].rejected == 0
    assert (made[name].created, arrived) == (1, record_id), f"no event of {name} covers its creation; sent were {sent}"
    assert changed[name].updated + changed[name].removed == 1, f"no event of {name} covers its change; sent were {sent}"


@every_stream
def test_a_gap_in_the_feed_lists_it(bridge, clock, name):
    """What was created while no event was kept is in Upflow after the next run."""
    bridge.catch_up("sync/0")
    clock.go_on(days=20)
    record_id = SAMPLES[name](bridge)
    clock.go_on(days=20)
    _forget_events(bridge)
    report, reports = bridge.catch_up("sync/1")

    assert report.relisting == "gap"
    assert name in report.changes
    assert (reports[name].created >= 1, reports[name].rejected) == (True, 0)
    assert bridge.imported(STREAMS[name].collection, record_id)["externalId"] == record_id


@every_stream
def test_a_gap_in_the_feed_brings_its_changes(bridge, clock, name):
    """What was made before the gap, and changed in it, is changed in Upflow after the next run."""
    bridge.catch_up("sync/0")
    clock.go_on(minutes=10)
    record_id = SAMPLES[name](bridge)
    clock.go_on(minutes=10)
    bridge.catch_up("sync/1")
    sent = bridge.ledger.records(name, [record_id])[record_id].payload_hash
    clock.go_on(days=20)
    CHANGES[name](bridge, record_id)
    clock.go_on(days=20)
    _forget_events(bridge)
    report, _ = bridge.catch_up("sync/2")

    assert (report.relisting, sent is not None) == ("gap", True)
    assert bridge.ledger.records(name, [record_id])[record_id].payload_hash != sent


IGNORED_EVENTS = {
    "application_fee.refund.updated": "the refund of a platform's fee, not of a payment",
    "charge.dispute.created": "a dispute concerns Upflow when it is lost, which `closed` says",
    "charge.dispute.updated": "as above: its evidence has changed",
}
"""Types of events about objects of a listing that no stream has to see, and why."""


@every_stream
def test_every_event_type_that_stripe_has_of_its_objects_is_covered(name):
    """The SDK lists them; one that is left out of the rules is a change that nobody sees."""
    objects = {RESOURCES[listing.resource].object for listing in STREAMS[name].listings}
    types = {each for each in _event_types() if each.rpartition(".")[0].rpartition(".")[2] in objects}
    covered = {each for each in types for rule in STREAMS[name].events if rule.covers(each)}

    assert types
    assert types - covered - IGNORED_EVENTS.keys() == set()


def _event_types():
    """Return every type of Stripe's events that the pinned SDK knows: those that a webhook can ask for."""
    import stripe

    params = Path(stripe.__file__).parent / "params" / "_webhook_endpoint_create_params.py"
    return set(re.findall(r'"([a-z0-9_]+(?:\.[a-z0-9_]+)+)"', params.read_text(encoding="utf-8")))


@every_stream
def test_a_rebuild_adopts_it(bridge, clock, name):
    """A new ledger knows from Upflow that the record is there."""
    record_id = SAMPLES[name](bridge)
    bridge.sync(name)
    bridge.ledger = Ledger(bridge.ledger._engine, "empty")
    counts = bridge.inventory().listed
    known = bridge.ledger.records(name, [record_id])[record_id]

    assert counts[name] == 1
    assert (known.outcome, known.is_imported) == (Outcome.IMPORTED, True)


@every_stream
def test_a_lost_permission_is_named(bridge, name, monkeypatch):
    """The check of the connection names each collection that the key may not read."""
    connection = {"conn_type": "stripe", "host": bridge.stripe.url, "password": bridge.stripe.api_key}
    monkeypatch.setenv("AIRFLOW_CONN_STRIPE_DEFAULT", json.dumps(connection))
    for listing in STREAMS[name].listings:
        bridge.stripe.forbidden = {listing.resource}
        with pytest.raises(AuthenticationError, match=f"403 for (.*, )?{listing.resource} "):
            StripeHook().check()


def test_the_docs_have_a_row_for_each_stream():
    """In dependency order; the table of docs/stripe-to-upflow.md is exactly what this test compares it with."""
    assert table("streams") == [
        [
            f"`{name}`",
            ", ".join(f"`/v1/{listing.resource}`" for listing in stream.listings),
            f"`/v1/{stream.collection}`: {stream.title}",
            ", ".join(f"`{other}`" for other in stream.after),
        ]
        for name, stream in STREAMS.items()
    ]


def _event(name, event_type, path, record_id):
    """Return an event of a type, whose object holds an id at a path; its own id only if it is of the stream's type."""
    first, *rest = path.split(".")
    value = record_id
    for part in reversed(rest):
        value = {part: value}
    kind, created = min(STREAMS[name].object_types) if path == "id" else "thing", int(BEGIN.timestamp()) + 4_200
    thing = {"object": kind, "id": "thing_1", "created": created, first: value}
    return {"object": "event", "id": "evt_1", "created": created, "type": event_type, "data": {"object": thing}}


def _forget_events(bridge):
    """Drop every event of the feed, as Stripe does after thirty days."""
    for event in list(bridge.stripe.store.events):
        bridge.stripe.store.events.remove(event["id"], event)

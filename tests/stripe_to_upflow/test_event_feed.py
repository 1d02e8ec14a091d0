"""Events point to records; what they say of them counts for nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from upflow_provider.ledger import Change
from upflow_provider.stripe_to_upflow.event_feed import EVENT_TYPES_MAX, event_changes, feed_filters
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.stripe_to_upflow.streams.stream import EventRule

AT = datetime(2026, 3, 1, tzinfo=UTC)


def event(kind, obj, **data):
    """Return an event of a kind about an object."""
    return {"id": "evt_1", "type": kind, "created": 0, "data": {"object": obj, **data}}


def thing(kind, thing_id, **fields):
    """Return an object, created at an instant."""
    return {"object": kind, "id": thing_id, "created": int(AT.timestamp()), **fields}


CASES = {
    "customer.updated": (thing("customer", "cus_1"), {("customers", "cus_1", AT)}),
    "customer.tax_id.created": (thing("tax_id", "txi_1", customer="cus_1"), {("customers", "cus_1", None)}),
    "customer.subscription.deleted": (thing("subscription", "sub_1", customer="cus_1"), {("customers", "cus_1", None)}),
    "payment_method.attached": (thing("payment_method", "pm_1", customer="cus_1"), {("customers", "cus_1", None)}),
    "invoice.paid": (thing("invoice", "in_1", customer="cus_1"), {("invoices", "in_1", AT)}),
    "invoice.upcoming": ({"object": "invoice", "customer": "cus_1"}, set()),
    "invoice_payment.paid": (
        thing(
            "invoice_payment",
            "inpay_1",
            invoice="in_1",
            payment={"type": "payment_intent", "payment_intent": "pi_1"},
        ),
        {("invoices", "in_1", None), ("payments", "pi_1", AT)},
    ),
    "credit_note.created": (
        thing("credit_note", "cn_1", invoice="in_1"),
        {("invoices", "in_1", None), ("credit_notes", "cn_1", AT)},
    ),
    "refund.failed": (thing("refund", "re_1", charge="ch_1"), {("refunds", "re_1", AT)}),
    "charge.refunded": (thing("charge", "ch_1", payment_intent="pi_1"), {("refunds", "ch_1", AT)}),
    "charge.updated": (thing("charge", "ch_1", payment_intent="pi_1"), {("payments", "pi_1", None)}),
    "charge.dispute.closed": (thing("dispute", "dp_1", charge="ch_1"), {("refunds", "dp_1", AT)}),
    "price.created": (thing("price", "price_1"), set()),
}


@pytest.mark.parametrize("kind", CASES)
def test_an_event_points_to_records(kind):
    """By their ids; when they were created is told where the event's object is listed by that."""
    obj, expected = CASES[kind]

    assert set(event_changes([event(kind, obj)])) == {Change(*each) for each in expected}


def test_what_a_change_took_away_stands_apart():
    """A payment method that was detached names its customer no more."""
    detached = event(
        "payment_method.detached",
        thing("payment_method", "pm_1", customer=None),
        previous_attributes={"customer": "cus_1"},
    )

    assert event_changes([detached]) == [Change("customers", "cus_1")]


def test_many_events_of_one_record_point_to_it_once():
    """With its age, if any of them tells it."""
    found = event_changes(
        [event("credit_note.created", thing("credit_note", "cn_1", invoice="in_1"))] * 3
        + [event("invoice.updated", thing("invoice", "in_1"))] * 3
    )

    assert sorted(found, key=lambda change: change.stream) == [
        Change("credit_notes", "cn_1", AT),
        Change("invoices", "in_1", AT),
    ]


def test_three_lists_ask_for_everything():
    """
    Every type and family of the rows is asked for, once, and Stripe takes twenty types in one list.

    Three lists are enough for what a customer is billed and pays; another stream may need one more.
    """
    billing = [STREAMS[name] for name in ("customers", "invoices", "credit_notes", "payments", "refunds")]
    filters = feed_filters()
    asked = [each for some in filters for each in some.get("types", [some.get("type")])]

    assert len(feed_filters(billing)) == 3
    assert all(len(each.get("types", ())) <= EVENT_TYPES_MAX for each in filters)
    assert len(set(asked)) == len(asked)
    assert set(asked) == {each for stream in STREAMS.values() for rule in stream.events for each in rule.types}


def test_more_types_than_one_list_takes_are_asked_for_in_several():
    """Nothing is left out when a stream adds its types, and what a family covers is not asked for twice."""
    types = tuple(f"thing.kind_{number}" for number in range(2 * EVENT_TYPES_MAX + 1))
    stream = replace(STREAMS["customers"], events=(EventRule((*types, "customer.*", "customer.updated")),))
    filters = feed_filters([stream])

    assert [each for some in filters[1:] for each in some["types"]] == sorted(types)
    assert filters[0] == {"type": "customer.*"}
    assert [len(each["types"]) for each in filters[1:]] == [EVENT_TYPES_MAX, EVENT_TYPES_MAX, 1]

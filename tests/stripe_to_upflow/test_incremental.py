"""What changed in Stripe is in Upflow after one run, once, and nothing else is touched."""

from datetime import datetime, timedelta

import pytest

from tests.stripe_to_upflow.simulator.clock import BEGIN
from upflow_provider.errors import AuthenticationError, ConfigurationError, UnfinishedError
from upflow_provider.ledger import Outcome
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def test_an_idle_run_reads_the_feed_and_nothing_else(bridge, clock):
    """Three lists of events, and no request to Upflow."""
    taken, _ = bridge.catch_up()

    assert bridge.reads() == {"events": 3}
    assert len(bridge.upflow.requests) == 0
    assert (taken.events, taken.changes) == (0, {})


def test_ten_events_of_one_invoice_are_one_write(bridge, clock):
    """It is read once, too."""
    for number in range(10):
        bridge.stripe.update_invoice(
            "in_1", description=f"No {number}", due_date=int(BEGIN.timestamp()) + number * 86_400
        )
    clock.go_on(minutes=5)
    taken, reports = bridge.catch_up()

    assert taken.events == 10
    assert bridge.writes() == [("POST", "/v1/invoices")]
    assert bridge.reads() == {"events": 3, "invoices": 1}
    assert reports["invoices"].updated == 1


def test_overlapping_runs_do_nothing_twice(bridge, clock):
    """Windows overlap; events that a finished run has dealt with are left out."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=2)
    bridge.catch_up("sync/1")
    clock.go_on(minutes=2)
    taken, _ = bridge.catch_up("sync/2")

    assert bridge.writes() == [("POST", "/v1/customers")]
    assert (taken.events, bridge.reads()) == (0, {"events": 6, "customers": 1})


def test_an_event_that_shows_up_late_is_not_missed(bridge, clock):
    """Fifty seconds after the change, when a run has already been by."""
    bridge.stripe.event_delay_s = 50
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(seconds=45)
    bridge.catch_up("sync/1")
    clock.go_on(seconds=45)
    bridge.catch_up("sync/2")

    assert bridge.imported("customers", "cus_1")["name"] == "Birch"


def test_a_payment_and_all_that_follows_it_arrive(bridge, clock):
    """Paid, refunded, credited: the invoice is closed, and later events are about other records."""
    intent = bridge.stripe.payments.pay({"in_1": 1200})
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0
    refund = bridge.stripe.credits.refund(intent["id"], 200)
    bridge.stripe.credits.credit("in_1", 200, refund=refund, refunded=200, note_id="cn_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert bridge.imported("credit_notes", "cn_1")["grossAmount"] == 200
    assert bridge.imported("refunds", refund["id"])["amount"] == 200


@pytest.mark.parametrize("how", ["report", "charge", "settle_out_of_band"])
def test_payments_without_an_event_of_their_own_arrive(bridge, clock, how):
    """The invoice leads to them."""
    pay = getattr(bridge.stripe.payments, how)
    pay(*{"report": [{"in_1": 1200}], "charge": ["in_1", 1200], "settle_out_of_band": ["in_1"]}[how])
    for each in [each["id"] for each in bridge.stripe.store.events if each["type"] == "invoice_payment.paid"]:
        bridge.stripe.store.events.remove(each, {})
    clock.go_on(minutes=5)
    bridge.catch_up()

    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0


def test_a_payment_that_is_taken_off_its_invoice_is_removed(bridge, clock):
    """Stripe tells it only by changing the invoice, which is open again."""
    intent = bridge.stripe.payments.pay({"in_1": 1200})
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.stripe.payments.unapply(intent["id"], "in_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 1200
    assert bridge.ledger.records("payments", [intent["id"]])[intent["id"]].outcome is Outcome.REMOVED


def test_a_voided_credit_note_is_removed(bridge, clock):
    """Its invoice is outstanding in full again."""
    bridge.stripe.credits.credit("in_1", 500, note_id="cn_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 700
    bridge.stripe.credits.void("cn_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 1200
    assert ("DELETE", "/v1/credit_notes/external:cn_1") in bridge.writes()


def test_a_draft_that_was_deleted_is_no_trouble(bridge, clock):
    """Its events are there, the invoice is not."""
    bridge.stripe.create_invoice("cus_1", 500, id="in_draft")
    bridge.stripe.delete_invoice("in_draft")
    clock.go_on(minutes=5)
    _, reports = bridge.catch_up()

    assert (reports["invoices"].skipped, bridge.writes()) == (1, [])


def test_payloads_of_an_old_version_are_only_pointers(bridge, clock):
    """What an event says of its object counts for nothing."""
    bridge.stripe.event_api_version = "2020-08-27"
    bridge.stripe.payments.pay({"in_1": 1200})
    clock.go_on(minutes=5)
    bridge.catch_up()

    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 0


def test_the_watermark_moves_when_every_stream_is_done(bridge, clock):
    """Before, the last task says which are not, and the next run covers the same time."""
    before = bridge.ledger.watermark()
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    run = bridge.incremental("sync/1")
    run.open_window()
    with pytest.raises(UnfinishedError, match="1 of customers"):
        run.finish()
    assert bridge.ledger.watermark() == before

    bridge.catch_up("sync/2")
    assert bridge.ledger.watermark() == clock.now() - timedelta(seconds=60)
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"


def test_a_run_that_died_in_the_feed_cannot_end(bridge, clock):
    """Its window is taken, but nobody knows what changed in it."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.stripe.forbidden.add("events")
    run = bridge.incremental("sync/1")
    with pytest.raises(AuthenticationError, match="rak_event_read"):
        run.open_window()
    with pytest.raises(UnfinishedError, match="clear its first task"):
        run.finish()
    with pytest.raises(UnfinishedError, match="clear its first task"):
        next(run.pages(STREAMS["customers"]))

    bridge.stripe.forbidden.clear()
    clock.go_on(hours=1)
    taken, _ = bridge.catch_up("sync/1")
    assert datetime.fromisoformat(taken.end) == clock.now() - timedelta(seconds=60, hours=1)
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"


def test_a_cleared_run_does_the_same_window_again(bridge, clock):
    """With the state that its records have by now; the watermark does not go back."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")
    mark = bridge.ledger.watermark()
    bridge.upflow.requests.clear()
    taken, reports = bridge.catch_up("sync/1")

    assert (taken.changes, reports["customers"].unchanged) == ({"customers": 1}, 1)
    assert (bridge.writes(), bridge.ledger.watermark()) == ([], mark)


def test_any_window_of_the_last_month_can_be_replayed(bridge, clock):
    """The watermark stays; a window that reaches further back is refused with its remedy."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    mark = bridge.ledger.watermark()
    clock.go_on(days=20)
    taken, _ = bridge.catch_up("manual", Window(BEGIN, BEGIN + timedelta(hours=1)))

    assert (taken.changes["customers"], bridge.ledger.watermark()) == (1, mark)
    with pytest.raises(ConfigurationError, match=r"30 days.*stripe_to_upflow_backfill"):
        bridge.incremental("older").open_window(Window(BEGIN - timedelta(days=11), BEGIN))


def test_a_dry_run_writes_nothing_and_leaves_the_watermark(bridge, clock):
    """The next run does it all."""
    mark = bridge.ledger.watermark()
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    run = bridge.incremental("dry")
    run.open_window(dry_run=True)
    report = bridge.sync("customers", pages=run.pages(STREAMS["customers"]), dry_run=True)
    run.stream_done(STREAMS["customers"])
    run.finish()
    assert (report.updated, bridge.writes(), bridge.ledger.watermark()) == (1, [], mark)

    bridge.catch_up()
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"


def test_rejected_records_are_tried_again_when_they_are_due(bridge, clock):
    """Not before, unless their source changes or somebody asks; then they leave no trace."""
    bridge.stripe.create_customer(id="cus_2", name="Cedar", metadata={"parent": "cus_2"})
    bridge.options = type(bridge.options)(bridge.options.time_zone, "parent")
    clock.go_on(minutes=2)
    _, reports = bridge.catch_up("sync/1")
    assert reports["customers"].rejected == 1
    bridge.options = type(bridge.options)(bridge.options.time_zone)

    clock.go_on(minutes=2)
    assert bridge.catch_up("sync/2")[0].due == 0
    state = bridge.ledger.records("customers", ["cus_2"])["cus_2"]
    bridge.ledger._clock = bridge.now
    taken, reports = bridge.catch_up("sync/3", retry_all=True)
    assert (taken.due, reports["customers"].created, state.outcome) == (1, 1, Outcome.REJECTED)
    after = bridge.ledger.records("customers", ["cus_2"])["cus_2"]
    assert (after.outcome, after.attempts, after.reason, after.next_attempt_at) == (Outcome.IMPORTED, 0, None, None)


def test_a_thousand_changed_invoices_come_from_lists(bridge, clock):
    """Where many were created close together, a list brings a hundred for one request."""
    bridge.stripe.limits.enforced = bridge.upflow.limits.enforced = False
    for number in range(1000):
        bridge.invoice(f"in_m{number}", created=int(clock.at.timestamp()) + number)
    clock.go_on(minutes=30)
    bridge.catch_up()

    assert len(bridge.writes()) == 1000
    assert len(bridge.upflow.requests) == 1000
    assert sum(bridge.reads().values()) == pytest.approx(1000 * 3 / 100 + 10, abs=8)


def contacts(bridge):
    """Return the e-mail addresses of the customer's contacts in Upflow."""
    return [each["email"] for each in bridge.imported("customers", "cus_1")["contacts"]]


def test_a_contact_goes_with_its_address(bridge, clock):
    """Those that people added in Upflow stay."""
    bridge.stripe.update_customer("cus_1", email="alder@example.com")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.client().create_contact("external:cus_1", {"email": "boss@example.com", "isMain": False})
    bridge.stripe.update_customer("cus_1", email=None)
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert contacts(bridge) == ["boss@example.com"]
    assert ("DELETE", "/v1/customers/external:cus_1/contacts/external:cus_1%3Aemail") in bridge.writes()


@pytest.mark.parametrize(("null_parent", "parent"), [("clears", None), ("refused", "cus_2")])
def test_a_parent_goes_with_its_metadata_key(bridge, clock, null_parent, parent):
    """If Upflow takes it off; otherwise the ledger notes what somebody has to do there."""
    bridge.upflow.behaviour.null_parent = null_parent
    bridge.options = type(bridge.options)(bridge.options.time_zone, "parent")
    bridge.stripe.create_customer(id="cus_2", name="Cedar")
    bridge.stripe.update_customer("cus_1", metadata={"parent": "cus_2"})
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    assert bridge.imported("customers", "cus_1")["parent"]["externalId"] == "cus_2"
    bridge.stripe.update_customer("cus_1", metadata={"parent": ""})
    clock.go_on(minutes=5)
    _, reports = bridge.catch_up("sync/2")

    shown = bridge.imported("customers", "cus_1").get("parent")
    assert (shown or {}).get("externalId") == parent
    state = bridge.ledger.records("customers", ["cus_1"])["cus_1"]
    assert (
        ("remove the parent there" in (state.reason or "")) == (parent is not None) == bool(reports["customers"].noted)
    )


@pytest.mark.parametrize(
    ("setting", "with_invoice", "kept"), [(False, False, True), (True, False, False), (True, True, True)]
)
def test_a_deleted_customer_stays_unless_it_is_empty_and_nobody_wants_it(bridge, clock, setting, with_invoice, kept):
    """With documents it always stays; without, the setting decides."""
    bridge.options = type(bridge.options)(delete_empty_customers=setting)
    bridge.customer("cus_2", name="Cedar")
    if with_invoice:
        bridge.invoice("in_2", "cus_2")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.stripe.delete_customer("cus_2")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")

    assert (bridge.upflow.store.by_external_id("customers", "cus_2") is not None) == kept
    assert bridge.imported("invoices", "in_1")["amountOutstanding"] == 1200


def test_a_deleted_customer_with_documents_from_elsewhere_stays(bridge, clock):
    """Upflow refuses to delete it, which is no error."""
    bridge.options = type(bridge.options)(delete_empty_customers=True)
    bridge.customer("cus_2", name="Cedar")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    payment = {"externalId": "theirs", "currency": "EUR", "amount": 100, "validatedAt": "2026-01-20"}
    bridge.client().import_("payments", {**payment, "customer": {"externalId": "cus_2"}})
    bridge.stripe.delete_customer("cus_2")
    clock.go_on(minutes=5)
    _, reports = bridge.catch_up("sync/2")

    assert (reports["customers"].skipped, reports["customers"].rejected) == (1, 0)
    assert "Upflow keeps it" in bridge.ledger.records("customers", ["cus_2"])["cus_2"].reason


def test_a_refund_goes_and_comes_with_its_payment(bridge, clock):
    """Its payment is taken off the invoice, and applied again: neither sends an event of the refund."""
    intent = bridge.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    refund = bridge.stripe.credits.refund(intent["id"], 300)
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    bridge.stripe.payments.unapply("pi_1", "in_1")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/2")
    gone = bridge.upflow.store.by_external_id("refunds", refund["id"])
    bridge.invoice("in_2")
    invoice, intent = bridge.stripe.held("invoices", "in_2"), bridge.stripe.held("payment_intents", "pi_1")
    bridge.stripe.payments._applied(invoice, intent, 1200, 0, bridge.stripe.now())
    clock.go_on(minutes=5)
    bridge.catch_up("sync/3")

    assert gone is None
    assert bridge.imported("refunds", refund["id"])["amount"] == 300


def test_a_run_that_is_cleared_after_a_month_does_what_it_did(bridge, clock):
    """Stripe's feed has nothing left of its window; the ledger knows its changes."""
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(minutes=5)
    bridge.catch_up("sync/1")
    clock.go_on(days=29, hours=12)
    taken, reports = bridge.catch_up("sync/1")

    assert (taken.events, taken.changes, reports["customers"].unchanged) == (0, {"customers": 1}, 1)

"""A lost ledger loses no change, whatever is run first."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.stripe_to_upflow.simulator.books import assert_books_agree
from tests.stripe_to_upflow.test_incremental_pauses import forget_old_events
from upflow_provider.errors import ConfigurationError, RetriableError
from upflow_provider.ledger import Ledger, Outcome
from upflow_provider.ledger.findings import UPFLOW_LISTED_AT
from upflow_provider.stripe_to_upflow.inventory.lost_ledger import check_ledger
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def lose(bridge):
    """Lose the ledger."""
    bridge.ledger = Ledger(bridge.ledger._engine, f"{bridge.ledger.organization} again", now=bridge.now)


def check(bridge, **options):
    """Check the ledger, as a task does that opens an importer."""
    check_ledger(bridge.ledger, bridge.client(read_only=True), bridge.source(), **options)


# --- whatever happens in Stripe between the loss and the rebuild ---


def write_off_is_paid(bridge):
    """Pay an uncollectible invoice, which was loaded with its write-off."""
    bridge.stripe.payments.pay({"in_3": 1200})


def credit_note_is_voided(bridge):
    """Void a credit note of an open invoice."""
    bridge.stripe.credits.void("cn_6")


def later_credit_note_is_voided(bridge):
    """Void a credit note of a paid invoice, with its balancing refund; by hand, because the fake refuses it."""
    bridge.stripe.store.credit_notes.held("cn_7")["status"] = "void"


def credit_note_is_voided_and_its_invoice_paid(bridge):
    """Void a credit note and pay its invoice, so that neither is open any more."""
    bridge.stripe.credits.void("cn_6")
    bridge.stripe.payments.pay({"in_6": 1200})


def refund_fails(bridge):
    """Let a refund fail, which takes its balancing credit note along."""
    bridge.stripe.credits.update_refund("re_2", "failed")


def customer_changes(bridge):
    """Rename a customer."""
    bridge.stripe.update_customer("cus_1", name="Birch")


def payment_is_taken_off(bridge):
    """Apply a payment to no invoice any more."""
    bridge.stripe.payments.unapply("pi_7", "in_7")


def invoice_is_voided(bridge):
    """Void an open invoice."""
    bridge.stripe.void_invoice("in_1")


EVENTS = (
    write_off_is_paid,
    credit_note_is_voided,
    refund_fails,
    customer_changes,
    payment_is_taken_off,
    invoice_is_voided,
)


def load(world):
    """Load all history."""
    world.go_on()
    world.bridge.sync_all()
    world.bridge.close()


def sync(world):
    """Do one run of the sync."""
    world.sync()


@pytest.mark.parametrize("first", [load, sync, None])
def test_a_rebuild_puts_right_what_came_before_it(world, first):
    """A load, a sync or nothing comes between the loss and the rebuild: in the end, Upflow is as Stripe is."""
    bridge = world.bridge
    lose(bridge)
    for event in EVENTS:
        event(bridge)
    if first:
        first(world)
    report = world.inventory()
    if not first:
        assert report.counts["adopted"] == report.listed.total()
    world.sync()

    assert not any(each.rejected for each in world.sync().values())
    assert_books_agree(bridge)
    assert bridge.imported("customers", "cus_1")["name"] == bridge.stripe.store.customers.shown("cus_1")["name"]
    assert not world.inventory().differs


def test_a_change_of_last_month_arrives(bridge, clock):
    """The ledger is lost on 30 January, a customer changes, and everything is set up again on 2 February."""
    clock.at = datetime(2026, 4, 30, tzinfo=UTC)
    bridge.catch_up("sync/before")
    lose(bridge)
    bridge.stripe.update_customer("cus_1", name="Birch")
    clock.go_on(days=2)
    bridge.inventory()
    taken, _ = bridge.catch_up("sync/after")

    assert taken.relisting == "gap"
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"
    clock.go_on(minutes=5)
    assert bridge.catch_up("sync/later")[0].relisting is None


def test_a_loss_of_sixty_days_is_made_good_for_what_upflow_has(world):
    """Events are gone: customers, notes and refunds are listed, and invoices that are open in Upflow are read."""
    bridge = world.bridge
    lose(bridge)
    for event in {*EVENTS, credit_note_is_voided_and_its_invoice_paid} - {credit_note_is_voided, payment_is_taken_off}:
        event(bridge)
    later_credit_note_is_voided(bridge)
    world.go_on(days=60)
    forget_old_events(bridge, world.clock)
    world.inventory()
    world.sync()
    world.sync()
    assert bridge.imported("customers", "cus_1")["name"] == "Birch"
    assert_books_agree(bridge)


def test_a_run_that_was_under_way_does_not_move_the_watermark_over_the_gap(world):
    """Its window began after the instant to which the rebuild has set the watermark back."""
    bridge = world.bridge
    lose(bridge)
    bridge.ledger.stamp_watermark(world.clock.now())
    world.go_on()
    under_way = bridge.incremental("sync/under way")
    under_way.open_window()
    world.inventory()
    for stream in STREAMS.values():
        under_way.stream_done(stream)
    mark = under_way.finish()

    assert world.clock.now() - mark >= timedelta(days=29)


def test_an_inventory_that_adopts_nothing_leaves_the_watermark(world):
    """It may run at any time."""
    mark = world.bridge.ledger.watermark()
    world.inventory()
    assert world.bridge.ledger.watermark() == mark


def test_a_gap_shows_credit_notes_that_were_voided_in_it(world):
    """Those of paid invoices, too, which no list of open invoices shows, with their balancing refunds."""
    bridge = world.bridge
    credit_note_is_voided_and_its_invoice_paid(bridge)
    later_credit_note_is_voided(bridge)
    world.go_on(days=40)
    forget_old_events(bridge, world.clock)
    world.sync()

    for note in ("cn_6", "cn_7"):
        assert world.state("credit_notes", note).outcome is Outcome.REMOVED
    assert_books_agree(bridge)


def test_an_empty_ledger_before_a_full_upflow_stops(world):
    """Whatever runs first says what to do; after the rebuild it goes on."""
    bridge = world.bridge
    lose(bridge)
    for is_dry_run in (False, True):
        bridge.upflow.requests.clear()
        with pytest.raises(ConfigurationError, match=r"is empty, but Upflow has records.*upflow_ledger_rebuild"):
            check(bridge, is_dry_run=is_dry_run)
        assert len(bridge.upflow.requests) == 1
    world.inventory()
    bridge.upflow.requests.clear()
    check(bridge)
    assert len(bridge.upflow.requests) == 0


def test_a_customer_without_documents_is_enough(bridge):
    """Its changes would be lost, too."""
    bridge.customer()
    bridge.client().import_("customers", {"externalId": "cus_1", "name": "A"})
    with pytest.raises(ConfigurationError, match="is empty"):
        check(bridge)


def test_a_rebuild_that_was_interrupted_has_to_end(world):
    """The ledger is not empty any more, and still does not know everything."""
    bridge = world.bridge
    lose(bridge)
    bridge.upflow.faults.add("status", path="/v1/invoices", times=None)
    with pytest.raises(RetriableError):
        world.inventory()
    bridge.upflow.faults.clear()
    assert not bridge.ledger.inventory.is_ledger_empty()
    with pytest.raises(ConfigurationError, match="not been rebuilt completely"):
        check(bridge)
    assert world.clock.now() - bridge.ledger.watermark() >= timedelta(days=29)
    world.inventory()
    check(bridge)


def test_an_upflow_without_our_records_is_asked_once(bridge):
    """First-time users, and those who had documents of another source, notice nothing."""
    bridge.client().import_("customers", {"externalId": "ERP-1", "name": "A"})
    bridge.upflow.requests.clear()
    check(bridge, is_dry_run=True)
    check(bridge)
    assert len(bridge.upflow.requests) == 4
    check(bridge)
    assert len(bridge.upflow.requests) == 4
    assert bridge.ledger.findings.get(UPFLOW_LISTED_AT)


def test_a_ledger_that_knows_a_record_is_not_lost(world):
    """Ledgers of earlier versions have no such finding."""
    world.bridge.upflow.requests.clear()
    check(world.bridge)
    assert len(world.bridge.upflow.requests) == 0


@pytest.mark.parametrize("first", [load, sync, None])
def test_an_address_that_goes_while_the_ledger_is_lost_takes_its_contact_along(world, first):
    """Nobody knows any more which contacts were brought, except Upflow."""
    bridge = world.bridge
    assert bridge.imported("customers", "cus_1")["contacts"]
    lose(bridge)
    bridge.stripe.update_customer("cus_1", email=None)
    if first:
        first(world)
    world.inventory()
    world.sync()
    assert bridge.imported("customers", "cus_1")["contacts"] == []

"""A world in which everything was synced, and somebody then works in Upflow."""

import pytest

from tests.stripe_to_upflow.simulator.books import assert_books_agree


class World:
    """One customer with a document of every kind, synced; and the hands of people in Upflow."""

    def __init__(self, bridge, clock):
        """Keep both ends."""
        self.bridge, self.clock, self.people = bridge, clock, bridge.upflow.people
        self.run = 0

    def go_on(self, **by):
        """Let time pass."""
        self.clock.go_on(**(by or {"minutes": 5}))

    def sync(self):
        """Do the next run of the sync, five minutes later, and return its reports."""
        self.run += 1
        self.go_on()
        return self.bridge.catch_up(f"sync/w{self.run}")[1]

    def inventory(self, **options):
        """Take an inventory five minutes later, and return the report."""
        self.go_on()
        return self.bridge.inventory(**options)

    def state(self, stream, external_id):
        """Return what the ledger knows of a record."""
        return self.bridge.ledger.records(stream, [external_id])[external_id]

    def assert_repaired(self, before):
        """Compare Upflow with what it was, and both with Stripe; a further run has nothing to do."""
        assert_books_agree(self.bridge)
        assert comparable(self.bridge.upflow.snapshot()) == before
        writes = len(self.bridge.writes())
        self.sync()
        assert not self.inventory().differs
        assert len(self.bridge.writes()) == writes


def comparable(snapshot):
    """Return a snapshot whose links are compared by what they link, whatever the groups are called."""
    return {**snapshot, "links": sorted(sorted(map(tuple, each)) for each in snapshot["links"].values())}


@pytest.fixture
def world(bridge, clock):
    """
    Return a synced world.

    in_1 is open; in_2 paid by pi_2, which is refunded in part (re_2, with its own credit note); in_3 written off; in_4
    void; in_5 paid out of band; in_6 reduced by cn_6; in_7 paid and credited to the balance by cn_7 afterwards.
    """
    stripe, at = bridge.stripe, int(clock.at.timestamp())
    stripe.update_customer("cus_1", email="a@example.com", phone="+331")
    for number in range(2, 8):
        bridge.invoice(f"in_{number}", created=at)
    stripe.payments.pay({"in_2": 1200}, payment_id="pi_2")
    stripe.credits.refund("pi_2", 300, refund_id="re_2")
    stripe.mark_uncollectible("in_3")
    stripe.void_invoice("in_4")
    stripe.payments.settle_out_of_band("in_5")
    stripe.credits.credit("in_6", 400, note_id="cn_6")
    stripe.payments.pay({"in_7": 1200}, payment_id="pi_7")
    stripe.credits.credit("in_7", 200, note_id="cn_7")
    world = World(bridge, clock)
    world.sync()
    world.sync()
    assert_books_agree(bridge)
    assert not world.inventory().differs
    return world

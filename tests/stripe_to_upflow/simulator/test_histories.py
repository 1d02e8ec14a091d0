"""
After every step of any history, every invoice shows in Upflow what Stripe says remains.

``make test`` tells the same 256 histories each time, and ``make soak`` 2,560 others each day.
"""

import itertools

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.amounts import HISTORIES as AMOUNT
from tests.amounts import SEED
from tests.stripe_to_upflow.simulator.books import assert_books_agree
from tests.stripe_to_upflow.simulator.histories import HISTORIES, Teller
from upflow_provider.ledger import Ledger
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

AT_ONCE = 16
"""Histories that are told side by side, each of a customer of its own."""
EXAMPLES = max(AMOUNT // (4 * AT_ONCE), 1)
"""Examples of each of the four tests."""
ORDER = {"metadata": "order", "field": "Order"}
FIELDS = {"customers": [ORDER], "invoices": [{**ORDER, "type": "NUMBER"}], "payments": [ORDER]}
ORDERS = list(itertools.permutations(STREAMS))
_numbers = itertools.count()


def assert_fields_agree(bridge):
    """Compare the custom fields of customers and invoices with Stripe's metadata; an open invoice is no credit note."""
    kept = bridge.upflow.behaviour.document_custom_fields == "kept"
    for customer in bridge.stripe.store.customers:
        expected = customer["metadata"].get("order")
        assert bridge.values("customers", customer["id"]) == {"Order": expected}
    for invoice in bridge.stripe.store.invoices if kept else ():
        order = invoice["metadata"].get("order")
        if bridge.upflow.store.by_external_id("invoices", invoice["id"]):
            assert bridge.values("invoices", invoice["id"]) == {"Order": order and int(order)}


def tell(bridge, histories, orders):
    """Tell histories step by step, and look at the books after each."""
    bridge.stripe.reset()
    bridge.upflow.reset()
    bridge.ledger = Ledger(bridge.ledger._engine, f"history-{next(_numbers)}")
    bridge.declare(**FIELDS)
    tellers = [Teller(bridge.stripe, number, history) for number, history in enumerate(histories)]
    for teller in tellers:
        teller.begin()
    for index in range(max(len(history.moves) for history in histories) + 1):
        reports = [bridge.sync(name) for name in orders[index % len(orders)]]
        closing = bridge.close()
        assert not any(report.rejected for report in [*reports, closing.synced]), (reports, closing)
        assert_books_agree(bridge)
        assert_fields_agree(bridge)
        for teller in tellers:
            teller.step(index)
    assert bridge.upflow.store.over_linked == []  # at no instant
    before = len(bridge.writes())
    bridge.sync_all()
    assert bridge.writes()[before:] == []


@pytest.mark.slow(seconds=20)
@pytest.mark.soak
@pytest.mark.no_cover  # counting lines would take three times as long, and named cases reach the same ones
@pytest.mark.parametrize("variant", ["inline", "answered", "reconcile", "lenient"])
def test_books_agree_after_every_step(bridge, variant):
    """Payments, credits, refunds, balances, voids and write-offs in any order, read in any order, in any currency."""
    bridge.threads = 1
    bridge.upflow.behaviour.document_custom_fields = "ignored" if variant == "answered" else "kept"
    if variant == "answered":
        bridge.upflow.behaviour.inline_links = "response_style"
        bridge.upflow.behaviour.void_import = "refused"
    if variant == "reconcile":
        bridge.links = "reconcile"
        bridge.upflow.behaviour.inline_links = "refused"
        bridge.upflow.behaviour.void_import = "ignored"
    if variant == "lenient":
        bridge.upflow.behaviour.over_linking = "accepted"

    @seed(f"{SEED} {variant}")
    @given(
        st.lists(HISTORIES, min_size=AT_ONCE, max_size=AT_ONCE),
        st.lists(st.sampled_from(ORDERS), min_size=1, max_size=3),
    )
    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, database=None
    )
    def check(histories, orders):
        tell(bridge, histories, orders)

    check()

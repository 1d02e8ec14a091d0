"""After every step of any history, every invoice shows in Upflow what Stripe says remains."""

import itertools
import os
from collections import defaultdict

import pytest
from histories import HISTORIES, Teller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upflow_provider.ledger import Ledger
from upflow_provider.streams import STREAMS
from upflow_provider.testing import upflow_answers
from upflow_provider.testing.upflow_links import DEBITS, Document
from upflow_provider.testing.upflow_store import DOCUMENTS

AT_ONCE = 8
"""Histories that are told side by side, each of a customer of its own."""
EXAMPLES = int(os.environ.get("UPFLOW_TEST_HISTORIES", "2000")) // (4 * AT_ONCE) + 1
"""Examples of each of the four tests."""
SHIFT = {"ISK": -2, "UGX": -2, "MGA": 2}
"""Powers of ten from Stripe's amounts to Upflow's, where they differ."""
ORDERS = list(itertools.permutations(STREAMS))
_numbers = itertools.count()


def upflows(amount, currency):
    """Return an amount of Stripe's in Upflow's units."""
    shift = SHIFT.get(currency.upper(), 0)
    assert shift >= 0 or amount % 10**-shift == 0
    return amount * 10**shift if shift >= 0 else amount // 10**-shift


def remaining(stripe):
    """Return what Stripe says remains, by invoice."""
    return {
        each["id"]: 0 if each["status"] in {"void", "uncollectible"} else each["amount_remaining"]
        for each in stripe.store.invoices
    }


def owed_to_customers(stripe):
    """Return what failed refunds of credit notes left owed, by customer and currency, in Upflow's units."""
    owed = defaultdict(int)
    for note in stripe.store.credit_notes:
        for each in note["refunds"] if note["status"] == "issued" else ():
            if each["refund"] and stripe.store.refunds.shown(each["refund"])["status"] not in {"succeeded", "pending"}:
                owed[note["customer"], note["currency"].upper()] += upflows(each["amount_refunded"], note["currency"])
    return owed


def assert_books_agree(bridge):
    """Compare every invoice, and every customer's balance in every currency, by the fakes' own arithmetic."""
    expected = remaining(bridge.stripe)
    balances = defaultdict(int)
    for key, amount in owed_to_customers(bridge.stripe).items():
        balances[key] -= amount
    for each in bridge.stripe.store.invoices:
        amount = upflows(expected[each["id"]], each["currency"])
        balances[each["customer"], each["currency"].upper()] += amount
        if each["total"] >= 0 or each["amount_due"]:
            shown = bridge.imported("invoices", each["id"])["amountOutstanding"]
            assert shown == amount, (each["id"], each["status"], shown, amount)
    held = defaultdict(int)
    store = bridge.upflow.store
    for collection in DOCUMENTS:
        for record in store.table(collection).values():
            key = store.customers[record["customerId"]]["externalId"], record["currency"]
            if collection == "invoices":
                held[key] += upflow_answers.outstanding(store, record)
            else:
                sign = 1 if collection in DEBITS else -1
                held[key] += sign * upflow_answers.unlinked(store, Document(collection, record["id"]))
    assert {key: amount for key, amount in held.items() if amount} == {
        key: amount for key, amount in balances.items() if amount
    }


def tell(bridge, histories, orders):
    """Tell histories step by step, and look at the books after each."""
    bridge.stripe.reset()
    bridge.upflow.reset()
    bridge.ledger = Ledger(bridge.ledger._engine, f"history-{next(_numbers)}")
    tellers = [Teller(bridge.stripe, number, history) for number, history in enumerate(histories)]
    for teller in tellers:
        teller.begin()
    for index in range(max(len(history.moves) for history in histories) + 1):
        reports = [bridge.sync(name) for name in orders[index % len(orders)]]
        closing = bridge.close()
        assert not any(report.rejected for report in [*reports, closing.synced]), (reports, closing)
        assert_books_agree(bridge)
        for teller in tellers:
            teller.step(index)
    before = len(bridge.writes())
    bridge.sync_all()
    assert bridge.writes()[before:] == []


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["inline", "answered", "reconcile", "lenient"])
def test_books_agree_after_every_step(bridge, variant):
    """Payments, credits, refunds, balances, voids and write-offs in any order, read in any order, in any currency."""
    bridge.threads = 1
    if variant == "answered":
        bridge.upflow.behaviour.inline_links = "response_style"
        bridge.upflow.behaviour.void_import = "refused"
    if variant == "reconcile":
        bridge.links = "reconcile"
        bridge.upflow.behaviour.inline_links = "refused"
        bridge.upflow.behaviour.void_import = "ignored"
    if variant == "lenient":
        bridge.upflow.behaviour.over_linking = "accepted"

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

"""How payments in Upflow follow what they pay in Stripe: one test for each case of docs/stripe-to-upflow.md."""

import pytest

from tests.stripe_to_upflow.cases.invoices import state
from tests.stripe_to_upflow.simulator.books import documents, links, run


def test_a_payment_taken_off_its_invoice(sold):
    """It is deleted, and the invoice is outstanding again."""
    intent = sold.stripe.payments.pay({"in_1": 1200})
    run(sold)
    sold.stripe.payments.unapply(intent["id"], "in_1")
    run(sold)

    assert documents(sold) == set()
    assert state(sold)[1] == 1200


def test_a_payment_taken_off_one_of_its_invoices(sold):
    """It shrinks to what is still applied."""
    intent = sold.stripe.payments.pay({"in_1": 1200, "in_2": 700}, payment_id="pi_both")
    run(sold)
    sold.stripe.payments.unapply("pi_both", "in_1")
    run(sold)

    assert sold.imported("payments", intent["id"])["amount"] == 700
    assert links(sold, intent["id"]) == {"in_2": 700}


def test_a_payment_replaced_by_another(sold):
    """The new one fits, although it is read before the old one."""
    old = sold.stripe.payments.pay({"in_1": 1200})
    run(sold)
    sold.stripe.payments.unapply(old["id"], "in_1")
    # Both changes come in one run: a payment taken off alone is another case.
    new = sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_zzz")
    run(sold)

    assert documents(sold) == {new["id"]}
    assert links(sold, new["id"]) == {"in_1": 1200}


@pytest.mark.parametrize(
    ("inline_links", "way"),
    [
        ("reconcile_style", "inline"),
        ("response_style", "inline as answered"),
        ("ignored", "reconcile"),
        ("refused", "reconcile"),
    ],
)
def test_links_that_upflow_takes_in_another_way(sold, inline_links, way):
    """The first payment shows which method works; the ledger remembers it, and the report says it."""
    sold.upflow.behaviour.inline_links = inline_links
    first = sold.stripe.payments.pay({"in_1": 1200})
    report = run(sold)["payments"]
    before = len(sold.writes())
    second = sold.stripe.payments.pay({"in_2": 1200})
    sold.sync("payments")

    assert report.methods["links"] == way
    assert [links(sold, first["id"]), links(sold, second["id"])] == [{"in_1": 1200}, {"in_2": 1200}]
    further = ["/v1/reconcile"] if way == "reconcile" else []
    assert [path for _, path in sold.writes()[before:]] == ["/v1/payments", *further]


@pytest.mark.parametrize("setting", ["inline", "reconcile"])
@pytest.mark.parametrize("inline_links", ["reconcile_style", "response_style", "ignored", "refused"])
def test_a_payment_whose_links_change(sold, inline_links, setting):
    """All its links are replaced together, with every method of linking, and leave room for the next payment."""
    sold.links = setting
    sold.upflow.behaviour.inline_links = inline_links
    sold.stripe.payments.pay({"in_1": 500, "in_2": 700, "in_3": 100}, payment_id="pi_1")
    run(sold)
    sold.stripe.payments.unapply("pi_1", "in_1")
    run(sold)
    sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_2")
    run(sold)

    assert links(sold, "pi_1") == {"in_2": 700, "in_3": 100}
    assert links(sold, "pi_2") == {"in_1": 1200}
    assert [state(sold, each)[1] for each in ("in_1", "in_2", "in_3")] == [0, 500, 1100]


def test_a_payment_moved_to_another_invoice(sold):
    """Same payment, same amount: only its link moves."""
    sold.stripe.payments.pay({"in_1": 1200}, payment_id="pi_1")
    run(sold)
    sold.stripe.payments.unapply("pi_1", "in_1")
    sold.stripe.payments.pay({"in_2": 1200}, payment_id="pi_1")
    run(sold)

    assert links(sold, "pi_1") == {"in_2": 1200}
    assert (state(sold)[1], state(sold, "in_2")[1]) == (1200, 0)


def test_a_payment_outside_of_stripe_taken_off_its_invoices(sold):
    """It shrinks, and is deleted with its last invoice."""
    record = sold.stripe.payments.report({"in_1": 400, "in_2": 300})
    run(sold)
    sold.stripe.payments.unapply(record["id"], "in_1")
    run(sold)
    half = links(sold, record["id"])
    sold.stripe.payments.unapply(record["id"], "in_2")
    run(sold)

    assert half == {"in_2": 300}
    assert documents(sold) == set()

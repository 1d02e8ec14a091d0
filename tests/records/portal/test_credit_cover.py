"""What credit notes can cover of money that was refunded in Upflow."""

from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.records.portal.credit_cover import CreditCover, credit_covers, payments_refunded, refunds_named


def note(number, after, *refunds, **fields):
    """Return a credit note that gave back *after* once the invoice was paid."""
    return {"id": f"cn_{number}", "created": number, "status": "issued", "post_payment_amount": after, **fields} | {
        "refunds": [
            {"type": "refund", "refund": name, "amount_refunded": amount}
            if name.startswith("re_")
            else {"type": "payment_record_refund", "refund": None, "amount_refunded": amount}
            for name, amount in refunds
        ]
    }


def test_refunds_that_upflow_gets_from_stripe_cover_nothing():
    """Those of money that Upflow took itself do, as does what was given back outside of Stripe, or to the balance."""
    notes = [note(2, 700, ("re_card", 500)), note(1, 900, ("re_portal", 300), ("group", 400)), note(3, 0)]

    assert credit_covers(notes, {"re_portal"}) == [
        CreditCover("cn_1", 900, 300),
        CreditCover("cn_2", 200, 0),
        CreditCover("cn_3", 0, 0),
    ]
    assert refunds_named(notes) == ["re_card", "re_portal"]


def test_a_void_credit_note_covers_nothing():
    """Nor does one that does not say what it gave back."""
    assert credit_covers([note(1, 500, status="void")], ()) == []
    assert credit_covers([{"id": "cn_1", "status": "issued"}], ()) == [CreditCover("cn_1", 0, 0)]


def test_a_refund_names_its_payments():
    """As ids, or expanded."""
    assert payments_refunded({"payment_intent": "pi_1", "charge": {"id": "ch_1"}}) == {"pi_1", "ch_1"}
    assert payments_refunded({"payment_intent": None}) == set()


AMOUNTS = st.integers(0, 9)
REFUNDS = st.lists(st.tuples(st.sampled_from(["re_card", "re_portal", "group"]), AMOUNTS), max_size=3)


@given(after=AMOUNTS, refunds=REFUNDS)
def test_no_more_is_covered_than_was_given_back(after, refunds):
    """Whatever a credit note says."""
    ((_, amount, refunded),) = credit_covers([note(1, after, *refunds)], {"re_portal"})

    assert 0 <= refunded <= amount <= after

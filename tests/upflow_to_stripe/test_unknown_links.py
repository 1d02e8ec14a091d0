"""Upflow's answers in forms that nobody expects: what they do not say is not known, and never a refund."""

import pytest

from upflow_provider.testing.upflow.records import answers

FORMS = {
    "absent": lambda shown: {name: shown[name] for name in shown if name != "linkedInvoices"},
    "null": lambda shown: {**shown, "linkedInvoices": None},
    "text": lambda shown: {**shown, "linkedInvoices": "in_1"},
    "amount null": lambda shown: links_with(shown, linkedAmount=None),
    "amount float": lambda shown: links_with(shown, linkedAmount=500.0),
    "amount text": lambda shown: links_with(shown, linkedAmount="500"),
    "amount below zero": lambda shown: links_with(shown, linkedAmount=-5),
    "amount huge": lambda shown: links_with(shown, linkedAmount=10**20),
    "no invoice": lambda shown: links_with(shown, invoice=None),
    "odd invoice": lambda shown: links_with(shown, invoice={"externalId": 7}),
    "long invoice": lambda shown: links_with(shown, invoice={"externalId": "x" * 150}),
}


def links_with(shown, **fields):
    """Return a payment whose links have other fields."""
    return {**shown, "linkedInvoices": [{**each, **fields} for each in shown["linkedInvoices"]]}


@pytest.fixture
def show(monkeypatch):
    """Return what lets Upflow show its own payments in another form, or as it does again."""
    document = answers.document

    def show(form=None):
        def changed(store, collection, record):
            shown = document(store, collection, record)
            return form(shown) if form and collection == "payments" and not record.get("externalId") else shown

        monkeypatch.setattr(answers, "document", changed)

    return show


@pytest.mark.parametrize("form", FORMS)
def test_links_that_cannot_be_read_are_listed_before_anything_is_written(till, show, form):
    """Nothing is skipped in silence; once they can be read, the payment is written."""
    till.sell("in_1")
    till.pay({"in_1": 500})
    show(FORMS[form])
    report = till.run()

    assert (report.causes, report.written, till.writes()) == ({"unusable": 1}, 0, [])
    show()
    assert till.run().written == 1
    assert till.causes() == {}
    till.assert_no_echo()
    assert till.owed() == (700, 700)


@pytest.mark.parametrize("form", FORMS)
def test_links_that_cannot_be_read_any_more_are_no_refund(till, show, form):
    """What was written stays so: no refund is reported, the cause says what is wrong, and the books agree."""
    till.sell("in_1", "in_2")
    part, whole = till.pay({"in_1": 500}), till.pay({"in_2": 1200})
    till.run()
    show(FORMS[form])
    for _ in range(3):
        till.go_on(hours=1)
        till.run()
        till.assert_no_echo()

    assert till.causes() == {part: "unusable", whole: "unusable"}
    assert [each["amount_refunded"]["value"] for each in till.records()] == [0]
    assert (till.owed(), till.owed("in_2")) == ((700, 700), (0, 0))
    show()
    assert (till.run().in_error, till.causes()) == (0, {})


def test_an_external_id_that_a_payment_gets_later_is_no_refund(till):
    """Somebody's ERP names it; it is linked as before, and was written."""
    till.sell("in_1", "in_2")
    named, unwritten = till.pay({"in_1": 500}), till.pay({"in_2": 500}, instrument="DIRECT_DEBIT")
    till.run()
    for number, payment in enumerate((named, unwritten)):
        till.upflow.store.payments[payment]["externalId"] = f"erp-{number}"
    till.go_on(days=9)
    report = till.run()
    till.assert_no_echo()

    assert (report.in_error, report.written, report.other) == (0, 0, 1)
    assert [each["amount_refunded"]["value"] for each in till.records()] == [0]
    assert (till.owed(), till.owed("in_2")) == ((700, 700), (1200, 700))
    till.upflow.people.refund(named)
    assert till.run().causes == {"refunded": 1}


def test_a_payment_without_links_of_stripes_is_none(till, show):
    """An empty list says so, as an invoice without an external id does; a payment of another kind needs no links."""
    till.sell("in_1", "in_2", "in_3")
    till.pay({"in_1": 500})
    show(lambda shown: {**shown, "linkedInvoices": []})
    empty = till.run()
    show(lambda shown: links_with(shown, invoice={"id": "x", "externalId": None}))
    foreign = till.run()
    show(lambda shown: {**FORMS["absent"](shown), "instrument": "WIRE_TRANSFER"})
    offline = till.run()

    assert [(each.unlinked, each.in_error) for each in (empty, foreign, offline)] == [(1, 0)] * 3


@pytest.mark.parametrize("odd", ["a/b é", "x" * 200, "pay ment"])
def test_a_payment_id_that_cannot_be_sent_concerns_that_payment(till, show, odd):
    """It is listed under what messages show of it; the others are written."""
    till.sell("in_1", "in_2")
    till.pay({"in_1": 1200}, odd=True)
    till.pay({"in_2": 1200})
    show(lambda shown: {**shown, "id": odd} if shown.get("odd") else shown)
    report = till.run()

    assert (report.written, report.causes) == (1, {"unusable": 1})
    assert till.invoice("in_2")["status"] == "paid"
    assert all("id cannot be sent" in each for each in report.examples.values())


def test_a_day_on_which_nobody_can_have_paid_is_not_sent(till):
    """Stripe might refuse it; a day that has begun elsewhere only is sent as the present."""
    till.sell("in_1", "in_2", "in_3")
    future, past = (
        till.pay({name: 5}, validatedAt=day) for name, day in (("in_1", "2031-01-01"), ("in_2", "1960-01-01"))
    )
    till.pay({"in_3": 5}, validatedAt="2026-03-03")
    report = till.run()

    assert (report.written, till.causes()) == (1, {future: "unusable", past: "unusable"})
    assert [each["created"] for each in till.records()] == [int(till.at.timestamp())]
    assert "validatedAt is in the future" in report.examples[future]


def test_a_payment_that_fails_after_it_was_written_is_listed(till):
    """Even if Upflow leaves its links as they are; before, it is not written."""
    till.sell("in_1", "in_2", "in_3")
    part, whole = till.pay({"in_1": 500}), till.pay({"in_2": 1200})
    till.run()
    early = till.pay({"in_3": 1200}, status="failed")
    for each in (part, whole):
        till.upflow.store.payments[each]["status"] = "FAILED"
    report = till.run()
    till.assert_no_echo()

    assert till.causes() == dict.fromkeys((part, whole, early), "unsuccessful")
    assert "add it to statuses" in report.examples[part]
    assert "status FAILED is not in statuses" in report.examples[part]
    till.use(statuses=["Failed"])  # in any case of letters
    assert (till.run(retry="all").written, till.causes()) == (1, {})


def test_an_unsuccessful_payment_that_is_unlinked_is_reported_as_refunded(till):
    """Its record says so after the second look; a credit note ends it."""
    till.sell("in_1")
    payment = till.pay({"in_1": 1200})
    till.run()
    till.upflow.store.payments[payment]["status"] = "FAILED"
    till.run()
    till.upflow.people.refund(payment)
    till.run()

    assert till.causes() == {payment: "refunded"}
    till.stripe.credits.credit("in_1", 1200, out_of_band=1200)
    till.go_on(minutes=1)
    till.assert_no_echo()
    assert (till.run().in_error, till.owed()) == (0, (0, 0))

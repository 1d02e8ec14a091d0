"""Payments of Upflow's portal arrive in Stripe, once, and do not come back."""

import pytest

from upflow_provider.errors import AuthenticationError, ReadOnlyError


@pytest.mark.parametrize("shows", ["nothing", "record"])
def test_a_payment_of_all_that_remains_is_paid_out_of_band(till, shows):
    """Natively, whatever Stripe shows of it; a surcharge is not written, a further run and the sync do nothing more."""
    till.stripe.outside.out_of_band = shows
    till.sell("in_1", "in_2")
    till.pay({"in_1": 1200}, surcharge=36)
    report = till.run()
    again = till.run()

    assert (report.written, report.found, report.rejected, again.written) == (1, 0, 0, 0)
    assert till.invoice()["status"] == "paid"
    assert till.writes() == ["invoices/in_1/pay"]
    assert len(till.records()) == (shows == "record")
    till.assert_no_echo()
    assert (till.owed("in_1"), till.owed("in_2")) == ((0, 0), (1200, 1200))


def test_parts_and_several_invoices_become_records(till):
    """One for each invoice, of what is linked; the rest stays owed on both sides."""
    till.sell("in_1", "in_2", "in_3")
    part, both = till.pay({"in_1": 500}), till.pay({"in_2": 1200, "in_3": 300}, surcharge=45)
    report = till.run()
    made = {each["metadata"]["upflow_invoice_id"]: each for each in till.records()}

    assert (report.written, report.rejected) == (3, 0)
    assert {name: each["amount_guaranteed"]["value"] for name, each in made.items()} == {
        "in_1": 500,
        "in_2": 1200,
        "in_3": 300,
    }
    assert made["in_1"]["processor_details"]["custom"]["payment_reference"] == part
    assert {made[each]["metadata"]["upflow_payment_id"] for each in ("in_2", "in_3")} == {both}
    till.assert_no_echo()
    assert [till.owed(each) for each in ("in_1", "in_2", "in_3")] == [(700, 700), (0, 0), (900, 900)]


def test_the_rest_of_an_invoice_is_paid_out_of_band_after_a_part(till):
    """Two receipts, two methods; never two for one."""
    till.sell("in_1")
    till.pay({"in_1": 500})
    till.run()
    till.pay({"in_1": 700})
    till.run()

    methods = sorted(each.method for each in till.settlements().values())
    assert (methods, till.invoice()["status"]) == (["out_of_band", "record"], "paid")
    till.assert_no_echo()
    assert till.owed() == (0, 0)


def test_money_in_the_same_account_is_attached(till):
    """Its PaymentIntent pays the invoice; it is counted once in Stripe, and once in Upflow."""
    till.sell("in_1", "in_2")
    intent = till.stripe.outside.receive("cus_1", 2400, payment_id="pi_portal1")
    till.pay({"in_1": 1200, "in_2": 1200}, gateway={"id": intent["id"]})
    report = till.run()

    assert report.written == 2
    assert {each.record_id for each in till.settlements().values()} == {"pi_portal1"}
    assert till.records() == []
    till.assert_no_echo()
    assert "pi_portal1" not in till.upflow.snapshot()["payments"]
    assert (till.owed("in_1"), till.owed("in_2")) == ((0, 0), (0, 0))


def test_an_intent_of_another_account_is_outside_money(till):
    """Payments by Upflow are taken in an account of Upflow's own."""
    till.sell("in_1")
    till.pay({"in_1": 1200}, gateway={"id": "pi_ofUpflows"})
    till.run()

    (settlement,) = till.settlements().values()
    assert (settlement.method, till.invoice()["status"]) == ("out_of_band", "paid")


def test_a_direct_debit_waits_until_it_can_hardly_fail(till):
    """Then it is written; one that fails meanwhile never is. The outstanding check agrees all the time."""
    till.sell("in_1", "in_2")
    till.pay({"in_1": 1200}, instrument="DIRECT_DEBIT")
    failing = till.pay({"in_2": 1200}, instrument="DIRECT_DEBIT")
    early = till.run()
    till.stripe.update_invoice("in_1", due_date=int(till.at.timestamp()) + 86_400)
    till.assert_no_echo()
    till.upflow.people.refund(failing, memo="Failed payment")
    till.go_on(days=7)
    late = till.run()

    assert (early.waiting, early.written, late.waiting, late.written, late.rejected) == (2, 0, 0, 1, 0)
    assert [till.invoice(each)["status"] for each in ("in_1", "in_2")] == ["paid", "open"]
    till.assert_no_echo()
    assert till.owed("in_2") == (1200, 1200)


def test_amounts_are_in_the_units_of_each_side(till):
    """Stripe counts ISK in hundredths, Upflow does not."""
    till.sell("in_1", total=120_000, currency="isk", tax=0)
    till.pay({"in_1": 500})
    till.run()

    assert till.records()[0]["amount_guaranteed"] == {"currency": "isk", "value": 50_000}
    till.assert_no_echo()
    assert till.owed() == (70_000, 700)


def test_other_payments_stay_in_upflow(till):
    """Bank matches, CSV and hand-made ones, and those that nobody knows; the books agree nevertheless."""
    till.sell("in_1", "in_2", "in_3")
    till.pay({"in_1": 1200}, instrument="WIRE_TRANSFER", source="BANK")
    till.pay({"in_2": 1200}, type="ACCOUNT")
    odd = till.pay({"in_3": 1200}, type="SOMETHING")
    report = till.run()

    assert (report.written, report.other, report.rejected, till.causes()) == (0, 2, 1, {odd: "undecided"})
    assert till.writes() == []
    till.assert_no_echo()
    till.use(types={"SOMETHING": "portal", "ACCOUNT": "manual"}, sources={"BANK": "cash_application"})
    till.use(kinds=["portal", "cash_application"])
    assert till.run(retry="all").written == 2
    till.assert_no_echo()


def test_nothing_is_written_in_a_dry_run(till):
    """The client refuses whatever the run may try; what would be written is listed."""
    till.sell("in_1", "in_2")
    till.pay({"in_1": 1200})
    report = till.run(dry_run=True)

    assert (report.candidates, report.written, till.writes()) == (1, 0, [])
    with pytest.raises(ReadOnlyError, match="unless the write-back is on"):
        till.writer(is_open=False).pay_out_of_band("in_1", key="k")
    with pytest.raises(ReadOnlyError, match="unless the write-back is on"):
        till.writer(is_open=False).check_permissions(with_records=True)


def test_a_key_that_may_not_write_is_found_before_the_first_write(till):
    """The message names the permissions; nothing is begun."""
    till.sell("in_1")
    till.pay({"in_1": 1200})
    till.stripe.unwritable = {"payment_records"}
    with pytest.raises(AuthenticationError, match="rak_payment_record_write"):
        till.run()
    till.stripe.unwritable = set()

    assert {each.state for each in till.settlements().values()} == {"listed"}
    assert till.run().written == 1


def test_what_is_linked_later_is_followed(till):
    """A payment that is linked to another invoice before it is written settles that one."""
    till.sell("in_1", "in_2")
    payment = till.pay({"in_1": 1200}, instrument="DIRECT_DEBIT")
    till.run()
    till.upflow.people.link_payment(payment, {"in_2": 1200})
    till.go_on(days=8)
    report = till.run()

    assert (report.written, report.rejected) == (1, 0)
    assert [till.invoice(each)["status"] for each in ("in_1", "in_2")] == ["open", "paid"]
    till.assert_no_echo()


def test_an_invoice_that_somebody_marks_as_paid_in_stripe_is_done(till):
    """The portal payment explains what is paid without a payment: nothing is written, and nothing comes back."""
    till.use(partial="refuse")
    till.sell("in_1", "in_2")
    payment = till.pay({"in_1": 700, "in_2": 1200})
    refused = till.run()
    till.stripe.payments.settle_out_of_band("in_2")
    till.go_on(minutes=20)
    later = till.run()

    assert (refused.causes, later.found, till.causes()) == ({"partial": 2}, 1, {payment: "partial"})
    till.assert_no_echo()
    assert till.owed("in_2") == (0, 0)

"""What Upflow's list shows while a run is under way: a refund between any two requests is never lost."""

import pytest
import requests

FULL, PART = 1200, 500


def interrupt(monkeypatch, number, happen):
    """Let something happen once, before the numbered request of whoever sends it."""
    send, sent = requests.adapters.HTTPAdapter.send, []

    def counted(self, request, **options):
        sent.append(request)
        if len(sent) == number:
            happen()
        return send(self, request, **options)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", counted)
    return sent


@pytest.mark.parametrize("by", ["list", "closing", "run"])
@pytest.mark.parametrize("amount", [FULL, PART])
@pytest.mark.parametrize("number", range(3, 16))
def test_a_refund_during_a_run_is_seen(till, monkeypatch, by, amount, number):
    """Whoever lists payments meanwhile: nothing is written of it, or it is listed as refunded; the books agree."""
    till.sell("in_1")
    payment = till.pay({"in_1": amount})
    happened = []

    def refund():
        happened.append(True)
        till.upflow.people.refund(payment)
        {"list": till.bridge.list_payments, "closing": till.sync, "run": till.run}[by]()

    with monkeypatch.context() as patched:
        interrupt(patched, number, refund)
        till.run()
    if not happened:  # it has fewer requests
        refund()
    for _ in range(3):  # no sync reads the invoice meanwhile
        till.go_on(hours=13)
        till.run()
    till.sync()
    till.assert_no_echo()
    remaining, outstanding = till.owed()
    is_written = remaining < FULL

    assert outstanding == FULL
    assert till.causes() == ({payment: "refunded"} if is_written else {})
    assert [each["amount_refunded"]["value"] for each in till.records() if is_written] == (
        [PART] if is_written and amount == PART else []
    )


def test_a_link_that_changes_during_a_run_is_not_done(till, monkeypatch):
    """The ledger takes a decision only if all is as it was read for it, other payments of the invoice included."""
    till.sell("in_1")
    first = till.pay({"in_1": 500})
    till.run()
    till.pay({"in_1": 700})

    def refund():
        till.upflow.people.refund(first)
        till.bridge.list_payments()

    with monkeypatch.context() as patched:
        interrupt(patched, 9, refund)
        till.run()
    till.go_on(hours=1)
    till.run()

    assert (till.owed()[0], set(till.causes().values())) == (0, {"refunded"})
    till.assert_no_echo()
    assert till.owed() == (0, 500)

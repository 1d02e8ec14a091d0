"""Records that others need, which Upflow has and whose update it refuses: the task ends, and only they suffer."""

from types import SimpleNamespace

import pytest

from upflow_provider.delivery.needs import import_needed
from upflow_provider.errors import MappingError, UnexpectedError
from upflow_provider.ledger import Outcome
from upflow_provider.testing.upflow.behaviour import FieldRefusal

ENOUGH = 300
"""Times that Upflow refuses; a task that goes on and on would reach it, and the test end."""


def written_off_and_paid(bridge, clock):
    """Load an invoice with a write-off, and pay it and another one afterwards."""
    at = int(clock.at.timestamp())
    bridge.invoice("in_2", created=at, status="uncollectible")
    bridge.invoice("in_3", created=at)
    clock.go_on(minutes=6)
    bridge.catch_up("sync/1")
    bridge.stripe.payments.pay({"in_2": 1200}, payment_id="pi_2")
    bridge.stripe.payments.pay({"in_3": 1200}, payment_id="pi_3")
    clock.go_on(minutes=6)
    bridge.upflow.requests.clear()


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "writeoff$", 403),
        ("DELETE", "writeoff$", 400),
        ("POST", "/invoices$", 400),
        ("POST", "/invoices$", 404),
    ],
)
def test_an_invoice_whose_update_is_refused_ends(bridge, clock, method, path, status, threads):
    """Its payment is rejected with it, nothing is linked beside the write-off, and everything else arrives."""
    bridge.threads = threads
    written_off_and_paid(bridge, clock)
    bridge.upflow.faults.add("status", method=method, path=path, status=status, times=ENOUGH)
    before = bridge.ledger.watermark()
    bridge.catch_up("sync/2")
    refused = [each for each in bridge.writes() if each[0] == method and "pi_" not in each[1]]
    states = [
        bridge.ledger.records(*each)[each[1][0]].outcome for each in (("invoices", ["in_2"]), ("payments", ["pi_2"]))
    ]

    assert 0 < len(refused) < 20
    assert states == [Outcome.REJECTED] * 2
    assert "pi_2" not in [each["externalId"] for each in bridge.upflow.store.payments.values()]
    assert "pi_3" in [each["externalId"] for each in bridge.upflow.store.payments.values()]
    assert bridge.ledger.watermark() > before


def test_what_was_refused_arrives_once_upflow_takes_it(bridge, clock):
    """The payment replaces the write-off at the next try."""
    written_off_and_paid(bridge, clock)
    bridge.upflow.faults.add("status", method="DELETE", path="writeoff$", status=403, times=ENOUGH)
    bridge.catch_up("sync/2")
    bridge.upflow.faults.clear()
    clock.go_on(hours=25)
    bridge.catch_up("sync/3")

    assert bridge.imported("invoices", "in_2")["amountOutstanding"] == 0
    assert "in_2:writeoff" not in [each["externalId"] for each in bridge.upflow.store.payments.values()]


@pytest.mark.parametrize("threads", [1, 4])
def test_an_account_whose_newest_name_is_refused_keeps_its_name_and_gets_its_invoices(bridge, clock, threads):
    """The customer is counted as rejected, once, and its invoices are imported."""
    bridge.threads = threads
    for number, name in enumerate(("Alder", "Alder", "Birch", "Birch")):
        bridge.stripe.create_invoice(
            None,
            1200,
            id=f"in_a{number}",
            customer_account="acct_9",
            customer_name=name,
            created=int(clock.at.timestamp()),
        )
        bridge.stripe.finalize_invoice(f"in_a{number}")
        if number == 1:
            clock.go_on(minutes=6)
            bridge.catch_up("sync/1")
    bridge.upflow.behaviour.refused_fields = (
        FieldRefusal(collection="customers", field="name", says="is too long", values="Birch"),
    )
    bridge.upflow.requests.clear()
    clock.go_on(minutes=6)
    report = bridge.catch_up("sync/2")[1]["invoices"]

    assert (report.created, report.rejected, report.handled) == (2, 1, report.read)
    assert "name" in report.examples["acct_9"]
    assert bridge.writes().count(("POST", "/v1/customers")) < 10
    assert bridge.imported("customers", "acct_9")["name"] == "Alder"
    clock.go_on(hours=1)
    bridge.catch_up("sync/3")
    assert bridge.imported("customers", "acct_9")["name"] == "Alder"


def test_rounds_end_whatever_the_parents_say():
    """A parent that is rejected twice is an error of the record; each of several is tried once."""
    record, asked = SimpleNamespace(external_id="in_1"), []
    parents = [SimpleNamespace(stream=SimpleNamespace(name="customers"), external_id=f"cus_{n}") for n in range(3)]

    def is_imported(parent):
        asked.append(parent.external_id)
        assert len(asked) < 10
        return False

    with pytest.raises(UnexpectedError, match=r"in_1: cus_0, which it needs, was rejected and would be sent again"):
        import_needed(record, lambda _: iter(parents), is_imported)
    assert asked == ["cus_0", "cus_0"]

    left, asked[:] = list(parents), []
    import_needed(record, lambda _: iter(left), lambda parent: is_imported(parent) or left.remove(parent))
    assert asked == ["cus_0", "cus_1", "cus_2"]


def test_an_error_of_a_parent_is_the_records():
    """What the look for parents raises ends the rounds."""

    def missing(_):
        raise MappingError("in_1", "customer")
        yield

    with pytest.raises(MappingError):
        import_needed(SimpleNamespace(external_id="in_1"), missing, lambda _: True)

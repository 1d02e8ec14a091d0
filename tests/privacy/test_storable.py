"""Whatever a vendor says can be stored, in either database, and stops nobody but its own record."""

import pytest
import sqlalchemy as sa

from tests.bridge import Bridge
from upflow_provider.ledger import Ledger, Outcome
from upflow_provider.testing.upflow.behaviour import FieldRefusal

ODD = {
    "half-of-a-character": "name 'Café \ud83d...' is too long",
    "nul": "name\x00 is too long",
    "control-characters": "\x1b[2K\r\x07\x85name is too long\x1b]0;",
    "endless": "name is too long: " + "x" * 100_000,
    "deep": "name is too long: " + "[" * 50_000,
}


@pytest.fixture
def bridge(fake_stripe, fake_upflow, database_url):
    """Give the test both fakes, without limits, and an empty ledger in either database."""
    fake_stripe.limits.enforced = fake_upflow.limits.enforced = False
    engine = sa.create_engine(database_url)
    yield Bridge(fake_stripe, fake_upflow, Ledger(engine, "default"))
    engine.dispose()


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_a_refusal_in_odd_words_concerns_its_record_only(bridge, text):
    """It is kept with a reason that one can read; all others arrive."""
    for number in range(5):
        bridge.customer(f"cus_{number}")
    refusal = FieldRefusal(collection="customers", field="externalId", values="cus_2", says=text)
    bridge.upflow.behaviour.refused_fields = (refusal,)
    report = bridge.sync("customers")

    assert (report.created, report.rejected) == (4, 1)
    known = bridge.ledger.records("customers", ["cus_2"])["cus_2"]
    assert known.outcome is Outcome.REJECTED
    assert known.reason.startswith("POST /customers: 400: externalId: name")
    assert known.reason.isprintable()
    assert len(known.reason) < 400


@pytest.mark.parametrize("text", ["a\ud83d", "a\x00", "x" * 10_000])
def test_an_id_that_cannot_be_stored_is_not_known(bridge, text):
    """The records arrive all the same, and are known by their external ids."""
    bridge.customer()
    bridge.invoice()
    bridge.upflow.behaviour.answered_fields = {"customers": {"id": text}, "invoices": {"id": text}}
    reports = bridge.sync_all()

    assert (reports["customers"].created, reports["invoices"].created) == (1, 1)
    assert bridge.ledger.records("invoices", ["in_1"])["in_1"].upflow_id == "external:in_1"


@pytest.mark.parametrize("amount", [2**63, -(2**80), 12.5, True, "1200"])
def test_an_amount_that_is_none_is_not_known(bridge, amount):
    """It is asked for at the end, and compared with what Stripe says."""
    bridge.customer()
    bridge.invoice()
    bridge.upflow.behaviour.answered_fields = {"invoices": {"amountOutstanding": amount}}
    reports = bridge.sync_all()
    assert (reports["invoices"].created, reports["invoices"].rejected) == (1, 0)

    bridge.upflow.behaviour.answered_fields = {}
    assert bridge.close().synced.rejected == 0


@pytest.mark.usefixtures("no_garbage")
@pytest.mark.parametrize("fault", [{"body": "[" * 200_000 + "]" * 200_000}, {"body": "<html>Back soon</html>"}])
def test_an_answer_that_cannot_be_read_concerns_its_record_only(bridge, fault):
    """Or it passes."""
    for number in range(5):
        bridge.customer(f"cus_{number}")
    bridge.upflow.faults.add("status", method="POST", status=200, after=2, **fault)
    report = bridge.sync("customers")

    assert report.created + report.rejected == 5
    assert report.rejected == ("[" in fault["body"])

"""The operator that writes payments of Upflow's portal back, between the two fakes."""

import json

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from tests.bridge import Bridge
from upflow_provider.errors import ReadOnlyError
from upflow_provider.hooks.stripe import StripeHook
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.operators.ledger import LedgerRebuildOperator
from upflow_provider.operators.upflow_to_stripe import UpflowPaymentsToStripeOperator, payments_named
from upflow_provider.settings import Organization


class Counter:
    """A shop with two invoices in both systems, and tasks that run for its organization."""

    def __init__(self, stripe, upflow, context):
        stripe.limits.enforced = upflow.limits.enforced = False
        self.stripe, self.upflow, self.context = stripe, upflow, context
        self.ledger = UpflowHook().open_ledger("default")
        self.bridge = Bridge(stripe, upflow, self.ledger)
        self.bridge.customer()
        for name in ("in_1", "in_2"):
            self.bridge.invoice(name)
        self.bridge.sync_all()

    def run(self, operator=UpflowPaymentsToStripeOperator, write_back=None, **options):
        """Run a task, and return what it returns."""
        organization = Organization(write_back=write_back or {})
        return operator(task_id="write", organization=organization, **options).execute(self.context)

    def writes(self):
        """Return the paths of the requests that write to Stripe, tests of permissions included."""
        return [each.path for each in self.stripe.requests if each.method == "POST"]


@pytest.fixture
def counter(connections, fake_upflow, fake_stripe, context):
    """Give the test such a shop."""
    return Counter(fake_stripe, fake_upflow, context)


def test_nothing_is_written_before_the_list_is_approved(counter, caplog):
    """The first run fails with the list; once approved, this and all later runs write, and the report is kept."""
    nothing = counter.run()
    payment = counter.upflow.people.pay({"in_1": 1200}, surcharge=20)
    with pytest.raises(AirflowFailException, match=r"1 payments would be written .* start the DAG with approve"):
        counter.run()
    listed, sent = caplog.text, counter.writes()
    report = counter.run(approve=True)
    counter.upflow.people.pay({"in_2": 1200})
    later = counter.run()

    assert (nothing["candidates"], sent) == (0, [])
    assert f"{payment}  in_1 " in listed
    assert (report["written"], later["written"]) == (1, 1)
    assert [counter.stripe.store.invoices.shown(each)["status"] for each in ("in_1", "in_2")] == ["paid", "paid"]
    assert counter.context["ti"].pushed == {"report": later}
    assert [each.counts for each in counter.ledger.reports("write_back", limit=1)] == [later]
    json.dumps(later)


@pytest.mark.parametrize("how", ["dry run", "test mode"])
def test_neither_a_dry_run_nor_test_mode_sends_anything(counter, set_connection, how):
    """Not even with an approval, which does not count then; no permission is tested either."""
    counter.upflow.people.pay({"in_1": 1200})
    if how == "test mode":
        set_connection("upflow_default", extra={"test_mode": True})
    report = counter.run(approve=True, is_dry_run=how == "dry run")

    assert (report["candidates"], report["written"], report["dry_run"], counter.writes()) == (1, 0, True, [])
    set_connection("upflow_default", extra={})
    with pytest.raises(AirflowFailException, match="before somebody approves"):
        counter.run()
    with pytest.raises(ReadOnlyError):
        StripeHook().get_writer(is_open=False).attach_record("in_1", "pr_1", key="k")


def test_payments_in_error_fail_the_task_after_all_others_are_written(counter, caplog):
    """The log has the table; `max_rejected` allows some, and `retry` tries them now."""
    payment = counter.upflow.people.pay({"in_1": 100})
    counter.upflow.people.pay({"in_2": 1200})
    with pytest.raises(AirflowFailException, match="1 payments of Upflow's could not be written to Stripe"):
        counter.run(approve=True)

    assert counter.stripe.store.invoices.shown("in_2")["status"] == "paid"
    assert f"{payment}  in_1 " in caplog.text
    assert "set partial: report in write_back" in caplog.text
    assert counter.run(retry=payment, write_back={"max_rejected": 1})["rejected"] == 1
    assert counter.run(retry="all", write_back={"partial": "report"})["written"] == 1


def test_a_rebuilt_ledger_knows_what_was_written(counter):
    """Upflow's list and Stripe's invoices say it, so that nothing comes back, and nothing is written twice."""
    counter.upflow.people.pay({"in_1": 1200})
    counter.run(approve=True)
    lost = counter.ledger.settlements.all()
    counter.ledger.settlements.save(
        lost[0], state="listed", method=None, amount=None, is_done=False
    )  # as a new ledger has it
    counter.run(LedgerRebuildOperator)
    (found,) = counter.ledger.settlements.all()

    assert (found.state, found.method, found.amount) == ("written", "out_of_band", 1200)
    assert counter.run()["written"] == 0


def test_an_organization_without_settings_writes_nothing_back(context):
    """The task is skipped, before any system is opened."""
    with pytest.raises(AirflowSkipException, match="no write_back settings"):
        UpflowPaymentsToStripeOperator(task_id="write", organization=Organization()).execute(context)


@pytest.mark.parametrize(
    ("given", "named"),
    [("", []), (None, []), ("all", "all"), ("a, b c", ["a", "b", "c"]), (["a"], ["a"]), (12, ["12"])],
)
def test_retry_names_payments(given, named):
    """All, or ids as people and templates give them."""
    assert payments_named(given) == named

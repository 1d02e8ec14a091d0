"""The operator that writes payments of Upflow's portal back, between the two fakes."""

import json

import pytest
import sqlalchemy as sa
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from tests.bridge import Bridge
from upflow_provider.errors import ReadOnlyError
from upflow_provider.hooks.stripe import StripeHook
from upflow_provider.hooks.upflow import UpflowHook
from upflow_provider.ledger import tables
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
    with pytest.raises(
        AirflowFailException, match=r"^the log lists 1 payment to be written .* start the DAG with approve"
    ):
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
    with pytest.raises(AirflowFailException, match=r"^1 payment of Upflow's is not in Stripe as in Upflow"):
        counter.run(approve=True)

    assert counter.stripe.store.invoices.shown("in_2")["status"] == "paid"
    assert f"{payment}  in_1 " in caplog.text
    assert "set partial: report in write_back" in caplog.text
    assert counter.run(retry=payment, write_back={"max_rejected": 1})["rejected"] == 1
    assert counter.run(retry="all", write_back={"partial": "report"})["written"] == 1


def test_the_task_fails_as_long_as_payments_are_in_error(counter):
    """Also if none of them is due for another try; a payment that nobody knows is not ignored."""
    payment = counter.upflow.people.pay({"in_1": 100})
    counter.upflow.people.pay({"in_2": 100})
    with pytest.raises(AirflowFailException, match=r"^2 payments of Upflow's are not in Stripe as in Upflow"):
        counter.run(approve=True)
    with pytest.raises(AirflowFailException, match=rf"^2 payments .*{payment}.*set partial: report"):
        counter.run()
    with pytest.raises(AirflowFailException, match="retry names payments that settle no invoice of Stripe's: p-7"):
        counter.run(retry=f"{payment}, p-7")

    assert counter.run(write_back={"max_rejected": 2})["rejected"] == 0
    assert counter.run(retry=f"ALL,{payment}", write_back={"max_rejected": 2})["rejected"] == 2


@pytest.mark.parametrize("text", ["False", "false", False])
def test_a_switch_that_a_template_renders_as_a_text_means_what_it_says(counter, text):
    """Python takes every text for true: nothing would need an approval any more, and every run would be a dry one."""
    counter.upflow.people.pay({"in_1": 1200})
    with pytest.raises(AirflowFailException, match="before somebody approves"):
        counter.run(approve=text, is_dry_run=text)
    dry = counter.run(approve="True", is_dry_run="True")

    assert (counter.writes(), dry["dry_run"], dry["candidates"]) == ([], True, 1)
    assert counter.run(approve="true", is_dry_run=text)["written"] == 1


@pytest.mark.parametrize("odd", ["", "no", "None", "0", None, 1])
@pytest.mark.parametrize("name", ["approve", "is_dry_run"])
def test_a_switch_that_is_neither_true_nor_false_is_refused(counter, name, odd):
    """By its name; nothing is written."""
    counter.upflow.people.pay({"in_1": 1200})
    with pytest.raises(AirflowFailException, match=f"{name} is neither true nor false"):
        counter.run(**{"approve": True, name: odd})

    assert counter.writes() == []


def test_an_empty_ledger_asks_for_the_rebuild(counter):
    """Like every other task, even with an approval; after the rebuild, somebody approves the list once more."""
    counter.upflow.people.pay({"in_1": 1200})
    counter.run(approve=True)
    counter.upflow.people.pay({"in_2": 1200})
    with counter.ledger._engine.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(sa.delete(table))
    with pytest.raises(AirflowFailException, match="upflow_ledger_rebuild"):
        counter.run(approve=True)
    counter.run(LedgerRebuildOperator)
    with pytest.raises(AirflowFailException, match="before somebody approves"):
        counter.run()

    assert counter.run(approve=True)["written"] == 1


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
    [
        ("", []),
        (None, []),
        ("all", ["all"]),
        ("ALL", ["all"]),
        (" all, a", ["all", "a"]),
        ("a, b c", ["a", "b", "c"]),
        (["a", " "], ["a"]),
        (12, ["12"]),
    ],
)
def test_retry_names_payments(given, named):
    """All, or ids as people and templates give them."""
    assert payments_named(given) == named

"""The first tasks: one message that lists everything that has to be set up."""

import pytest
from airflow.sdk.exceptions import AirflowFailException, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse

from upflow_provider.errors import RetriableError
from upflow_provider.operators.preflight import AccessOperator, PreflightOperator
from upflow_provider.settings import Organization
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.upflow_to_salesforce.settings import SalesforceExport


def preflight(**options):
    """Return a preflight of the default organization."""
    return PreflightOperator(task_id="preflight", organization=Organization(), **options)


def test_all_is_well(connections, context):
    """Nothing is said when nothing is wrong."""
    preflight(start="2026-01-01", end="2026-02-01").execute(context)


def test_a_broken_entry_says_what_is_wrong_with_it(context):
    """The problem that was found while parsing is shown by the task."""
    with pytest.raises(AirflowFailException, match="time_zone: is not a time zone"):
        preflight(problem="organizations.yaml: time_zone: is not a time zone").execute(context)


def test_everything_that_is_missing_is_named_at_once_with_what_to_run(connections, context, set_connection):
    """Two connections and a window in one message."""
    set_connection("upflow_default")
    set_connection("stripe_default")
    with pytest.raises(AirflowFailException) as raised:
        preflight(start="2026-02-01", end="2026-01-01").execute(context)

    message = str(raised.value)
    assert "airflow connections add upflow_default --conn-type upflow" in message
    assert "airflow connections add stripe_default --conn-type stripe" in message
    assert "is empty" in message


def test_only_what_the_run_needs_has_to_be_there(connections, context, set_connection):
    """An export needs Salesforce, by the name that its settings give it, and no Stripe."""
    set_connection("stripe_default")
    salesforce = SalesforceExport(conn_id="salesforce_acme", match={"salesforce": "Id"})
    organization = Organization(salesforce=salesforce)
    task = PreflightOperator(task_id="preflight", organization=organization, systems=("upflow", "salesforce"))
    with pytest.raises(AirflowFailException) as raised:
        task.execute(context)

    assert "airflow connections add salesforce_acme --conn-type salesforce" in str(raised.value)
    assert "stripe" not in str(raised.value)


def test_a_ledger_of_the_wrong_type_is_named(connections, context, set_connection):
    """The ledger needs SQLite or PostgreSQL."""
    set_connection("upflow_ledger", conn_type="http")

    with pytest.raises(AirflowFailException, match=r"'http'.*postgres or sqlite"):
        preflight().execute(context)


def test_a_connection_that_cannot_be_read_is_named_with_all_other_problems(connections, context, monkeypatch):
    """It exists; what has to be done is something else than to add it."""
    monkeypatch.setenv("AIRFLOW_CONN_UPFLOW_DEFAULT", "upflow://key:sec#ret@[api.upflow.io")
    monkeypatch.delenv("AIRFLOW_CONN_STRIPE_DEFAULT")
    with pytest.raises(AirflowFailException) as raised:
        preflight().execute(context)

    assert "'upflow_default': secrets backend EnvironmentVariablesBackend has text" in str(raised.value)
    assert "airflow connections add stripe_default" in str(raised.value)
    assert "airflow connections add upflow_default" not in str(raised.value)
    assert "sec#ret" not in str(raised.value)


def test_a_look_up_that_fails_is_tried_again(connections, context, monkeypatch):
    """Nothing is called missing because Airflow's API server could not answer."""
    failure = ErrorResponse(error=ErrorType.API_SERVER_ERROR)
    monkeypatch.delenv("AIRFLOW_CONN_UPFLOW_DEFAULT")
    supervisor = type("Supervisor", (), {"send": lambda *_: failure})()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", supervisor, raising=False)

    with pytest.raises(RetriableError, match=r"'upflow_default': .* could not look it up"):
        preflight().execute(context)
    with pytest.raises(RetriableError, match=r"'upflow_default': .* could not look it up"):
        AccessOperator(task_id="access", organization=Organization()).execute(context)


def test_a_missing_pool_is_named_with_what_to_run(connections, context):
    """A task of a pool that does not exist stays scheduled: after a while that is said."""
    context["ti"].states = iter(["scheduled"] * 3)

    with pytest.raises(AirflowFailException, match="airflow pools set upflow_api 5"):
        preflight(access_task="access", pool_wait_s=0).execute(context)


@pytest.mark.parametrize("state", ["queued", "running", "success", "failed"])
def test_a_pool_that_gave_a_slot_exists(connections, context, state):
    """Whatever became of the other task, it got its slot."""
    context["ti"].states = iter([state])

    preflight(access_task="access", pool_wait_s=0).execute(context)


def test_a_pool_that_is_only_full_is_not_called_missing(connections, context):
    """Requests to Upflow are under way, so somebody has slots of it."""
    AccessOperator(task_id="access", organization=Organization()).execute(context)
    context["ti"].states = iter(["scheduled"] * 100)

    preflight(access_task="access", pool_wait_s=0).execute(context)


def test_access_asks_both_vendors_once(connections, context, fake_stripe, fake_upflow):
    """One cheap request to each resource that will be read, and one to Upflow."""
    AccessOperator(task_id="access", organization=Organization()).execute(context)

    assert [each.path for each in fake_upflow.requests] == ["/v1/customers"]
    of_streams = [read.resource for stream in STREAMS.values() for read in stream.listings]
    wanted = [f"/v1/{each}" for each in (*of_streams, "charges", "events")]
    assert [each.path for each in fake_stripe.requests] == wanted


def test_access_names_a_missing_permission(connections, context, fake_stripe):
    """A lost permission never looks like no data."""
    fake_stripe.forbidden.add("invoices")

    with pytest.raises(AirflowFailException, match="invoice"):
        AccessOperator(task_id="access", organization=Organization()).execute(context)

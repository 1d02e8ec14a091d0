"""The first tasks: one message that lists everything that has to be set up."""

import json
import os

import pytest
from airflow.sdk import DAG
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


def test_all_is_well(connections, context, caplog):
    """One line says what was checked."""
    with caplog.at_level("INFO"):
        preflight(start="2026-01-01", end="2026-02-01").execute(context)

    assert "nothing is missing: connections to Upflow, Stripe, and the ledger" in caplog.text


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
    assert """--conn-extra '{"test_mode": true}'""" in message  # nobody begins by writing into production
    assert "'end' is '2026-01-01', which is not after 'start'" in message


def test_only_what_the_run_needs_has_to_be_there(connections, context, set_connection):
    """An export needs Salesforce, by the name that its settings give it, and no Stripe."""
    set_connection("stripe_default")
    salesforce = SalesforceExport(conn_id="salesforce_acme", match={"salesforce": "Id"}, fields={"due": "Due__c"})
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


PARAMS = {"dry_run": False, "since": None, "streams": []}


@pytest.mark.parametrize(
    ("conf", "says"),
    [
        ({"dryrun": True}, "unknown parameter 'dryrun'; did you mean 'dry_run'?"),
        ({"Dry_Run": True}, "unknown parameter 'Dry_Run'; did you mean 'dry_run'?"),
        ({"sincee": "2026-01-01", "dry_run": True}, "unknown parameter 'sincee'; did you mean 'since'?"),
        ({"stream": ["invoices"]}, "unknown parameter 'stream'; did you mean 'streams'?"),
        (
            {"window": 1, "x": 2},
            "unknown parameter 'window'; known names: dry_run, since, streams; unknown parameter 'x'",
        ),
    ],
)
def test_a_parameter_that_the_dag_does_not_have_is_refused(connections, context, conf, says):
    """Airflow accepts and ignores it, so that a dry run would write; known ones are fine."""
    with DAG("dag", schedule=None, params=PARAMS):
        task = preflight()
    context["dag_run"].conf = {"dry_run": True, "streams": ["invoices"]}
    task.execute(context)
    context["dag_run"].conf = conf
    with pytest.raises(AirflowFailException) as raised:
        task.execute(context)

    assert says in str(raised.value)


def test_problems_of_all_kinds_are_told_together(connections, context, set_connection):
    """Settings of each connection, a database that is not there, the window and a parameter, in one message."""
    set_connection("upflow_default", host="http://api.upflow.io/v1", password="", extra={"tset_mode": True})
    set_connection("stripe_default", password="pk_test_1", extra={"acount": "acct_1"})
    set_connection("upflow_ledger", host="/nowhere/ledger.db")
    salesforce = {"conn_type": "salesforce", "extra": {"version": "v60.0"}}
    with pytest.MonkeyPatch.context() as patch, DAG("dag", schedule=None, params=PARAMS):
        patch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps(salesforce))
        task = PreflightOperator(
            task_id="preflight",
            organization=Organization(
                salesforce=SalesforceExport(match={"salesforce": "Id"}, fields={"due": "Due__c"})
            ),
            systems=("upflow", "stripe", "salesforce"),
            start="yesterday",
            end="2026-01-01",
        )
        context["dag_run"].conf = {"dryrun": True}
        with pytest.raises(AirflowFailException) as raised:
            task.execute(context)

    lines = str(raised.value).splitlines()
    assert lines[0] == "before this can run:"
    for number, says in enumerate(
        (
            "- unknown parameter 'dryrun'",
            "- 'start' is 'yesterday'",
            "- connection 'upflow_default': login must hold the API key, and password the API secret",
            "- connection 'upflow_default': host must begin with https://",
            "- connection 'upflow_default': extra: tset_mode is unknown",
            "- connection 'stripe_default': password must hold a secret or restricted key",
            "- connection 'stripe_default': extra: acount is unknown",
            "- connection 'salesforce_default': extra: version must be",
            "- connection 'upflow_ledger': ",
        ),
        start=1,
    ):
        assert lines[number].startswith(says)


def test_what_may_pass_is_told_with_the_rest_and_tried_again_alone(connections, context, set_connection):
    """A database that cannot be reached hides no other problem, and a problem that stays is not tried again."""
    down = {"conn_type": "postgres", "host": "127.0.0.1", "port": 1, "schema": "ledger", "login": "me"}
    set_connection("upflow_ledger", **down)
    with pytest.raises(RetriableError, match="connection 'upflow_ledger': "):
        preflight().execute(context)
    set_connection("stripe_default", password="")
    with pytest.raises(AirflowFailException, match=r"(?s)'stripe_default': password must.*'upflow_ledger': "):
        preflight().execute(context)


def test_a_window_in_the_future_is_refused(connections, context):
    """The Param of the DAG at hand is named."""
    with pytest.raises(AirflowFailException, match=r"'since' is 2035-01-01T00:00:00.*lies in the future"):
        preflight(start="2035-01-01", end="2035-02-01", window_params=("since", "until")).execute(context)


@pytest.mark.parametrize("system", ["upflow", "stripe"])
def test_two_organizations_with_one_key_are_refused(connections, context, monkeypatch, system):
    """By different connections, so that only their values show it; a connection that is missing shows nothing."""
    own = Organization(name="own")
    other = Organization(name="other", **{f"{system}_conn_id": f"{system}_other"})
    task = PreflightOperator(task_id="preflight", organization=own, peers=(own, other))
    alone = {"stripe": "upflow", "upflow": "stripe"}[system]
    other = other.model_copy(update={f"{alone}_conn_id": "nowhere"})
    task.peers = (own, other)
    task.execute(context)
    same = json.loads(os.environ[f"AIRFLOW_CONN_{system.upper()}_DEFAULT"])
    monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_OTHER", json.dumps(same))
    with pytest.raises(AirflowFailException) as raised:
        task.execute(context)

    assert f"'{system}_default' has the same API key as '{system}_other' of organization 'other'" in str(raised.value)
    assert str(same["password"]) not in str(raised.value)
    key = "login" if system == "upflow" else "password"
    monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_OTHER", json.dumps({**same, key: "another"}))
    task.execute(context)


def test_access_asks_only_the_systems_it_is_to(connections, context, fake_stripe, fake_upflow):
    """Links to the portal need no Stripe."""
    AccessOperator(task_id="access", organization=Organization(), systems=("upflow",)).execute(context)

    assert (len(fake_upflow.requests), len(fake_stripe.requests)) == (1, 0)


def test_access_asks_both_vendors_once(connections, context, fake_stripe, fake_upflow, caplog):
    """One cheap request to each resource that will be read, and one to Upflow; the log says that all is well."""
    with caplog.at_level("INFO"):
        AccessOperator(task_id="access", organization=Organization()).execute(context)

    assert "access is fine: Upflow accepts its key and Stripe accepts its key" in caplog.text

    assert [each.path for each in fake_upflow.requests] == ["/v1/customers"]
    of_streams = [read.resource for stream in STREAMS.values() for read in stream.listings]
    wanted = [f"/v1/{each}" for each in (*of_streams, "charges", "events")]
    assert [each.path for each in fake_stripe.requests] == wanted


def test_access_names_a_missing_permission(connections, context, fake_stripe):
    """A lost permission never looks like no data."""
    fake_stripe.forbidden.add("invoices")

    with pytest.raises(AirflowFailException, match="invoice"):
        AccessOperator(task_id="access", organization=Organization()).execute(context)

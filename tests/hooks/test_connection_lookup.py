"""A connection is absent only if every secrets backend says so; a look-up that fails is an error."""

import json

import pytest
from airflow.sdk import Connection, configuration
from airflow.sdk.bases.secrets_backend import BaseSecretsBackend
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse

from upflow_provider.errors import ConfigurationError, RetriableError
from upflow_provider.hooks.connection_lookup import find_connection
from upflow_provider.hooks.ledger import open_ledger
from upflow_provider.hooks.stripe import StripeHook
from upflow_provider.hooks.upflow import UpflowHook

NOT_FOUND = ErrorResponse(error=ErrorType.CONNECTION_NOT_FOUND, detail={"conn_id": "upflow_ledger"})


class FlakyBackend(BaseSecretsBackend):
    """A secrets backend whose answers are given one after the other; an exception is raised."""

    answers = ()

    def get_connection(self, conn_id, team_name=None):  # noqa: ARG002 - Airflow's signature
        """Return or raise the next answer."""
        answer = next(FlakyBackend.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Supervisor:
    """The process that asks Airflow's API server for a task."""

    def __init__(self, *answers):
        self.answers = iter(answers)

    def send(self, message):  # noqa: ARG002 - Airflow's signature
        """Return or raise the next answer."""
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """Give Airflow an empty home on one host, no connection, and no secrets backend of another test."""
    monkeypatch.delenv("AIRFLOW_CONN_UPFLOW_LEDGER", raising=False)
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")
    configuration._secrets_backend_cache.clear()
    yield tmp_path
    configuration._secrets_backend_cache.clear()


@pytest.fixture
def backend(monkeypatch):
    """Return a function that gives Airflow a secrets backend."""

    def define(name, **kwargs):
        monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND", name)
        monkeypatch.setenv("AIRFLOW__SECRETS__BACKEND_KWARGS", json.dumps(kwargs))

    return define


@pytest.fixture
def flaky(backend):
    """Return a function that gives Airflow a secrets backend with these answers."""

    def define(*answers):
        backend(f"{__name__}.FlakyBackend")
        FlakyBackend.answers = iter(answers)

    return define


@pytest.fixture
def supervisor(monkeypatch):
    """Return a function that lets the API server give these answers."""

    def define(*answers):
        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", Supervisor(*answers), raising=False)

    return define


def test_what_no_backend_has_is_absent(supervisor, flaky, home):
    """Then, and only then, the ledger is the default file."""
    flaky(None, None, None, None)
    supervisor(NOT_FOUND, NOT_FOUND, NOT_FOUND, NOT_FOUND)

    assert find_connection("upflow_ledger") is None
    assert open_ledger(organization="default").watermark() is None
    assert (home / "upflow_ledger.db").exists()


@pytest.mark.parametrize(
    "error",
    [TimeoutError("vault:hunter2"), PermissionError("hunter2"), KeyError("hunter2"), RuntimeError("hunter2")],
    ids=lambda error: type(error).__name__,
)
def test_a_backend_that_fails_is_no_absence(flaky, home, error):
    """The error names the connection and the backend, and nothing that the backend said."""
    flaky(error, error)
    with pytest.raises(RetriableError) as raised:
        open_ledger(organization="default")

    assert f"{raised.value}" == (
        f"connection 'upflow_ledger': secrets backend FlakyBackend could not look it up ({type(error).__name__})"
    )
    assert raised.value.__cause__ is None
    assert list(home.glob("*.db")) == []


def test_a_backend_that_fails_while_a_later_one_says_no_is_no_absence(flaky, supervisor, home):
    """Airflow goes on to the next backend; what the first one has is not known."""
    flaky(TimeoutError(), TimeoutError())
    supervisor(NOT_FOUND, NOT_FOUND)

    with pytest.raises(RetriableError, match="FlakyBackend could not look it up"):
        open_ledger(organization="default")
    assert list(home.glob("*.db")) == []


def test_a_backend_that_answers_the_second_time_is_worth_another_try(flaky):
    """Its first answer was an error."""
    flaky(TimeoutError(), Connection(conn_id="upflow_ledger", conn_type="sqlite"))

    with pytest.raises(RetriableError, match="found it at the second attempt"):
        find_connection("upflow_ledger")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"status_code": 500})), "API_S"),
        (ErrorResponse(error=ErrorType.GENERIC_ERROR), "GENERIC_ERROR"),
        (ConnectionResetError(), "ConnectionResetError"),
    ],
    ids=["500", "generic", "reset"],
)
def test_an_api_server_that_fails_is_no_absence(supervisor, home, answer, says):
    """Airflow's backend for it takes every failure for an absence; we do not."""
    supervisor(answer, answer)

    with pytest.raises(RetriableError, match=f"ExecutionAPISecretsBackend could not look it up \\({says}"):
        open_ledger(organization="default")
    assert list(home.glob("*.db")) == []


def test_an_access_that_is_denied_is_no_absence(supervisor, home):
    """No retry would help."""
    supervisor(ErrorResponse(error=ErrorType.PERMISSION_DENIED))

    with pytest.raises(ConfigurationError, match="'upflow_ledger': Airflow does not let this task read it"):
        open_ledger(organization="default")
    assert list(home.glob("*.db")) == []


@pytest.mark.parametrize(
    "text",
    [
        "postgres://upflow:hunter2#1@db:port/upflow",
        "postgres://upflow:hun://ter2@db:5432/up://flow",
        "postgres://upflow:hunter2@[db/upflow",
        '{"conn_type": "postgres", "password": "hunter2"',
        '{"conn_type": "postgres", "passwort": "hunter2"}',
        '{"conn_type": "postgres", "port": "hunter2"}',
    ],
)
def test_a_definition_that_cannot_be_read_is_no_absence(monkeypatch, home, text):
    """It stays as it is until somebody changes it; the error names the variable's backend, and no secret."""
    monkeypatch.setenv("AIRFLOW_CONN_UPFLOW_LEDGER", text)
    with pytest.raises(ConfigurationError, match="EnvironmentVariablesBackend has text that is neither") as raised:
        open_ledger(organization="default")

    assert "hunter2" not in str(raised.value)
    assert list(home.glob("*.db")) == []


def test_a_file_of_secrets_that_is_missing_is_no_absence(backend, home):
    """One of Airflow's own backends."""
    backend("airflow.secrets.local_filesystem.LocalFilesystemBackend", connections_file_path=str(home / "none.json"))

    with pytest.raises(RetriableError, match="secrets backend LocalFilesystemBackend could not look it up"):
        find_connection("upflow_ledger")


@pytest.mark.parametrize(
    "read",
    [lambda: StripeHook("acme").source, lambda: UpflowHook("acme").client, lambda: UpflowHook("acme").get_conn()],
    ids=["stripe", "upflow", "session"],
)
def test_hooks_tell_an_absence_from_a_failure(flaky, read):
    """An absence can be corrected by a human only; a failure may pass."""
    flaky(None, None)
    with pytest.raises(ConfigurationError, match="connection 'acme' does not exist"):
        read()
    flaky(TimeoutError(), TimeoutError())
    with pytest.raises(RetriableError, match="connection 'acme': secrets backend FlakyBackend"):
        read()


@pytest.mark.parametrize("field", ["login", "password", "host"])
def test_a_connection_with_half_a_character_is_named_by_its_field(flaky, field):
    """The first attempt fails at it, and says nothing; the value is not repeated."""
    odd = Connection(conn_id="upflow_default", conn_type="upflow", **{field: "sk_x\ud83d"})
    flaky(UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "x"), odd)

    with pytest.raises(ConfigurationError, match=f"its {field} has half a character") as raised:
        find_connection("upflow_default")
    assert "sk_x" not in str(raised.value)

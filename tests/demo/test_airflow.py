"""How the demonstration runs Airflow."""

import json
import os
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demo.airflow import Airflow
from demo.airflow_environment import Ports, environment
from demo.errors import DemoError
from upflow_provider.testing import serve


class Answers:
    """An API server that gives one answer to everything, and keeps what it was sent."""

    def __init__(self, answer):
        self.answer, self.sent = answer, []

    async def app(self, scope, receive, send):
        """Answer a request."""
        body = (await receive())["body"]
        self.sent.append((scope["path"], json.loads(body)))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(self.answer).encode()})


PORTS = Ports(api=18080, worker_logs=18793, trigger_logs=18794)


def test_the_users_own_airflow_is_left_alone():
    """Settings and connections of the person's shell do not reach the demonstration."""
    inherited = {
        "AIRFLOW_HOME": "/home/ada/airflow",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://production",
        "AIRFLOW_CONN_STRIPE_DEFAULT": "stripe://real-key@",
        "LANG": "C.UTF-8",
    }

    made = environment(Path("/checkout/.airflow"), Path("/checkout/dags"), PORTS, Path("/b.pem"), inherited)

    assert made["AIRFLOW_HOME"] == "/checkout/.airflow"
    assert made["LANG"] == "C.UTF-8"
    assert not any("production" in value or "real-key" in value for value in made.values())


def test_airflow_listens_on_loopback_and_finds_its_own_command():
    """`airflow standalone` starts its components by name, from the environment of this Python."""
    made = environment(
        Path("/h"), Path("/d"), PORTS, Path("/h/b.pem"), {"PATH": "/usr/bin", "https_proxy": "http://proxy"}
    )

    assert made["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert made["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:18080/execution/"
    assert made["PATH"].split(os.pathsep) == [str(Path(sys.executable).parent), "/usr/bin"]
    assert made["NO_PROXY"] == made["no_proxy"] == "*"
    assert made["REQUESTS_CA_BUNDLE"] == "/h/b.pem"


def test_the_log_of_a_task_is_where_airflow_writes_it():
    """The path is that of Airflow's default template for task logs."""
    airflow = Airflow("http://127.0.0.1:1", Path("/h"), Path("/h/airflow.log"), alive=lambda: None)
    task = {"dag_run_id": "manual__1", "task_id": "invoices", "try_number": 2}

    assert airflow.log_of(task) == Path(
        "/h/logs/dag_id=stripe_to_upflow_backfill/run_id=manual__1/task_id=invoices/attempt=2.log"
    )


@pytest.mark.parametrize("works", [True, False])
def test_a_connection_is_tested_as_the_button_does(works):
    """The UI does not know the stored password; a test that fails ends the demonstration, with what it says."""
    api = Answers({"status": works, "message": "the key is wrong"})
    connection = {"connection_id": "stripe_default", "conn_type": "stripe", "port": 0, "password": "sk_test_1"}
    with serve(api.app) as server, ExitStack() as expected:
        if not works:
            expected.enter_context(pytest.raises(DemoError, match="connection stripe_default: the key is wrong"))
        Airflow(server.url, Path("/h"), Path("/h/airflow.log"), alive=lambda: None).test_connection(connection)

    sent = {"connection_id": "stripe_default", "conn_type": "stripe", "port": 0}
    assert api.sent == [("/api/v2/connections/test", sent)]


def test_a_run_can_be_put_ahead_of_those_that_wait():
    """Airflow starts waiting runs in the order of their run_after."""
    api = Answers({"dag_run_id": "manual__1"})
    with serve(api.app) as server:
        airflow = Airflow(server.url, Path("/h"), Path("/h/airflow.log"), alive=lambda: None)
        runs = [airflow.trigger({"a": 1}), airflow.trigger({}, run_after=datetime(2026, 11, 20, tzinfo=UTC))]

    assert runs == ["manual__1", "manual__1"]
    assert [body for _, body in api.sent] == [
        {"logical_date": None, "conf": {"a": 1}},
        {"logical_date": None, "conf": {}, "run_after": "2026-11-20T00:00:00+00:00"},
    ]

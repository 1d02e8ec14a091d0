"""How the demonstration runs Airflow."""

import os
import sys
from pathlib import Path

from demo.airflow import Airflow, Ports, environment

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

"""An installation of ``docker/compose.yaml`` on this machine, with databases and addresses of its own."""

import json
import os
import shutil
from contextlib import contextmanager

import pytest
import redis
import sqlalchemy as sa
import yaml

from demo.processes import free_ports
from tests.cluster.compose_file import FOLDER, read_services, read_variables
from tests.cluster.processes import Topology

REDIS = os.environ.get("UPFLOW_TEST_REDIS", "redis://127.0.0.1:6379")
DAGS = FOLDER.parent / "dags"
SMALL = {
    "AIRFLOW__CELERY__WORKER_CONCURRENCY": "1",  # so that one worker cannot take all tasks
    "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
}


@pytest.fixture
def broker_url():
    """Give the test a Redis database that nobody uses, and empty it afterwards; skip where there is no Redis."""
    for number in range(1, 16):
        with redis.Redis.from_url(REDIS, db=number) as client:
            if _taken(client):
                yield f"{REDIS}/{number}"
                client.flushdb()
                return
    pytest.fail("the Redis server has no empty database")


@pytest.fixture
def databases(postgres_server):
    """Give the test two empty PostgreSQL databases: Airflow's and the ledger's."""
    with _database(postgres_server) as airflow, _database(postgres_server) as ledger:
        yield airflow, ledger


@pytest.fixture
def api_url():
    """Return an address that is free for the API server."""
    return f"http://127.0.0.1:{free_ports(1, preferred=0)[0]}"


@pytest.fixture
def topology(tmp_path, databases, broker_url, api_url, fake_upflow, fake_stripe):
    """Return what ``docker compose --env-file demo.env up`` would run, at addresses of this machine."""
    variables = read_variables("demo.env")
    services = read_services(variables)
    airflow, ledger = databases
    _move_ledger(services["init"]["environment"], ledger)
    places = {
        f"airflow:{variables['POSTGRES_PASSWORD']}@postgres:5432/airflow": _address(airflow),
        f"redis://:{variables['REDIS_PASSWORD']}@redis:6379/0": broker_url,
        "http://api-server:8080": api_url,
        variables["UPFLOW_HOST"]: fake_upflow.base_url,
        variables["STRIPE_HOST"]: fake_stripe.url,
        "/opt/docker/": f"{FOLDER}/",
    }
    settings = {
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": api_url.rpartition(":")[2],
        **SMALL,
    }
    with Topology(tmp_path, services, places, settings, _dags(tmp_path)) as topology:
        yield topology
        print(topology.report())  # noqa: T201 - pytest shows it only when the test failed


def _taken(client):
    """Take a Redis database if it is empty."""
    try:
        mine = client.set("upflow-test", "in use", nx=True)
    except redis.ConnectionError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("no Redis: set UPFLOW_TEST_REDIS to the URL of a server to test on")
    if mine and client.dbsize() > 1:
        client.delete("upflow-test")
        return False
    return mine


@contextmanager
def _database(server):
    name = f"upflow_{os.urandom(8).hex()}"
    with server.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    try:
        yield server.url.set(database=name)
    finally:
        with server.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def _address(url):
    """Return user, password, host, port and database, as they stand in a URL after its ``//``."""
    return url.render_as_string(hide_password=False).partition("://")[2]


def _move_ledger(environment, url):
    connections = json.loads(environment["CONNECTIONS"])
    connections["upflow_ledger"] = {
        "conn_type": "postgres",
        "host": url.host,
        "port": url.port,
        "login": url.username,
        "password": url.password,
        "schema": url.database,
    }
    environment["CONNECTIONS"] = json.dumps(connections)


def _dags(folder):
    """Return a copy of the DAGs with two threads for each task, so that the pool lets two tasks in at once."""
    copy = folder / "dags"
    shutil.copytree(DAGS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    file = copy / "organizations.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["organizations"]["default"]["threads"] = 2
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return copy

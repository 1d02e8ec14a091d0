"""What a task needs of Airflow, without Airflow: a context in memory, connections from the environment."""

import json
import os

import pytest

from upflow_provider.clients.pace import Pace
from upflow_provider.hooks import ledger as ledger_hook


class Store(dict):
    """Airflow's task state store, in memory."""

    def set(self, key, value):
        """Keep a value that JSON can hold: Airflow refuses others, such as tuples."""
        assert json.loads(json.dumps(value)) == value
        self[key] = value

    def delete(self, key):
        """Forget one key."""
        self.pop(key, None)


class Event:
    """The event of an asset, or those that an alias stands for."""

    def __init__(self):
        self.extra, self.added = None, []

    def add(self, asset, extra=None):
        """Add the event of an asset to an alias."""
        self.added.append((asset, extra))


class Events(dict):
    """Airflow's outlet events, in memory."""

    def __missing__(self, asset):
        self[asset] = Event()
        return self[asset]


class DagRun:
    """What the operators ask of a DAG run."""

    def __init__(self):
        self.conf = {}


class TaskInstance:
    """What the operators ask of a task instance."""

    dag_id, run_id, task_id, map_index = "stripe_to_upflow_backfill", "manual", "task", -1

    def __init__(self):
        self.states = {}
        self.pushed = {}
        self.users, self.runs = [], 1

    def xcom_push(self, key, value):
        """Keep what was pushed."""
        self.pushed[key] = value

    def xcom_pull(self, task_ids, key):  # noqa: ARG002 - Airflow's signature
        """Return what was pushed, by whichever task."""
        return self.pushed.get(key)

    def get_task_states(self, dag_id, task_ids, run_ids):  # noqa: ARG002 - Airflow's signature
        """Return the states that a test has set, by the task's id; a task is done unless it says otherwise."""
        return {run_ids[0]: {each: self.states.get(each, "success") for each in task_ids}}

    def get_ti_count(self, dag_id, task_ids, states):
        """Return how many of the tasks that a test has set, as DAG id and task id, have slots."""
        assert states == ["queued", "running"]
        return sum(dag_id == user and task_id in task_ids for user, task_id in self.users)

    def get_dr_count(self, dag_id, states):
        """Return how many runs of the DAG are under way, this one included."""
        assert (dag_id, states) == (self.dag_id, ["queued", "running"])
        return self.runs


@pytest.fixture
def context():
    """Give the test the context of one task instance; reuse it for a retry."""
    return {"ti": TaskInstance(), "task_state_store": Store(), "outlet_events": Events(), "dag_run": DagRun()}


@pytest.fixture
def connections(fake_stripe, fake_upflow, monkeypatch, new_ledger_file):
    """Define the three connections of the fakes and a ledger of their own; nothing waits for the pace of requests."""
    fake_stripe.limits.enforced = fake_upflow.limits.enforced = False
    monkeypatch.setattr(Pace, "wait", lambda _: None)
    for conn_id, fields in {
        "upflow_default": {
            "conn_type": "upflow",
            "host": fake_upflow.base_url,
            "login": fake_upflow.api_key,
            "password": fake_upflow.api_secret,
            "extra": {"requests_per_minute": 60_000},
        },
        "stripe_default": {
            "conn_type": "stripe",
            "host": fake_stripe.url,
            "password": fake_stripe.api_key,
            "extra": {"requests_per_second": 100},
        },
        "upflow_ledger": {"conn_type": "sqlite", "host": new_ledger_file()},
    }.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))
    return ledger_hook


@pytest.fixture
def set_connection(monkeypatch):
    """Return a function that changes fields of one connection, or removes it when given none."""

    def change(conn_id, **fields):
        name = f"AIRFLOW_CONN_{conn_id.upper()}"
        if not fields:
            monkeypatch.delenv(name)
            return
        monkeypatch.setenv(name, json.dumps({**json.loads(os.environ[name]), **fields}))

    return change

"""What the tests of hooks share: a connection to the fake Upflow."""

import json

import pytest

from upflow_provider.hooks.upflow import UpflowHook


@pytest.fixture
def connect_upflow(fake_upflow, monkeypatch, tmp_path):
    """Return a function that defines the connection and returns a hook."""
    monkeypatch.setenv(
        "AIRFLOW_CONN_UPFLOW_LEDGER", json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "ledger.db")})
    )

    def define(conn_id="upflow_default", **fields):
        usual = {"host": fake_upflow.base_url, "login": fake_upflow.api_key, "password": fake_upflow.api_secret}
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps({"conn_type": "upflow", **usual, **fields}))
        return UpflowHook(conn_id)

    return define

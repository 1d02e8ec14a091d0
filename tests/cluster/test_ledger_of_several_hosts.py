"""A ledger in a file is only for tasks that all run on one host."""

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.ledger import open_ledger


@pytest.fixture
def home(monkeypatch, tmp_path):
    """Give the test an Airflow home of its own, and no connection for the ledger."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.delenv("AIRFLOW_CONN_UPFLOW_LEDGER", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    "executor",
    [
        pytest.param("CeleryExecutor", id="celery"),
        pytest.param("airflow.providers.celery.executors.celery_executor.CeleryExecutor", id="by-path"),
        pytest.param("LocalExecutor,CeleryExecutor", id="one-of-two"),
        pytest.param("LocalExecutor,remote:CeleryExecutor", id="alias"),
    ],
)
def test_celery_workers_get_no_file(executor, home, monkeypatch):
    """Each host would write a file of its own: the error says so and how to add the connection."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)

    with pytest.raises(ConfigurationError, match="with CeleryExecutor tasks may run on other hosts") as refused:
        open_ledger(organization="default")
    assert "airflow connections add upflow_ledger --conn-type postgres" in str(refused.value)
    assert list(home.iterdir()) == []


def test_local_tasks_share_a_file_in_the_home(home, monkeypatch):
    """With the LocalExecutor, no connection is needed."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "LocalExecutor")

    assert open_ledger(organization="default").watermark() is None
    assert (home / "upflow_ledger.db").is_file()

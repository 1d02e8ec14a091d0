"""The ledger's file: one that cannot be a ledger says what to do."""

import json

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.ledger import open_ledger


def test_a_file_that_is_no_database_is_named_with_what_to_do(monkeypatch, tmp_path):
    """It may be anybody's, so that it is neither opened nor replaced."""
    file = tmp_path / "notes.txt"
    file.write_text("notes " * 1_000, encoding="utf-8")
    connection = {"conn_type": "sqlite", "host": f" {file}"}  # the blank cannot be seen in Airflow's form
    monkeypatch.setenv("AIRFLOW_CONN_UPFLOW_LEDGER", json.dumps(connection))
    with pytest.raises(ConfigurationError) as raised:
        open_ledger(organization="default")

    assert f"connection 'upflow_ledger': the ledger's database {file}: file is not a database" in str(raised.value)
    assert "name another file, or put this one elsewhere" in str(raised.value)
    assert file.read_text(encoding="utf-8") == "notes " * 1_000

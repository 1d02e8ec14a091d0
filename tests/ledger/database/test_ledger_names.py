"""A ledger is found by its organization and its host, however the host is written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from hypothesis import given, settings
from hypothesis import strategies as st

from upflow_provider.hooks.base_urls import api_host
from upflow_provider.ledger import Ledger, ListedRecord, tables
from upflow_provider.ledger.database import engine

MARK = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("host", ["api.upflow.io:443", "API.Upflow.io", "api.upflow.io.", "Api.upflow.io.:443"])
def test_a_ledger_is_found_however_its_host_was_written(empty_database_url, monkeypatch, host):
    """Version 0.1.0 named it after the host as it stood in the connection; there is one spelling now."""
    database = sa.create_engine(empty_database_url)
    monkeypatch.setattr(engine, "HEAD", "0006")
    before = Ledger(database, f"default@{host}")
    before.inventory.adopt("invoices", [ListedRecord("in_1", "up_1")])
    before.stamp_watermark(MARK)
    Ledger(database, "other@api.upflow.io").stamp_watermark(MARK)
    database.dispose()
    monkeypatch.undo()
    again = sa.create_engine(empty_database_url)
    name = f"default@{api_host(f'https://{host}/v1')}"
    found = Ledger(again, name).records("invoices", ["in_1"]), Ledger(again, name).watermark()
    with again.connect() as connection:
        names = connection.execute(sa.select(tables.watermarks.c.organization)).scalars().all()
    again.dispose()

    assert (found[0]["in_1"].upflow_id, found[1]) == ("up_1", MARK)
    assert sorted(names) == ["default@api.upflow.io", "other@api.upflow.io"]


def test_of_two_spellings_the_usual_one_stays(empty_sqlite_url, monkeypatch):
    """A ledger is never mixed with another one."""
    database = sa.create_engine(empty_sqlite_url)
    monkeypatch.setattr(engine, "HEAD", "0006")
    for host, record in [("api.upflow.io", "in_1"), ("api.upflow.io:443", "in_2")]:
        Ledger(database, f"default@{host}").inventory.adopt("invoices", [ListedRecord(record, "up")])
    database.dispose()
    monkeypatch.undo()
    again = sa.create_engine(empty_sqlite_url)
    found = set(Ledger(again, "default@api.upflow.io").records("invoices", ["in_1", "in_2"]))
    again.dispose()

    assert found == {"in_1"}


def test_every_table_of_an_organization_is_renamed():
    """All but the budgets, which have keys of their own, and those of later revisions."""
    names = {table.name for table in tables.metadata.sorted_tables if "organization" in table.c}

    assert set(_script("0007").TABLES) == names - {
        "upflow_files",
        "upflow_pdfs",
        "upflow_planned",
        "upflow_settlements",
    }


@settings(deadline=None)  # the first example loads the migration
@given(
    st.from_regex(r"[A-Za-z0-9-]{1,9}(\.[A-Za-z0-9-]{1,9}){0,3}\.?", fullmatch=True) | st.just("[::1]"),
    st.sampled_from(["", ":443", ":80", ":8443", ":9001", ":4430"]),
)
def test_the_migration_and_the_hook_agree_on_spellings(host, port):
    """The names that were there are those that are looked for."""
    assert _script("0007")._normalized(f"default@{host}{port}") == f"default@{api_host(f'https://{host}{port}/v1')}"


def _script(revision):
    config = Config()
    config.set_main_option("script_location", str(Path(engine.__file__).parents[1] / "migrations"))
    return ScriptDirectory.from_config(config).get_revision(revision).module

"""The import history: which files were imported, when, and with which counts."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from upflow_provider.ledger import Ledger
from upflow_provider.ledger.files import ImportedFile

MONDAY, TUESDAY = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 3, 12, tzinfo=UTC)
FILE = ImportedFile(MONDAY, "customers", "customers.csv", "a" * 64, {"read": 3, "errors": {"line-2": "why"}})


@pytest.fixture
def engine(database_url):
    """Give the test an engine on an empty ledger of either kind."""
    engine = sa.create_engine(database_url)
    yield engine
    engine.dispose()


def test_the_history_has_the_newest_first(engine):
    """Of its own organization only."""
    ledger, second = Ledger(engine, "default"), ImportedFile(TUESDAY, "contacts", "b.csv", "b" * 64, {})
    ledger.files.keep(FILE)
    ledger.files.keep(second)
    Ledger(engine, "other").files.keep(FILE)

    assert ledger.files.latest() == [second, FILE]
    assert ledger.files.latest(limit=1) == [second]


def test_the_same_file_is_known(engine):
    """By its bytes and its kind, whatever it is called."""
    ledger = Ledger(engine, "default")
    ledger.files.keep(FILE)

    assert ledger.files.earlier("customers", "a" * 64) == FILE
    assert ledger.files.earlier("contacts", "a" * 64) is None
    assert ledger.files.earlier("customers", "b" * 64) is None

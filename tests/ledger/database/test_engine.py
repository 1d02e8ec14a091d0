"""The ledger's database as it is: other isolation levels, read-only files, and whoever may read them."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Claim, Ledger, LedgerBudget, Outcome, Owner, RecordOutcome, prepare
from upflow_provider.ledger.database.engine import protect

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def work(engine, number):
    """Reserve slots, claim and settle the same few records as the other threads."""
    owner = Owner(str(number))
    ledger, budget = Ledger(engine, "default"), LedgerBudget(engine, "k", requests_per_minute=60_000, lane="live")
    for turn in range(40):
        budget.reserve()
        record, read_at = f"in_{turn % 5}", NOW + timedelta(seconds=turn)
        if ledger.claims.take("invoices", record, read_at=read_at, owner=owner).claim is Claim.GRANTED:
            ledger.claims.record_outcomes("invoices", [RecordOutcome(record, Outcome.IMPORTED, read_at)], owner=owner)
    return turn


@pytest.mark.postgres
@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
def test_the_default_isolation_of_the_database_does_not_matter(postgres_server, empty_postgres_url, level, driver):
    """Threads that reserve and claim at once never fail because of each other."""
    url = sa.make_url(empty_postgres_url).set(drivername=f"postgresql+{driver}")
    with postgres_server.connect() as connection:
        connection.execute(sa.text(f"ALTER DATABASE \"{url.database}\" SET default_transaction_isolation = '{level}'"))
    engine = sa.create_engine(url)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda number: work(engine, number), range(4)))
    with engine.connect() as connection:
        in_force = connection.execute(sa.text("SHOW transaction_isolation")).scalar()
        default = connection.execute(sa.text("SHOW default_transaction_isolation")).scalar()
    engine.dispose()

    assert done == [39] * 4
    assert (in_force, default) == ("read committed", level)


@pytest.mark.postgres
def test_the_default_isolation_of_the_role_does_not_matter(empty_postgres_url):
    """It counts before that of the database."""
    owner = sa.create_engine(empty_postgres_url)
    role = f"strict_{owner.url.database}"
    with owner.begin() as connection:
        connection.execute(sa.text(f'CREATE ROLE "{role}" LOGIN'))
        connection.execute(sa.text(f'GRANT ALL ON SCHEMA public TO "{role}"'))
        connection.execute(sa.text(f"ALTER ROLE \"{role}\" SET default_transaction_isolation = 'serializable'"))
    engine = sa.create_engine(owner.url.set(username=role))
    try:
        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda number: work(engine, number), range(4)))
    finally:
        engine.dispose()
        with owner.begin() as connection:
            connection.execute(sa.text(f'DROP OWNED BY "{role}"'))
            connection.execute(sa.text(f'DROP ROLE "{role}"'))
        owner.dispose()

    assert done == [39] * 4


@pytest.mark.postgres
def test_nothing_is_prepared_on_the_server(postgres_url):
    """However often a statement is repeated: the next transaction may run in another session."""
    engine = prepare(sa.create_engine(sa.make_url(postgres_url).set(drivername="postgresql+psycopg")))
    with engine.connect() as connection:
        for number in range(20):
            connection.execute(sa.text("SELECT :number"), {"number": number})
        prepared = connection.execute(sa.text("SELECT count(*) FROM pg_prepared_statements")).scalar()
    engine.dispose()

    assert prepared == 0


def test_a_file_that_cannot_be_written_is_noticed_when_it_is_opened(sqlite_url):
    """Not by the first write, in the middle of a run."""
    file = sa.make_url(sqlite_url).database
    engine = sa.create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
    with pytest.raises(ConfigurationError, match=r"\(SQLITE_READONLY\); the ledger needs a database that it can write"):
        prepare(engine)
    engine.dispose()


@pytest.mark.postgres
def test_a_reader_is_refused_when_the_ledger_is_opened(empty_postgres_url):
    """A user who may read the tables, but not write to them."""
    owner = prepare(sa.create_engine(empty_postgres_url))
    role = f"reader_{owner.url.database}"
    with owner.begin() as connection:
        connection.execute(sa.text(f'CREATE ROLE "{role}" LOGIN'))
        connection.execute(sa.text(f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"'))
    reader = sa.create_engine(owner.url.set(username=role))
    try:
        with pytest.raises(ConfigurationError, match=r"permission denied .*\(42501\); the database's user must own"):
            prepare(reader)
    finally:
        reader.dispose()
        with owner.begin() as connection:
            connection.execute(sa.text(f'DROP OWNED BY "{role}"'))
            connection.execute(sa.text(f'DROP ROLE "{role}"'))
        owner.dispose()


@contextmanager
def umask(mask):
    """Set the umask while the block runs."""
    before = os.umask(mask)
    yield
    os.umask(before)


def modes(folder):
    """Return the modes of the files in a folder, by name."""
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_new_file_is_for_its_owner_only(tmp_path, mask):
    """With the files that SQLite puts beside it, whatever the umask."""
    with umask(mask):
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
        Ledger(engine, "default").stamp_watermark(NOW)
        found = modes(tmp_path)
        engine.dispose()

    assert found == dict.fromkeys(["ledger.db", "ledger.db-shm", "ledger.db-wal"], 0o600)


def test_the_mode_of_a_file_that_is_there_is_its_owners_choice(tmp_path):
    """Users of one group may share the file of a connection."""
    file = tmp_path / "ledger.db"
    file.touch()
    file.chmod(0o660)
    engine = sa.create_engine(f"sqlite:///{file}")
    Ledger(engine, "default").stamp_watermark(NOW)
    found = modes(tmp_path)
    engine.dispose()

    assert set(found.values()) == {0o660}


def test_a_file_of_an_earlier_version_can_be_closed_to_others(tmp_path):
    """With what is beside it, even while it is in use."""
    file = tmp_path / "ledger.db"
    file.touch(0o644)
    engine = sa.create_engine(f"sqlite:///{file}")
    Ledger(engine, "default").stamp_watermark(NOW)
    protect(file)
    found = modes(tmp_path)
    engine.dispose()

    assert set(found.values()) == {0o600}


@pytest.mark.parametrize("place", ["no/such/folder/ledger.db", ""])
def test_a_file_that_cannot_be_made_is_named(tmp_path, place):
    """A folder that does not exist, or a folder instead of a file."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / place}")
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        prepare(engine)
    engine.dispose()

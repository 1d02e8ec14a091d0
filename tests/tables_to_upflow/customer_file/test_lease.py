"""One file of an organization is imported at a time."""

from datetime import timedelta

import pytest

from upflow_provider.errors import RetriableError
from upflow_provider.ledger.findings import FILE_IMPORT
from upflow_provider.tables_to_upflow.customer_file.lease import LEASE, FileLease


@pytest.fixture
def lease(files):
    """Return a function that makes the lease of a task, which notes in a list that it was stopped."""

    def made(owner, stopped=None):
        return FileLease(files.ledger, owner, lambda: (stopped if stopped is not None else []).append(owner))

    return made


def test_a_second_task_is_told_to_wait(lease):
    """Until the first one has ended."""
    with lease("one"), pytest.raises(RetriableError, match="another file is being imported"), lease("two"):
        pass

    with lease("two"):
        pass


def test_a_retry_takes_over_what_its_dead_predecessor_had(lease):
    """At once, for it has the same name."""
    lease("one").renew()

    with lease("one"):
        pass


def test_another_task_has_it_when_the_time_of_a_dead_one_is_over(files, lease):
    """It cannot give it back."""
    past = files.ledger.clock.now() - LEASE - timedelta(seconds=1)
    assert files.ledger.findings.reserve(FILE_IMPORT, "dead", now=past, until=past + LEASE)

    with lease("two"):
        pass


def test_a_task_that_has_lost_it_is_stopped(files, lease):
    """And does not take it from its new owner in the end."""
    stopped = []
    with lease("one", stopped) as held:
        past = files.ledger.clock.now() - timedelta(seconds=1)
        assert files.ledger.findings.reserve(FILE_IMPORT, "one", now=past, until=past)
        assert files.ledger.findings.reserve(FILE_IMPORT, "two", now=past + LEASE, until=past + 2 * LEASE)

        assert not held.renew()

    assert stopped == ["one"]
    with pytest.raises(RetriableError), lease("three"):
        pass


def test_it_lasts_as_long_as_its_task_works(files, lease, monkeypatch):
    """Each renewal begins a new lease."""
    with lease("one") as held:
        first = files.ledger.findings.get(FILE_IMPORT)
        assert held.renew()

        assert files.ledger.findings.get(FILE_IMPORT) > first


def test_a_ledger_that_cannot_be_written_stops_nobody(lease, monkeypatch, caplog):
    """Nobody else can have the right either, and each request asks the ledger first."""
    with lease("one") as held, monkeypatch.context() as patch:
        patch.setattr(FileLease, "_reserve", lambda _: (_ for _ in ()).throw(RetriableError("locked")))
        assert held.renew()

    assert "cannot be renewed for now: RetriableError" in caplog.text

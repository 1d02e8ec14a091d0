"""A claim that reaches the ledger long after it was begun: what happened meanwhile counts."""

import pytest
import sqlalchemy as sa

from tests.ledger.outcomes import LATE, READ, claim
from upflow_provider.errors import RetriableError
from upflow_provider.ledger import Claim, Owner


@pytest.fixture
def on_statement(engine, ledger):
    """Return a list of what is done before the next statements, one of them before each."""
    waiting = []

    def before(*_):
        if waiting:
            waiting.pop(0)()

    sa.event.listen(engine, "before_cursor_execute", before)
    yield waiting
    sa.event.remove(engine, "before_cursor_execute", before)


@pytest.mark.parametrize("passed_s", [59, 61, 599])
def test_a_claim_of_meanwhile_is_not_taken_away(ledger, clock, on_statement, passed_s):
    """The task was frozen, or the database made it wait; another task's claim is in force, however new it looks."""

    def meanwhile():
        clock.go_on(seconds=passed_s)
        assert claim(ledger, owner="backfill") is Claim.GRANTED

    on_statement.append(meanwhile)

    assert claim(ledger, owner="sync", read_at=LATE) is Claim.BUSY


def test_a_lease_begins_when_the_claim_is_made(ledger, clock, on_statement):
    """What the task waited before is no part of it."""
    on_statement.append(lambda: clock.go_on(seconds=601))
    claim(ledger, owner="sync", read_at=READ)
    clock.go_on(seconds=600)

    assert claim(ledger, owner="backfill", read_at=LATE) is Claim.BUSY


@pytest.mark.parametrize("is_turn", [False, True])
def test_a_database_that_is_always_slow_ends_the_task(ledger, clock, on_statement, is_turn):
    """Each try takes two minutes: the task is tried again later, and nothing was claimed."""
    on_statement += [lambda: clock.go_on(minutes=2)] * 50
    with pytest.raises(RetriableError, match=r"(in|cus)_1: it could not be claimed, because the ledger's database"):
        ledger.turns.take("cus_1", Owner("me")) if is_turn else claim(ledger)
    on_statement.clear()

    assert claim(ledger, owner="other") is Claim.GRANTED
    assert ledger.turns.take("cus_1", Owner("other"))

"""The ledger knows what invoices must show, what they show, and which balancing documents there are."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from upflow_provider.ledger import Claim, Expectation, Ledger, ListedRecord, Outcome, Owner, RecordOutcome, prepare

READ = datetime(2026, 1, 1, tzinfo=UTC)
LATE = READ + timedelta(hours=1)
LINES = {"payments/in_1:writeoff": [700, "2026-01-02", [["invoices", "in_1", 700]]]}


@pytest.fixture
def ledger(database_url):
    """Give an empty ledger on each database."""
    engine = prepare(sa.create_engine(database_url))
    yield Ledger(engine, "default")
    engine.dispose()


@pytest.fixture
def dated_ledger(database_url):
    """Give an empty ledger, and the list of the times that pass."""
    engine, passed = prepare(sa.create_engine(database_url)), []
    yield Ledger(engine, "default", now=lambda: sum(passed, READ)), passed
    engine.dispose()


def known(ledger, external_id="in_1"):
    """Return what the ledger knows of an invoice."""
    return ledger.records("invoices", [external_id])[external_id]


def imported(ledger, external_id="in_1", *, read_at=READ, run="", **values):
    """Claim and settle the import of an invoice."""
    assert ledger.claims.take("invoices", external_id, read_at=read_at, owner=Owner("me", "me")).claim is Claim.GRANTED
    settled = RecordOutcome(external_id, Outcome.IMPORTED, read_at, "hash", "up", **values)
    assert ledger.claims.record_outcomes("invoices", [settled], owner=Owner("me", "me"), run=run) == []


@pytest.mark.parametrize(
    ("expected", "observed", "is_open"), [(5, 5, False), (5, 6, True), (5, None, True), (0, 0, False), (None, 3, False)]
)
def test_an_invoice_is_open_until_it_shows_what_it_must(ledger, expected, observed, is_open):
    """What nobody knows is not taken to agree; what is no invoice has nothing to show."""
    imported(ledger, expected=expected, observed=observed)

    assert list(ledger.balances.differing()) == (["in_1"] if is_open else [])


def test_an_invoice_stays_with_every_run_that_has_touched_it(ledger):
    """A run that touches an invoice later does not take it away from the check of an earlier one."""
    imported(ledger, run="first", expected=0, observed=5)
    imported(ledger, "in_2", run="first", expected=0, observed=5)
    ledger.balances.observe({"in_2": 3}, "second")

    assert list(ledger.balances.differing("first")) == ["in_1", "in_2"]
    assert ledger.balances.count_differing("first") == 2
    assert list(ledger.balances.differing("second")) == ["in_2"]
    assert ledger.balances.differing("second")["in_2"].observed == 3


def test_what_agrees_by_now_is_nobodys_task(ledger):
    """Whoever brings an invoice to its amount does it for all runs."""
    imported(ledger, run="first", expected=0, observed=5)
    ledger.balances.observe({"in_1": 0}, "second")
    ledger.balances.forget_agreeing("first")
    ledger.balances.observe({"in_1": 9}, "third")

    assert ledger.balances.differing("first") == {}
    assert list(ledger.balances.differing("third")) == ["in_1"]


def test_a_run_without_a_check_leaves_its_invoices_to_the_next_one(ledger):
    """What nobody will check is taken over by whoever checks next, once."""
    imported(ledger, run="payments only", expected=0, observed=5)
    ledger.balances.hand_over("payments only")
    ledger.balances.take_over("next")
    ledger.balances.take_over("later")

    assert ledger.balances.differing("payments only") == {}
    assert list(ledger.balances.differing("next")) == ["in_1"]
    assert ledger.balances.differing("later") == {}


def test_a_run_that_never_ends_leaves_its_invoices_to_the_others_after_two_days(dated_ledger):
    """A run that was killed before its check and never cleared is not waited for."""
    ledger, clock = dated_ledger
    imported(ledger, run="killed", expected=0, observed=5)
    imported(ledger, "in_2", run="killed", expected=0, observed=5)
    refused = RecordOutcome("in_2", Outcome.REJECTED, LATE, reason="differs")
    ledger.claims.record_outcomes("invoices", [refused], owner=Owner("me", "me"))
    clock.append(timedelta(days=1, hours=23))
    ledger.balances.take_over("early")
    clock.append(timedelta(hours=2))
    ledger.balances.take_over("late")

    assert ledger.balances.differing("early") == {}
    assert list(ledger.balances.differing("late")) == ["in_1"]


def test_what_must_be_shown_follows_the_newest_read(ledger):
    """An older read changes nothing."""
    imported(ledger, read_at=LATE, expected=5, observed=5)
    ledger.balances.expect([Expectation("in_1", 9, READ)])
    before = known(ledger).expected
    ledger.balances.expect([Expectation("in_1", 7, LATE + timedelta(seconds=1)), Expectation("in_unknown", 1, LATE)])

    assert (before, known(ledger).expected) == (5, 7)
    assert known(ledger).read_at == LATE + timedelta(seconds=1)


def test_nothing_is_written_for_nothing(ledger):
    """Empty changes are none."""
    ledger.balances.expect([])
    ledger.balances.observe({})

    assert ledger.balances.differing() == {}


def test_lines_are_known_before_they_are_sent(ledger):
    """A task that dies leaves a record whose lines may be there."""
    ledger.claims.take("invoices", "in_1", read_at=READ, owner=Owner("me", "me"))
    ledger.claims.take("invoices", "in_1", read_at=READ, owner=Owner("me", "me"), balancing=dict.fromkeys(LINES))

    assert known(ledger).balancing == {"payments/in_1:writeoff": None}


def test_lines_stay_when_their_record_is_rejected(ledger):
    """They are in Upflow all the same."""
    imported(ledger, balancing=LINES, expected=0, observed=0)
    ledger.claims.take("invoices", "in_1", read_at=LATE, owner=Owner("me", "me"))
    ledger.claims.record_outcomes(
        "invoices", [RecordOutcome("in_1", Outcome.REJECTED, LATE, reason="no")], owner=Owner("me", "me")
    )

    assert (known(ledger).balancing, known(ledger).expected, known(ledger).upflow_id) == (LINES, 0, "up")


def test_lines_are_replaced_by_an_import(ledger):
    """None are left of those before."""
    imported(ledger, balancing=LINES)
    imported(ledger, read_at=LATE)

    assert known(ledger).balancing is None


def test_a_removed_record_is_in_upflow_no_more(ledger):
    """Neither its id nor its lines are kept; it may come again."""
    imported(ledger, balancing=LINES, expected=0, observed=0)
    ledger.claims.take("invoices", "in_1", read_at=LATE, owner=Owner("me", "me"))
    left = ledger.claims.record_outcomes(
        "invoices", [RecordOutcome("in_1", Outcome.REMOVED, LATE, reason="void")], owner=Owner("me", "me")
    )

    assert left == []
    assert (known(ledger).outcome, known(ledger).upflow_id, known(ledger).balancing) == (Outcome.REMOVED, None, None)


def test_a_removal_counts_only_while_the_claim_is_the_owners(ledger):
    """As an import does."""
    imported(ledger)
    ledger.claims.take("invoices", "in_1", read_at=LATE, owner=Owner("other", "other"))
    left = ledger.claims.record_outcomes(
        "invoices", [RecordOutcome("in_1", Outcome.REMOVED, LATE)], owner=Owner("me", "me")
    )

    assert (left, known(ledger).upflow_id) == (["in_1"], "up")


def test_a_record_that_waits_is_found_by_its_run(ledger):
    """It is neither rejected nor done, and its claim is free."""
    ledger.claims.take("invoices", "in_1", read_at=READ, owner=Owner("me", "me"))
    ledger.claims.record_outcomes(
        "invoices", [RecordOutcome("in_1", Outcome.PENDING, READ, reason="no room")], owner=Owner("me", "me"), run="run"
    )

    assert ledger.waiting("invoices", "run") == ["in_1"]
    assert ledger.waiting("invoices", "another") == []
    assert list(ledger.rejected("invoices")) == []
    assert (
        ledger.claims.take("invoices", "in_1", read_at=READ, owner=Owner("another", "another")).claim is Claim.GRANTED
    )


def test_a_record_in_flight_does_not_wait(ledger):
    """Its task is on it."""
    ledger.claims.take("invoices", "in_1", read_at=READ, owner=Owner("me", "me"))

    assert ledger.waiting("invoices") == []


def test_what_upflow_lists_tells_lines_and_amounts(ledger):
    """A ledger that was lost knows them again."""
    ledger.inventory.adopt(
        "invoices", [ListedRecord("in_1", "up_1", balancing={"payments/in_1:oob": None}, observed=5)]
    )

    assert (known(ledger).balancing, known(ledger).observed) == ({"payments/in_1:oob": None}, 5)


def test_what_was_learned_is_the_organizations(ledger):
    """It is replaced by what is learned later, and nobody else's."""
    ledger.findings.keep("links: inline", "inline")
    ledger.findings.keep("links: inline", "reconcile")

    assert ledger.findings.get("links: inline") == "reconcile"
    assert ledger.findings.get("void") is None
    assert Ledger(ledger._engine, "another").findings.get("links: inline") is None

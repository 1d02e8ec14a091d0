"""Reports: counts that add up, and no green task that left records behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import TooManyRejectedError
from upflow_provider.runs.report import MAX_EXAMPLES, Examples
from upflow_provider.runs.sync_report import SyncReport, requests_needed

counts = st.builds(
    SyncReport,
    read=st.integers(0, 10**9),
    created=st.integers(0, 10**9),
    rejected=st.integers(0, 10**9),
    balancing=st.integers(0, 10**9),
    examples=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=MAX_EXAMPLES).map(
        lambda reasons: Examples(reasons.items())
    ),
)


@given(counts)
def test_a_report_survives_json(report):
    """What was kept with a cursor comes back the same."""
    assert SyncReport.from_dict(report.as_dict()) == report


@given(counts, counts)
def test_adding_reports_adds_every_count(one, other):
    """Pages add up, and the examples stay few."""
    total = SyncReport.from_dict(one.as_dict())
    total.add(other)

    assert total.read == one.read + other.read
    assert total.handled == one.handled + other.handled
    assert total.writes == one.writes + other.writes
    assert len(total.examples) <= MAX_EXAMPLES


def test_a_dry_run_stays_one_when_pages_are_added():
    """The flag is no count."""
    total = SyncReport(dry_run=True)
    total.add(SyncReport(read=1, dry_run=True))

    assert total == SyncReport(read=1, dry_run=True)


def test_check_names_rejected_records_and_the_remedy():
    """The error says how many, which, why, and what to do."""
    report = SyncReport(read=2, created=1)
    report.reject("in_1", "customer is missing")

    with pytest.raises(TooManyRejectedError) as raised:
        report.check(max_rejected=0)

    assert "1 of 2 records were rejected (0 allowed)" in str(raised.value)
    assert "in_1: customer is missing" in str(raised.value)
    assert "clear this task" in str(raised.value)


def test_check_accepts_as_many_as_allowed():
    """The limit itself is still allowed."""
    report = SyncReport(read=1, rejected=1)

    report.check(max_rejected=1)


def test_only_some_rejected_records_are_named():
    """A report stays small however many records are rejected."""
    report = SyncReport()
    for number in range(MAX_EXAMPLES + 5):
        report.reject(f"in_{number}", "reason")

    assert (report.rejected, len(report.examples)) == (MAX_EXAMPLES + 5, MAX_EXAMPLES)


def test_text_names_what_happened_only():
    """Counts of zero are left out."""
    assert str(SyncReport(read=1500, created=1400, skipped=100)) == "1,500 read = 1,400 created + 100 skipped"
    assert str(SyncReport()) == "0 read"


def test_text_is_no_sum_until_all_records_have_their_outcome():
    """Progress shows what is done so far."""
    assert str(SyncReport(read=1500, created=1400)) == "1,500 read: 1,400 created"


def test_text_counts_apart_what_was_not_read():
    """On-demand records and documents of ours; one of a kind has a noun in the singular."""
    report = SyncReport(read=1, created=1, on_demand=1, balancing=2, differing=1, noted=1, methods={"links": "inline"})

    assert str(report) == (
        "1 read = 1 created; plus 1 on-demand record, 2 balancing documents; "
        "1 invoice unbalanced so far; 1 incomplete record; links: inline"
    )


def test_the_text_of_a_dry_run_says_what_it_would_take():
    """Requests and minutes, and that nothing was written."""
    plan = SyncReport(read=1200, created=1000, unchanged=200, balancing=90, links=90, dry_run=True, minutes=2.04)

    assert str(plan) == (
        "1,200 read = 1,000 would be created + 200 unchanged; plus 90 balancing documents, "
        "90 links; nothing written; it would take 1,180 requests to Upflow, about 2 minutes at the configured rate"
    )


@pytest.mark.parametrize(
    ("requests", "minutes", "words"),
    [
        (0, 0.0, "no requests to Upflow"),
        (1, 0.001, "1 request to Upflow, less than a minute at the configured rate"),
        (342, 0.58, "342 requests to Upflow, less than a minute at the configured rate"),
        (64_680, 110.0, "64,680 requests to Upflow, about 110 minutes at the configured rate"),
        (1_000_000, 1_700.0, "1,000,000 requests to Upflow, about 28 hours at the configured rate"),
    ],
)
def test_what_a_plan_takes_is_never_no_time(requests, minutes, words):
    """Minutes and hours are whole, and no work takes none."""
    assert requests_needed(requests, minutes) == words

"""Reports of the export: counts that add up, and no green task that left Accounts behind."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import TooManyRejectedError
from upflow_provider.records.salesforce.matching import Matches, match
from upflow_provider.runs.report import MAX_EXAMPLES
from upflow_provider.upflow_to_salesforce.report import ExportReport

keys = st.none() | st.sampled_from("abcdefgh")


@given(st.dictionaries(st.integers(0, 30).map("cust_{}".format), keys), st.dictionaries(st.integers(0, 30), keys))
def test_every_customer_is_counted_once(customers, accounts):
    """Matched, unmatched, claimed twice or without a key: that is all of them."""
    matches = match(customers.items(), ((f"001{number:015}", key) for number, key in accounts.items()))
    report = ExportReport.of(matches)

    assert report.read == len(customers)
    assert report.read == report.matched + report.unmatched + report.duplicate + report.keyless
    assert (report.matched, report.unmatched, report.keyless) == (
        len(matches.matched),
        len(matches.unmatched),
        len(matches.keyless),
    )
    assert len(report.examples.get("duplicate", ())) == min(report.duplicate, MAX_EXAMPLES)


def test_customers_of_whom_nobody_can_tell_are_named():
    """With the reason, and the Account if there is one."""
    matches = Matches(
        matched={"a": "001A"},
        unmatched=["b"],
        keyless=["c", "d"],
        undecided={"e": ["001B", "001C"]},
        claimed={"001D": ["f", "g"]},
    )
    report = ExportReport.of(matches)

    assert (report.read, report.matched, report.unmatched, report.duplicate, report.keyless) == (7, 1, 1, 3, 2)
    assert report.examples == {
        "duplicate": {
            "e": "several Accounts have its key: 001B, 001C",
            "f": "shares Account 001D with other customers",
            "g": "shares Account 001D with other customers",
        },
        "unmatched": {"b": "no Account has its key"},
    }


def test_a_report_is_json():
    """Airflow keeps it, and so does the ledger."""
    report = ExportReport(read=3, matched=2, updated=1, rejected=1, fields={"A__c": 1}, notes=["note"], dry_run=True)
    report.add_examples("rejected", [("001A", "CODE: reason")])
    told = report.as_dict()

    assert json.loads(json.dumps(told)) == told
    assert told["examples"] == {"rejected": {"001A": "CODE: reason"}}
    assert ExportReport(**told) == report


def test_only_some_are_named():
    """A report stays small however many Accounts are rejected; the first ones stay."""
    report = ExportReport()
    report.add_examples("rejected", ((f"001{number}", "reason") for number in range(MAX_EXAMPLES + 5)))
    report.add_examples("unmatched", [])

    assert {kind: list(ids) for kind, ids in report.examples.items()} == {
        "rejected": [f"001{number}" for number in range(MAX_EXAMPLES)]
    }


@pytest.mark.parametrize(("rejected", "allowed"), [(0, 0), (1, 1), (2, 5)])
def test_as_many_as_allowed_may_be_rejected(rejected, allowed):
    """The limit itself is still allowed."""
    ExportReport(matched=5, rejected=rejected).check(allowed)


@pytest.mark.parametrize(("rejected", "allowed"), [(1, 0), (3, 2)])
def test_more_than_allowed_are_no_success(rejected, allowed):
    """The error says how many, which and why, and that the next run tries again."""
    report = ExportReport(matched=5, rejected=rejected)
    report.add_examples("rejected", {"001A": "CODE: reason", "001B": "OTHER (Field__c): reason"}.items())
    with pytest.raises(TooManyRejectedError) as raised:
        report.check(allowed)

    assert str(raised.value) == (
        f"{rejected} of 5 Accounts could not be written in full ({allowed} allowed); all others are done. The next run "
        "tries these again. 001A: CODE: reason; 001B: OTHER (Field__c): reason"
    )


def test_text_names_what_happened_only():
    """Counts of zero are left out, and large ones are easy to read."""
    report = ExportReport(read=12_345, matched=12_000, unmatched=345, unchanged=11_999, updated=1, calls=1_007)

    counts = "12,000 matched, 345 unmatched, 11,999 unchanged, 1 updated"
    assert str(report) == f"12,345 customers read: {counts}; 1,007 requests to Salesforce"
    assert str(ExportReport(dry_run=True)) == "nothing written; 0 customers read: none; 0 requests to Salesforce"

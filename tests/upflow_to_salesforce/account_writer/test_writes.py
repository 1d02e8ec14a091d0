"""Changes written to Accounts, few or many, and what became of them."""

from decimal import Decimal

import pytest

from tests.upflow_to_salesforce.account_writer.changes import BOTH_WAYS, accounts, notes, uploads, written
from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.errors import QuotaError
from upflow_provider.upflow_to_salesforce.account_writer import WriteResult
from upflow_provider.upflow_to_salesforce.customers import UNFIT
from upflow_provider.upflow_to_salesforce.differences import AccountChange


@pytest.mark.parametrize(
    ("number", "way"), [(1, "collections"), (4, "collections"), (5, "ingest_job"), (6, "ingest_job")]
)
def test_the_number_of_changes_decides_how_they_are_sent(writer, salesforce, number, way):
    """From the limit on by a job."""
    ids = accounts(salesforce, number)
    confirmed, refused = written(writer(5), notes(ids))

    assert (confirmed, refused) == (ids, {})
    assert salesforce.calls.keys() == {way}
    assert {salesforce.account(each)["Note__c"] for each in ids} == {"New"}


@BOTH_WAYS
def test_nothing_to_change_sends_nothing(writer, salesforce, bulk_from):
    """Not one request."""
    assert written(writer(bulk_from), []) == ([], {})
    assert len(salesforce.requests) == 0


@BOTH_WAYS
def test_each_account_gets_its_own_fields(writer, salesforce, bulk_from):
    """Those that do not change stay, null clears, and every kind of value arrives."""
    first, second, third = accounts(salesforce, 3)
    changes = [
        AccountChange(first, {"Note__c": None, "Vip__c": True}),
        AccountChange(second, {"Outstanding__c": Decimal("12.50"), "Since__c": "2026-02-03"}),
        AccountChange(third, {"Regions__c": ("North", "South"), "Vip__c": None}),
    ]
    confirmed, refused = written(writer(bulk_from), changes)

    assert (confirmed, refused) == ([first, second, third], {})
    names = ("Note__c", "Outstanding__c", "Vip__c", "Since__c", "Regions__c")
    held = [tuple(salesforce.account(each).get(name) for name in names) for each in (first, second, third)]
    assert held == [
        (None, 5, True, None, None),
        ("Old", Decimal("12.5"), False, "2026-02-03", None),
        ("Old", 5, False, None, "North;South"),
    ]


def test_a_file_has_a_column_for_each_field_that_changes_anywhere(writer, salesforce):
    """In the order of their names; an empty value leaves a field as it is."""
    first, second = accounts(salesforce, 2)
    written(
        writer(1),
        [
            AccountChange(first, {"Vip__c": True, "Note__c": None}),
            AccountChange(second, {"Outstanding__c": Decimal(1)}),
        ],
    )

    assert uploads(salesforce) == [
        [
            ["Id", "Note__c", "Outstanding__c", "Vip__c"],
            [first, "#N/A", "", "true"],
            [second, "", "1", ""],
        ]
    ]


@BOTH_WAYS
def test_a_value_that_does_not_fit_keeps_its_account_back(writer, salesforce, bulk_from):
    """The others are written; field and reason are told before anything is sent, the value never."""
    ids = accounts(salesforce, 3)
    changes = notes(ids)
    changes[1] = AccountChange(ids[1], {"Note__c": "New", "Outstanding__c": Decimal("1234567890123456.78")})
    results = writer(bulk_from).write(changes)
    first = next(results)

    refusal = Refusal(UNFIT, "has more digits than a number in Salesforce can hold", ("Outstanding__c",))
    assert (first.confirmed, first.refused) == ([], {ids[1]: refusal})
    assert len(salesforce.requests) == 0
    assert [each.confirmed for each in results] == [[ids[0], ids[2]]]
    assert salesforce.account(ids[1])["Note__c"] == "Old"


def test_text_that_would_clear_a_field_in_a_file(writer, salesforce):
    """It is kept back from a file; JSON can tell the two apart."""
    first, second = accounts(salesforce, 2)
    confirmed, refused = written(
        writer(1), [AccountChange(first, {"Note__c": "#N/A"}), AccountChange(second, {"Note__c": None})]
    )
    assert (confirmed, {each: why.code for each, why in refused.items()}) == ([second], {first: UNFIT})
    assert (salesforce.account(first)["Note__c"], salesforce.account(second)["Note__c"]) == ("Old", None)

    assert written(writer(1_000), [AccountChange(first, {"Note__c": "#N/A"})]) == ([first], {})
    assert salesforce.account(first)["Note__c"] == "#N/A"


def test_where_no_value_fits_nothing_is_sent(writer, salesforce):
    """Not even an empty job."""
    ids = accounts(salesforce, 2)
    confirmed, refused = written(writer(1), [AccountChange(each, {"Note__c": "#N/A"}) for each in ids])

    assert (confirmed, list(refused)) == ([], ids)
    assert len(salesforce.requests) == 0


@pytest.mark.parametrize(("bulk_from", "options"), [(10_000, {}), (1, {"upload_bytes": 7_000})])
def test_what_became_of_some_is_told_before_others_are_sent(writer, salesforce, bulk_from, options):
    """It can be written down, whatever happens then."""
    ids = accounts(salesforce, 401)
    results = writer(bulk_from, **options).write(notes(ids))
    assert next(results) == WriteResult()
    first = next(results)

    assert first.confirmed == ids[: len(first.confirmed)] == [each for each, _ in salesforce.updates]
    assert 100 < len(first.confirmed) < 400
    salesforce.trouble.exceed_limit()
    with pytest.raises(QuotaError):
        list(results)
    assert len(salesforce.updates) == len(first.confirmed)

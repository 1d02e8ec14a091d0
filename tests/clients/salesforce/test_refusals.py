"""Refusals by themselves: what they are about, and that their words are cut, fast and without values."""

import pytest

from upflow_provider.clients.salesforce.refusals import (
    AUTOMATION,
    LASTING,
    OVERLOAD,
    PASSING,
    Refusal,
    kind_of,
    refusal,
)


@pytest.mark.parametrize(
    ("codes", "kind"), [(PASSING, "passing"), (LASTING, "lasting"), (AUTOMATION, "automation"), (OVERLOAD, "limit")]
)
def test_each_code_that_is_known_is_of_one_kind(codes, kind):
    """A running request that takes too long passes, too; a code that nobody knows is of none of them."""
    assert {kind_of(code, "") for code in codes - ({"REQUEST_RUNNING_TOO_LONG"} if kind == "limit" else set())} == {
        kind
    }
    assert kind_of("ODDITY_OF_2030", "") == "unknown"


@pytest.mark.parametrize("code", sorted(LASTING | AUTOMATION | {"ODDITY"}))
def test_words_of_a_lock_or_a_limit_count_whatever_the_code(code):
    """Triggers catch errors, and add their text to the record."""
    assert kind_of(code, "caused by: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access") == "passing"
    assert kind_of(code, "System.LimitException: Too many SOQL queries: 101; UNABLE_TO_LOCK_ROW") == "limit"


@pytest.mark.parametrize("text", ["STORAGE_LIMIT_EXCEEDED", "limit of 255", "too many people", "the lock is broken"])
def test_other_words_do_not_count(text):
    """A rule that speaks of limits stays a rule."""
    assert kind_of("FIELD_CUSTOM_VALIDATION_EXCEPTION", text) == "lasting"


@pytest.mark.parametrize(("kind", "attempts"), [("lasting", 0), ("limit", 0), ("automation", 0), ("unknown", 1)])
def test_how_often_a_refused_record_may_be_sent_again(kind, attempts):
    """Passing ones as long as the caller wants; unknown ones once."""
    assert [Refusal("A", kind=kind).may_pass(each) for each in (1, 2, 3)] == [each <= attempts for each in (1, 2, 3)]
    assert Refusal("A", kind="passing").may_pass(100)


@pytest.mark.parametrize(
    "error",
    [
        {"errorCode": ["A"], "message": {"b": 1}, "fields": "Name"},
        {"statusCode": 5, "message": None, "fields": [None, 7, "a b", "Jane Roe <jane@example.com>"]},
        {"error": "<script>", "error_description": ["x"]},
        {},
    ],
)
def test_an_error_of_any_shape_is_a_refusal(error):
    """Nothing of it is taken for a code or a field that is none."""
    found = refusal(error, None)

    assert found.code.isidentifier() or found.code == "5"
    assert found.fields == ()

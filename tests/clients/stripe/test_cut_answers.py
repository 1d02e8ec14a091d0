"""Answers of Stripe that do not arrive whole, or are not what was asked for, over real HTTP."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.clients.stripe.listings import END, START, fill, ids, query
from upflow_provider.clients.stripe.answers import one_list, one_object
from upflow_provider.clients.stripe.errors import CutAnswerError
from upflow_provider.clients.stripe.page_sizes import next_size
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import RetriableError

PAGE = "<html><title>Back soon</title>ann@example.com</html>"
NO_LISTS = [
    pytest.param({}, "an empty object", id="empty"),
    pytest.param([], "JSON of type list", id="array"),
    pytest.param(["in_1"], "JSON of type list", id="ids"),
    pytest.param(None, "NoneType", id="null"),
    pytest.param({"object": "invoice", "id": "in_1"}, "an object of type invoice", id="record"),
    pytest.param({"object": "list"}, "a list without data", id="no-data"),
    pytest.param({"object": "list", "data": []}, "without has_more", id="no-has-more"),
    pytest.param({"object": "list", "data": {"id": "in_1"}, "has_more": False}, "without data", id="data-object"),
    pytest.param({"object": "list", "data": [], "has_more": True}, "empty and has more", id="empty-with-more"),
    pytest.param({"object": "list", "data": ["in_1"], "has_more": False}, "something else than records", id="texts"),
    pytest.param({"status": "ann@example.com"}, "object without a type", id="somebody-else"),
    pytest.param({"object": "ann@example.com"}, "object without a type", id="strange-kind"),
    pytest.param(PAGE, "not JSON", id="page"),
    pytest.param("", "not JSON", id="nothing"),
]
NO_RECORDS = [each for each in NO_LISTS if each.id in {"empty", "array", "null", "no-data", "somebody-else", "page"}]


def sizes(account):
    """Return how many records each request asked for."""
    return [int(query(each)["limit"]) for each in account.requests]


@pytest.mark.parametrize("largest", [99, 25, 7, 1])
@pytest.mark.parametrize("kind", ["truncated", "reset_during"])
def test_pages_become_smaller_until_they_arrive(stripe_account, source, caplog, kind, largest):
    """Every larger page is cut off, each time: all records are listed, and the size is remembered for the run."""
    fill(stripe_account, 120)
    larger = "|".join(str(each) for each in range(largest + 1, 101))
    stripe_account.faults.add(kind, times=None, parameters={"limit": larger})
    listed = ids(source.pages("invoices", start=START, end=END))
    found = sizes(stripe_account)[-1]
    stripe_account.requests.clear()

    assert listed == [f"in_{each:04d}" for each in reversed(range(120))]
    assert [record["id"] for record in source.find("invoices")] == listed
    assert set(sizes(stripe_account)) == {found}
    assert caplog.text.count(f"from now on, each request asks for {found} records") == 1


def test_other_lists_keep_their_size(stripe_account, source):
    """What is too large is the answer of one list, not of all."""
    fill(stripe_account, 5)
    stripe_account.faults.add("truncated", times=None, path="/invoices$", parameters={"limit": "100"})
    list(source.pages("invoices", start=START, end=END))
    stripe_account.requests.clear()

    source.find("customers")

    assert sizes(stripe_account) == [100]


def test_one_answer_that_is_cut_off_is_chance(stripe_account, source):
    """The same page is asked for once more, and pages keep their size."""
    fill(stripe_account, 150)
    stripe_account.faults.add("truncated")

    assert len(ids(source.pages("invoices", start=START, end=END))) == 150
    assert sizes(stripe_account) == [100, 100, 100]


def test_an_outage_does_not_make_pages_smaller(stripe_account, source):
    """A server that does not answer at all would not answer for fewer records."""
    fill(stripe_account, 150)
    stripe_account.faults.add("status", status=503, times=4)

    list(source.pages("invoices", start=START, end=END))

    assert set(sizes(stripe_account)) == {100}


def test_a_page_that_takes_too_long_becomes_smaller(stripe_account, waits):
    """A time-out is a way of not arriving whole."""
    fill(stripe_account, 30)
    stripe_account.faults.add("slow", delay_s=5.0, times=None, parameters={"limit": "100"})
    sdk = open_sdk(stripe_account.api_key, base_url=stripe_account.url, timeout_s=(1.0, 0.05))
    source = StripeSource(sdk, requests_per_second=1e9, sleep=waits.append)

    assert len(ids(source.pages("invoices", start=START, end=END))) == 30
    assert sizes(stripe_account) == [100, 100, 25, 25]


def test_what_never_arrives_ends_with_the_path(stripe_account, source):
    """Not even one record arrives: Airflow's retries take over, and the next run begins with full pages."""
    stripe_account.faults.add("truncated", times=None)

    with pytest.raises(RetriableError, match=r"^GET /v1/invoices: 200.*not JSON, or not all of it.*attempts: 6"):
        list(source.pages("invoices", start=START, end=END))

    assert sizes(stripe_account) == [100, 100, 25, 6, 1, 1]


@given(size=st.integers(1, 100), failures=st.integers(1, 6))
def test_sizes_only_fall_and_never_below_one(size, failures):
    """The first failure changes nothing."""
    assert 1 <= next_size(size, failures) <= size
    assert next_size(size, 1) == size


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["list", "invoice", "in_1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["object", "data", "has_more", "id"]), inner)
    ),
    max_leaves=9,
)


@given(json)
@example({"object": "list"})
@example({"object": "list", "data": ["in_1"], "has_more": False})
def test_any_json_is_what_was_asked_for_or_a_cut_answer(answer):
    """No shape raises anything else, and a list consists of records."""
    for check in (one_list, one_object):
        try:
            assert check(answer, "GET /") is answer
        except CutAnswerError:
            continue
        assert (answer["object"] == "list") is (check is one_list)
        assert check is one_object or all(isinstance(each, dict) for each in answer["data"])


@pytest.mark.parametrize(("body", "came"), NO_LISTS)
def test_an_answer_that_is_no_list_passes(stripe_account, source, body, came):
    """Once it costs a pause and no record; always, it ends with path and kind, but without a value."""
    fill(stripe_account, 5)
    answer = {"status": 200, "body": "null" if body is None else body}
    stripe_account.faults.add("status", **answer)

    assert len(ids(source.pages("invoices", start=START, end=END))) == 5
    stripe_account.faults.add("status", times=None, **answer)
    with pytest.raises(RetriableError, match=rf"^GET /v1/invoices: .*{came}.*host.*attempts: 6") as raised:
        list(source.pages("invoices", start=START, end=END))
    assert "ann@" not in str(raised.value)


@pytest.mark.parametrize(("body", "came"), NO_RECORDS)
def test_an_answer_that_is_no_record_passes(stripe_account, source, body, came):
    """As for lists."""
    fill(stripe_account, 1)
    answer = {"status": 200, "body": "null" if body is None else body}
    stripe_account.faults.add("status", **answer)

    assert source.retrieve("invoices", "in_0000")["id"] == "in_0000"
    stripe_account.faults.add("status", times=None, **answer)
    with pytest.raises(RetriableError, match=r"^GET /v1/invoices/in_0000: .*attempts: 6"):
        source.retrieve("invoices", "in_0000")

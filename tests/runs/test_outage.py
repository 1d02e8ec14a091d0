"""A vendor that fails at one record is told from one that is out of order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.errors import (
    AuthenticationError,
    ForbiddenError,
    NewerReadError,
    NotFoundError,
    RateLimitedError,
    RetriableError,
    SharedLimitError,
    UnservedError,
    UnservedRecordError,
)
from upflow_provider.runs.outage import UNSERVED_MAX, Outage

NAMES = ("cus_1", "cus_2", "cus_3", "cus_4")
NOTHING_SAID = "nothing said"
EVENTS = st.tuples(st.sampled_from(NAMES), st.sampled_from(["served", "unserved", "refused", NOTHING_SAID]))


def happen(outage, name, event):
    """Let a request about a record end in some way; return what its work raises, or None."""
    raised = {
        "unserved": UnservedError("500"),
        "refused": NotFoundError("404"),
        NOTHING_SAID: NewerReadError(name),
    }.get(event)
    try:
        with outage.watched(name):
            if raised:
                raise raised
    except (UnservedError, UnservedRecordError, NotFoundError, NewerReadError) as error:
        return type(error)
    outage.served()
    return None


@given(st.lists(EVENTS, max_size=30))
def test_only_an_unbroken_row_of_different_records_is_an_outage(history):
    """Since the vendor's last answer, it must have failed at as many as the limit says."""
    outage, row = Outage(), []
    for name, event in history:
        row = [] if event in {"served", "refused"} else [*row, *([name] if event == "unserved" else [])]
        is_out = len(set(row)) >= UNSERVED_MAX
        expected = {
            "served": None,
            "refused": NotFoundError,
            NOTHING_SAID: NewerReadError,
            "unserved": UnservedError if is_out else UnservedRecordError,
        }
        assert happen(outage, name, event) is expected[event]


def test_records_of_one_customer_are_one_failure():
    """A customer that Upflow cannot handle has many documents, and other customers go on."""
    outage = Outage()
    for number in range(20):
        with pytest.raises(UnservedRecordError), outage.watched(f"in_{number}", "cus_1"):
            raise UnservedError("500")


@pytest.mark.parametrize(
    "error",
    [RetriableError("the ledger"), SharedLimitError("429"), AuthenticationError("401"), MemoryError()],
    ids=lambda each: type(each).__name__,
)
def test_what_concerns_all_is_never_one_records(error):
    """The ledger, the organization's limit and the credentials stop the task at once."""
    with pytest.raises(type(error)) as raised, Outage().watched("in_1"):
        raise error

    assert raised.value is error


@pytest.mark.parametrize("kind", [UnservedError, RateLimitedError, ForbiddenError])
def test_the_record_says_why_it_is_set_aside(kind):
    """With its id and the vendor's answer; an id that may name somebody is not shown."""
    says = r"^in_1: GET /x: 503; the record is tried again"
    with pytest.raises(UnservedRecordError, match=says), Outage().watched("in_1"):
        raise kind("GET /x: 503")
    with pytest.raises(UnservedRecordError) as hidden, Outage().watched("ann@example.com"):
        raise kind("GET /x: 503")

    assert "ann" not in str(hidden.value)

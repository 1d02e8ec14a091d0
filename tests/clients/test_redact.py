"""The vendor's reason, without what it repeats of the record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.clients.redact import MAX_LENGTH, redact

CUSTOMER = {
    "externalId": "cus_1",
    "name": "Confidential Ltd",
    "contacts": [{"email": "jane@example.com", "firstName": "Jane"}],
    "customFields": [{"id": "cf_1", "value": {"label": "Gold"}}],
}


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        pytest.param("name Confidential Ltd is taken", "name <name> is taken", id="value"),
        pytest.param("CONFIDENTIAL LTD is taken", "<name> is taken", id="other-case"),
        pytest.param("jane@example.com is invalid", "<email> is invalid", id="nested"),
        pytest.param("other@example.org is invalid", "<email> is invalid", id="foreign-e-mail"),
        pytest.param("see https://x.example/t?token=1", "see <url>", id="url"),
        pytest.param("customer cus_1 is unknown", "customer cus_1 is unknown", id="ids-stay"),
        pytest.param("option Gold does not exist", "option <label> does not exist", id="label"),
        pytest.param("two\n lines", "two lines", id="one-line"),
    ],
)
def test_values_that_were_sent_are_replaced_by_their_field(reason, expected):
    """The message still says what is wrong with which field."""
    assert redact(reason, CUSTOMER) == expected


@given(
    value=st.text(st.characters(categories=["L", "N"]), min_size=4, max_size=40),
    before=st.sampled_from(["", "name ", "'", "("]),
    after=st.sampled_from(["", " is wrong", "'", ")"]),
)
def test_no_personal_value_survives(value, before, after):
    """Whatever the name is and wherever it stands."""
    shown = redact(f"{before}{value}{after}", {"name": value, "externalId": "cus_1"})

    assert value.lower() not in shown.replace("<name>", "").lower()


def test_reasons_are_short():
    """A page of HTML does not end in the log."""
    assert len(redact("x" * 10_000)) == MAX_LENGTH

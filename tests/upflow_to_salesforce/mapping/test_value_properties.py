"""Canonical values, whatever they are: what is written comes back equal."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.upflow_to_salesforce.mapping.described_fields import DESCRIBED, FIELDS
from upflow_provider.testing.salesforce.org import values as salesforce_values
from upflow_provider.upflow_to_salesforce.mapping.values import (
    CSV_NULL,
    UnfitError,
    as_csv,
    as_json,
    from_salesforce,
    from_upflow,
)

LABELS = st.sampled_from(["Gold", "Tin", "Bronze"])
WORDS = st.text(st.characters(exclude_characters=";"), max_size=40)
URLS = st.from_regex(r"https?://[!-~éß]{1,100}", fullmatch=True)
AMOUNTS = st.decimals(-(10**9), 10**9, places=3)
GIVEN = st.one_of(
    st.tuples(st.just("amount"), AMOUNTS, st.just("currency")),
    st.tuples(st.just("count"), st.integers(0, 10**7), st.sampled_from(["whole", "int", "exact"])),
    st.tuples(st.just("number"), AMOUNTS, st.sampled_from(["whole", "exact"])),
    st.tuples(st.just("NUMBER"), st.floats(-(10**9), 10**9), st.sampled_from(["whole", "exact"])),
    st.tuples(st.sampled_from(["text", "TEXT"]), st.text(max_size=200), st.sampled_from(["text", "long", "rich"])),
    st.tuples(st.sampled_from(["url", "portal_url"]), URLS, st.sampled_from(["url", "long", "rich"])),
    st.tuples(st.just("SELECT"), LABELS, st.sampled_from(["picklist", "open"])),
    st.tuples(st.just("SELECT"), st.fixed_dictionaries({"label": WORDS}), st.just("open")),
    st.tuples(
        st.just("MULTI_SELECT"),
        st.lists(st.one_of(LABELS, st.fixed_dictionaries({"label": LABELS}))),
        st.sampled_from(["multi", "multi_open"]),
    ),
    st.tuples(st.just("MULTI_SELECT"), st.lists(WORDS, max_size=20), st.just("multi_open")),
    st.tuples(st.just("DATE"), st.dates().map(str).filter(lambda day: "1700" < day < "4001"), st.just("date")),
    st.tuples(st.just("BOOLEAN"), st.booleans(), st.just("checkbox")),
    st.sampled_from([("amount", None, "currency"), ("TEXT", "", "long"), ("BOOLEAN", None, "checkbox")]),
)


def canonical(case):
    """Return the canonical value of a case and its field; skip what does not fit."""
    kind, value, name = case
    try:
        return from_upflow(kind, value, FIELDS[name]), FIELDS[name]
    except UnfitError:
        assume(False)  # noqa: FBT003 - hypothesis takes it so


@given(GIVEN)
def test_what_json_carries_comes_back_equal(case):
    """A written value is no difference when it is read again."""
    value, where = canonical(case)

    assert from_salesforce(where, as_json(where, value)) == value


@given(GIVEN)
@example(("TEXT", "null", "text"))
def test_what_a_file_carries_comes_back_equal(case):
    """Bulk queries answer an empty cell for what was cleared."""
    value, where = canonical(case)
    cell = as_csv(where, value)

    assert from_salesforce(where, "" if cell == CSV_NULL else cell) == value


@given(GIVEN)
def test_what_salesforce_keeps_is_equal(case):
    """It trims, orders and escapes; the difference is none, by JSON and by CSV."""
    kind, _, name = case
    value, where = canonical(case)
    described = DESCRIBED[name]
    sent = as_json(where, value)
    sent = Decimal(repr(sent)) if isinstance(sent, float) else sent
    kept = salesforce_values.stored(described, salesforce_values.from_json(described, sent))
    answered = salesforce_values.to_json(described, kept)

    assert (
        from_salesforce(where, answered) == from_salesforce(where, salesforce_values.to_csv(described, kept)) == value
    ), kind


@given(GIVEN)
def test_canonical_values_are_canonical(case):
    """What Salesforce is said to hold already needs no second normalisation."""
    value, where = canonical(case)

    assert (value is not None) or where.type != "boolean"
    assert from_salesforce(where, as_json(where, from_salesforce(where, as_json(where, value)))) == value


@given(AMOUNTS, st.sampled_from(["currency", "whole", "exact"]))
def test_numbers_are_rounded_half_up(amount, name):
    """Half away from zero, to the scale of the field."""
    scale = FIELDS[name].scale

    assert from_upflow("number", amount, FIELDS[name]) == amount.quantize(Decimal(10) ** -scale, ROUND_HALF_UP)

"""Which fields of which Accounts differ: what pandas finds is what a loop finds."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upflow_provider.upflow_to_salesforce.differences import AccountChange, AccountTable, changes

FIELDS = ("Vip__c", "Outstanding__c", "Note__c", "Regions__c")
texts = st.sampled_from(["a", "A", "a b", "ü", "0", "False", "None", "#N/A", " "])
values = st.fixed_dictionaries(
    {
        "Vip__c": st.booleans(),
        "Outstanding__c": st.none()
        | st.sampled_from([Decimal(each) for each in ("0", "0.00", "1", "1.0", "-1", "1E2")]),
        "Note__c": st.none() | texts,
        "Regions__c": st.none() | st.lists(texts, min_size=1, max_size=3, unique=True).map(sorted).map(tuple),
    }
)
kept = st.sets(st.sampled_from(FIELDS))
ids = st.integers(0, 999).map(lambda number: f"001{number:015}")
accounts = st.dictionaries(ids, st.tuples(values, values, kept), max_size=12)


def table(rows, fields=FIELDS):
    """Return a table of Accounts."""
    made = AccountTable(list(fields))
    for account_id, row in rows.items():
        made.add(account_id, row)
    assert len(made) == len(rows)
    return made.frame()


@settings(deadline=None)
@given(accounts, st.dictionaries(ids, values, max_size=4), st.booleans())
def test_exactly_the_fields_that_differ_are_told(matches, others, full):
    """In the order of Ids, never an Account that holds all already; with ``full`` all of which something is known."""
    wanted = {
        each: {name: value for name, value in new.items() if name not in kept}
        for each, (new, _, kept) in matches.items()
    }
    held = {each: old for each, (_, old, _) in matches.items()}
    expected = []
    for account_id in sorted(wanted):
        new, old = wanted[account_id], held[account_id]
        names = [name for name in FIELDS if name in new and (full or new[name] != old[name])]
        if names:
            expected.append(
                AccountChange(account_id, {name: new[name] for name in names}, {name: old[name] for name in names})
            )

    assert list(changes(table(wanted), table(others | held), full=full)) == expected


@settings(deadline=None)
@given(st.dictionaries(ids, values, max_size=12))
def test_what_is_held_already_is_no_change(rows):
    """In whatever order it is held."""
    assert list(changes(table(rows), table(dict(reversed(rows.items()))))) == []


@pytest.mark.parametrize(
    ("new", "old"),
    [
        pytest.param(None, "a", id="cleared"),
        pytest.param("a", None, id="filled"),
        pytest.param(Decimal("0.01"), Decimal(0), id="cent"),
        pytest.param(Decimal(0), None, id="zero"),
        pytest.param(None, Decimal(0), id="no-zero"),
        pytest.param(False, True, id="unchecked"),
        pytest.param("a", "A", id="case"),
        pytest.param(("a", "b"), ("a",), id="option-more"),
        pytest.param(None, ("a",), id="no-option"),
    ],
)
def test_a_value_that_differs_comes_back_as_it_was(new, old):
    """Null is ``None`` again, on both sides."""
    [change] = changes(table({"001": {"A": new, "B": 1}}, "AB"), table({"001": {"A": old, "B": 1}}, "AB"))

    assert change == AccountChange("001", {"A": new}, {"A": old})
    assert [type(each) for each in (change.values["A"], change.before["A"])] == [type(new), type(old)]


@pytest.mark.parametrize("full", [False, True])
def test_tables_without_accounts_or_fields_have_no_changes(full):
    """An organization may have no customers, or map nothing but portal links."""
    assert list(changes(table({}), table({}), full=full)) == []
    assert list(changes(table({}), table({"001": dict.fromkeys(FIELDS)}), full=full)) == []
    assert list(changes(table({"001": {}}, ""), table({"001": {}}, ""), full=full)) == []


@pytest.mark.parametrize("full", [False, True])
def test_a_field_of_which_nothing_is_known_stays(full):
    """Which is not the same as one that is known to be empty; what is no field of the table is left aside."""
    wanted = table({"001": {"A": None, "C": "c"}, "002": {}}, "AB")
    held = table({"001": {"A": "a", "B": "b"}, "002": {"A": "a", "B": None}}, "AB")

    assert list(changes(wanted, held, full=full)) == [AccountChange("001", {"A": None}, {"A": "a"})]


def test_an_account_that_was_not_read_is_an_error():
    """What it holds is not known: nothing may be written."""
    with pytest.raises(KeyError):
        list(changes(table({"001": {"A": "a"}}, "A"), table({}, "A")))


def test_a_hundred_thousand_accounts_are_compared_in_seconds():
    """By column, not one by one."""
    rows = {f"001{number:015}": {"A": Decimal(number), "B": "x", "C": None} for number in range(100_000)}
    changed = {**rows, "001000000000000500": {"A": Decimal(-1), "B": "x", "C": ("y",)}}

    assert list(changes(table(changed, "ABC"), table(rows, "ABC"))) == [
        AccountChange("001000000000000500", {"A": Decimal(-1), "C": ("y",)}, {"A": Decimal(500), "C": None})
    ]

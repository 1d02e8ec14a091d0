"""Columns of custom fields, by the formatting guide of the page."""

import pytest

from upflow_provider.errors import ConfigurationError


def test_a_column_of_the_exact_name_is_the_custom_field(files, caplog):
    """One whose case differs is ignored, and named with the field that was probably meant."""
    files.field("Segment", "TEXT")

    report = files.import_("Customer name,Customer ID,Segment,segment\nAlder,C-1,Premium,x\n")

    assert files.values("C-1") == {"Segment": "Premium"}
    assert report.ignored == ["segment"]
    assert "'segment' (Upflow has a custom field 'Segment'; case and blanks count)" in caplog.text


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("TEXT", "Premium customer", "Premium customer"),
        ("TEXT", "x" * 2000, "x" * 2000),
        ("NUMBER", "1234.56", 1234.56),
        ("NUMBER", "-5", -5),
        ("DATE", "2025-12-31", "2025-12-31"),
        ("BOOLEAN", "True", True),
        ("BOOLEAN", "FALSE", False),
        ("SELECT", "Active", {"label": "Active"}),
        ("SELECT", "Trailing ", {"label": "Trailing "}),
        ("MULTI_SELECT", "Tag1,Tag2,Tag3", [{"label": "Tag1"}, {"label": "Tag2"}, {"label": "Tag3"}]),
        ("MULTI_SELECT", "Tag1; Tag2", [{"label": "Tag1"}, {"label": "Tag2"}]),
        ("MULTI_SELECT", "Tag1;Tag2,Tag3", [{"label": "Tag1"}, {"label": "Tag2"}, {"label": "Tag3"}]),
        ("MULTI_SELECT", "Paris, France", [{"label": "Paris, France"}]),
    ],
)
def test_values_by_the_formatting_guide(files, kind, cell, value):
    """Each type in its format."""
    files.field("Field", kind, "Active", "Trailing ", "Tag1", "Tag2", "Tag3", "Paris, France")

    files.import_(f"Customer name|Customer ID|Field\nAlder|C-1|{cell}\n")

    assert files.values("C-1") == {"Field": value}


@pytest.mark.parametrize(
    ("kind", "cell", "reason"),
    [
        ("TEXT", "x" * 2001, "must be plain text of at most 2,000 characters"),
        ("NUMBER", "1234,56", "use a period (.) for decimals; commas are not supported"),
        ("NUMBER", "1 234.5", "use a period (.) for decimals; commas are not supported"),
        ("DATE", "31/12/2025", "must be in the format YYYY-MM-DD only"),
        ("DATE", "2025-02-30", "must be in the format YYYY-MM-DD only"),
        ("BOOLEAN", "yes", "must be true or false"),
        ("SELECT", "active", "did you mean 'Active'?"),
        ("SELECT", "Brand new", "new values cannot be created via CSV"),
        ("MULTI_SELECT", "Tag1,Brand new", "new values cannot be created via CSV"),
    ],
)
def test_values_that_do_not_fit(files, kind, cell, reason):
    """The line is refused; nothing becomes a new option."""
    files.field("Field", kind, "Active", "Tag1")

    files.import_(f"Customer name|Customer ID|Field\nAlder|C-1|{cell}\n")

    assert reason in files.errors
    assert files.writes() == []


def test_options_that_upflow_does_not_show(files):
    """Those that customers have count."""
    files.field("Segment", "SELECT")
    field_id = next(iter(files.upflow.store.custom_fields))
    files.customer("C-1", customFields=[{"id": field_id, "value": {"label": "Gold"}}])
    files.upflow.behaviour.custom_field_options = "hidden"

    files.import_("Customer name,Customer ID,Segment\nBirch,C-2,Gold\nCedar,C-3,Silver\n")

    assert files.values("C-2") == {"Segment": {"label": "Gold"}}
    assert "new values cannot be created via CSV" in files.reasons()[0]


def test_options_that_nobody_has_yet(files):
    """Nothing is known that could be checked."""
    files.field("Segment", "SELECT")
    files.upflow.behaviour.custom_field_options = "hidden"

    files.import_("Customer name,Customer ID,Segment\nBirch,C-2,Gold\n")

    assert "Upflow does not show the options of this field" in files.reasons()[0]


@pytest.mark.parametrize("kind", ["TEXT", "NUMBER", "DATE", "BOOLEAN", "SELECT", "MULTI_SELECT"])
def test_a_value_that_is_right_already_costs_no_write(files, kind):
    """It is compared in the form in which it is sent."""
    cell = {"TEXT": "a", "NUMBER": "1.50", "DATE": "2026-01-01", "BOOLEAN": "TRUE"}.get(kind, "Tag1")
    files.field("Field", kind, "Tag1")
    text = f"Customer name,Customer ID,Field\nAlder,C-1,{cell}\n"
    files.import_(text)

    report = files.import_(text)

    assert (files.writes(), report.records.unchanged) == ([], 1)


@pytest.mark.parametrize(("clears", "left"), [(False, [{"label": "A"}]), (True, None)])
def test_a_cell_with_nothing_but_separators_is_empty(files, clears, left):
    """It keeps what is there, unless empty cells clear."""
    files.field("Tags", "MULTI_SELECT", "A", "B")
    files.import_("Customer name,Customer ID,Tags\nAlder,C-1,A\n")

    files.import_('Customer name,Customer ID,Tags\nAlder,C-1,", ;"\n', clear_empty=clears)

    assert files.values("C-1") == {"Tags": left}


def test_two_custom_fields_of_one_name(files):
    """Nobody knows which one a column means."""
    files.field("Tier", "TEXT")
    files.field("Tier", "NUMBER")

    with pytest.raises(ConfigurationError, match="several custom fields are called 'Tier'"):
        files.import_("Customer name,Customer ID,Tier\nAlder,C-1,1\n")
    assert files.import_("Customer name,Customer ID\nAlder,C-1\n").accepted == 1

"""Rows of a table: every problem is told at once, and what is an accessory keeps no record out."""

from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from upflow_provider.errors import ConfigurationError
from upflow_provider.records.custom_fields import CustomField, DefinedField, Definition
from upflow_provider.tables_to_upflow.mapping.cells import CellOptions
from upflow_provider.tables_to_upflow.mapping.columns import check_header
from upflow_provider.tables_to_upflow.mapping.rows import Row, RowReader

TIER = DefinedField(CustomField("Tier", "SELECT"), Definition("Tier", "CUSTOMER", "SELECT", "f-1", options=("Gold",)))
DIRECTORY = SimpleNamespace(
    managers={"ann@upflow.example": "u-1"}, workflows={"Gentle ": "w-1", "Twice": ""}, fields={"Tier": TIER}
)
OPTIONS = CellOptions("major", ZoneInfo("UTC"), {})


def read(collection, cells, columns=None, **options):
    """Read one row."""
    return RowReader(collection, columns or {}, OPTIONS, DIRECTORY, **options).read(Row(7, cells))


def test_every_problem_of_a_row_is_told():
    """By the names of its columns."""
    cells = {"No": "I-1", "customId": "", "issuedAt": "1.1.26", "currency": "EUR", "grossAmount": "-1", "dueDate": None}
    found = read("invoices", cells, {"No": "externalId"})

    assert found.external_id == "I-1"
    assert [str(each) for each in found.problems] == [
        "customId: is required, and empty",
        "issuedAt: a value like '0.0.00' must be a day as YYYY-MM-DD",
        "dueDate: is required, and empty",
        "customer: is required, and missing",
        "grossAmount: must not be below zero",
    ]


@pytest.mark.parametrize(
    ("field", "cell", "note"),
    [
        ("accountManager", "Ann@upflow.example", "must be in lower case"),
        ("accountManager", "ann@upflow.example,bo@upflow.example", "names several account managers"),
        ("accountManager", "bo@upflow.example", "Account manager not found; check the email."),
        ("workflow", "gentle", "Upflow has 'Gentle ', and case and blanks count"),
        ("workflow", "Harsh", "there is no workflow of this name; create it in Upflow first"),
        ("workflow", "Twice", "several workflows in Upflow have this name; rename all but one"),
        ("contacts", "a b@example", "address 1 is left out"),
        ("contacts", [{"firstName": "Ann"}], "has a contact without email"),
        ("contacts", [{"email": f"{each}@x.io", "isMain": True} for each in "ab"], "has two main contacts"),
        ("customFields.tier", "Gold", "there is no custom field 'tier'; Upflow has 'Tier'"),
        (
            "customFields",
            {"Tier": "gold"},
            "the value of 'Tier' is not among the options of the field; Upflow has 'Gold'",
        ),
        ("customFields", "Gold", "must be a mapping"),
    ],
)
def test_an_accessory_that_cannot_be_used_is_left_out_and_noted(field, cell, note):
    """Or makes the row unusable, where every cell has to be right."""
    cells = {"externalId": "C-1", "name": "Alder", field: cell}
    found, strict = read("customers", cells), read("customers", cells, is_strict=True)

    assert found.problems == []
    assert [each.column for each in found.notes] == [field]
    assert note in found.notes[0].reason
    assert strict.problems == found.notes
    assert field not in found.values


def test_values_are_those_that_upflow_takes():
    """Ids for names, contacts with external ids, custom fields with their definitions."""
    cells = {
        "externalId": "C-1",
        "name": "Alder",
        "accountManager": "ann@upflow.example",
        "workflow": "Gentle ",
        "contacts": [{"email": "b@x.io"}, {"email": "a@x.io", "isMain": True}, {"email": "B@x.io"}],
        "customFields.Tier": "Gold",
        "unknown": 1,
    }
    found = read("customers", cells)

    assert (found.problems, found.notes) == ([], [])
    assert (found.values["accountManager"], found.values["workflow"]) == ("u-1", "w-1")
    assert [(each["email"], each.get("isMain", False)) for each in found.values["contacts"]] == [
        ("b@x.io", False),
        ("a@x.io", True),
    ]
    assert len({each["externalId"] for each in found.values["contacts"]}) == 2
    assert found.values["customFields"] == [{"id": "f-1", "value": {"label": "Gold"}}]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ({"I-1": "10.00", "I-2": 5}, None),
        ('[{"externalId": "I-1", "amount": 10}, {"externalId": "I-2", "amount": 5.00}]', None),
        ([{"externalId": "I-1", "amount": 1}, {"externalId": "I-1", "amount": 2}], "names a document twice"),
        ({"I-1": 0}, "links an amount that is not above zero"),
        ({"I-1": "x"}, "must be a number"),
        ({"": 1}, "holds what is no external id"),
        ("I-1", "must be a mapping such as"),
        ([1], "must be a mapping such as"),
    ],
)
def test_links_are_amounts_by_document(cell, problem):
    """As a mapping or a list, or JSON of either."""
    cells = {"externalId": "P", "customer": "C", "validatedAt": "2026-01-01", "currency": "EUR", "amount": "15"}
    found = read("payments", {**cells, "linkedInvoices": cell})

    if problem is None:
        assert found.problems == []
        assert found.values["linkedInvoices"] == {"I-1": 1_000, "I-2": 500}
    else:
        assert problem in found.problems[0].reason


@pytest.mark.parametrize(
    ("header", "columns", "words"),
    [
        (["externalId", "name", "name"], {}, "'name' is more than once in the header"),
        (["externalId", "name"], {"company": "name"}, "columns: 'company' is not in the table"),
        (["externalId", "name", "company"], {"company": "name"}, "'name', 'company' fill 'name'"),
        (["id", "name"], {}, "no column fills 'externalId' of customers; the table has 'id', 'name'"),
        ([], {}, "the table has no columns"),
    ],
)
def test_a_header_that_does_not_fit_says_why(header, columns, words):
    """Before the first row is read."""
    with pytest.raises(ConfigurationError) as raised:
        check_header("customers", header, columns)
    assert words in str(raised.value)


def test_columns_that_fill_nothing_are_known():
    """So that a log can name them."""
    assert check_header("customers", ["externalId", "name", "shoe size"], {}).ignored == ("shoe size",)

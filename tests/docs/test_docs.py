"""The pages of docs/ tell each case that a test shows, in the test's own words."""

import ast
import re
from pathlib import Path

import pytest

from upflow_provider.upflow_to_salesforce.mapping.fields import ALLOWED_TYPES, KINDS

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"
CASES = TESTS / "stripe_to_upflow" / "cases"
SPELLING = {"stripe": "Stripe", "upflow": "Upflow", "the customers balance": "the customer's balance"}
"""Words of test names as they are spelled in sentences."""
TABLES = (
    "invoices",
    "uncollectible_and_void",
    "customer_balance",
    "payments",
    "payment_links",
    "credit_notes",
    "refunds",
)


def told_by(path):
    """Return what each test of a file shows, in its own words, by the test's name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return {test.name: " ".join((ast.get_docstring(test) or "").split()) for test in tests}


def rows_of(page, name):
    """Return the cells of one table of a page, without its head."""
    text = (DOCS / page).read_text(encoding="utf-8")
    table = re.search(rf"<!-- {name} -->(.*?)<!-- /{name} -->", text, re.DOTALL).group(1)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line[:1] == "|"][2:]


def title(test):
    """Return the name of a case: that of its test, in words."""
    words = test.removeprefix("test_").replace("_", " ")
    for written, spelled in SPELLING.items():
        words = re.sub(rf"\b{written}\b", spelled, words)
    return words


def cases(name):
    """Return the cases of one file: what it is in Stripe and what it becomes, from test names and docstrings."""
    return [[title(test), shows] for test, shows in told_by(CASES / f"test_{name}.py").items()]


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_tell_every_case_that_is_tested(name):
    """No case without its test, no test without its row."""
    assert rows_of("stripe-to-upflow.md", name) == cases(name)


def test_there_are_enough_cases():
    """Everything that moves money is among them."""
    assert sum(len(cases(name)) for name in TABLES) >= 50


def exported():
    """Return the rows of the table of exported fields: field, name in the settings, types, what appears, test."""
    rows = []
    for field, types, appears, test in rows_of("upflow-to-salesforce.md", "fields"):
        title, _, setting = field.partition(" `")
        rows.append((title, setting.rstrip("`"), tuple(types.split(", ")), appears, test.strip("`")))
    return rows


def test_each_exported_field_has_a_row():
    """With the types that are allowed for it; custom fields by their type, all others by their name in the settings."""
    told = {
        setting or title.removesuffix(" custom field").replace("-", "_").upper(): types
        for title, setting, types, _, _ in exported()
    }

    assert told == {setting: ALLOWED_TYPES[kind] for setting, kind in KINDS.items()} | {
        kind: types for kind, types in ALLOWED_TYPES.items() if kind.isupper()
    }
    assert len(exported()) == len(told) == 18


def test_each_exported_field_has_a_test():
    """No row without its test; and no test of the cases without its row, which tells it in the test's own words."""
    named = [(title, appears, *test.rpartition("::")[::2]) for title, _, _, appears, test in exported()]
    here = {test: (title.lower().replace("-", " "), appears) for title, appears, file, test in named if not file}

    assert here == {
        test: (test.removeprefix("test_").replace("_", " ").lower(), shows)
        for test, shows in told_by(TESTS / "upflow_to_salesforce" / "export" / "test_cases.py").items()
    }
    for _, _, file, test in named:
        if file:
            assert test in told_by(TESTS / "upflow_to_salesforce" / file), f"{file} has no {test}"

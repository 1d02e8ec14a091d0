"""docs/stripe-to-upflow.md tells each case that a test shows, in the test's own words."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "sync"
PAGE = (Path(__file__).parents[1] / "docs" / "stripe-to-upflow.md").read_text(encoding="utf-8")
TABLES = {"invoices": "invoices", "payments": "payments", "credits": "credits"}


def cases(name):
    """Return the cases of one file: what it is in Stripe and what it becomes, from test names and docstrings."""
    tree = ast.parse((TESTS / f"test_sync_cases_{name}.py").read_text(encoding="utf-8"))
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return [
        [
            test.name.removeprefix("test_").replace("_", " "),
            " ".join((ast.get_docstring(test) or "").split()),
            f"`{test.name}`",
        ]
        for test in tests
    ]


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_tell_every_case_that_is_tested(name):
    """No case without its test, no test without its row."""
    text = re.search(rf"<!-- {name} -->(.*?)<!-- /{name} -->", PAGE, re.DOTALL).group(1)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]

    assert rows[2:] == cases(name)


def test_there_are_enough_cases():
    """Everything that moves money is among them."""
    assert sum(len(cases(name)) for name in TABLES) >= 50

"""The page on the import from Salesforce: each rule names a test that exists, and its example is valid."""

import ast

import pytest

from tests.docs.tables import ROOT, example, table
from upflow_provider.settings import read_organizations

PAGE = "docs/salesforce-to-upflow.md"


@pytest.mark.parametrize("rule", table("import rules"), ids=lambda rule: rule[1])
def test_each_rule_has_its_test(rule):
    """In the file that the row names."""
    file, _, test = rule[2].strip("`").partition("::")
    tree = ast.parse((ROOT / "tests" / "salesforce_to_upflow" / file).read_text(encoding="utf-8"))

    assert test in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_the_example_is_valid(tmp_path):
    """As a whole file."""
    (tmp_path / "organizations.yaml").write_text(example("yaml", PAGE), encoding="utf-8")
    (entry,) = read_organizations(tmp_path / "organizations.yaml")

    assert entry.problem is None
    assert entry.organization.account_import.has_contacts

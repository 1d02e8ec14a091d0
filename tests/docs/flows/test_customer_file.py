"""docs/customer-file.md has every rule of Upflow's page on the customer file, each with a test that exists."""

import re

import pytest

from tests.docs.tables import ROOT, table
from tests.docs.test_docs import TESTS, told_by
from upflow_provider.tables_to_upflow.customer_file.mapping.kinds import COLUMNS, REQUIRED
from upflow_provider.tables_to_upflow.customer_file.settings import CustomerFileSettings, Positions

SEED = ROOT.parent / "shared" / "seeds" / "customer-file-import.txt"
BEGIN = "Your customer-facing teams"
SENTENCES = re.compile(r"(?:“[^”]*”|[^.:?!]|[.:](?=\S))+[.:?!]?")


def rules_of(text):
    """Return the rules of the vendor's page, in its order: its sentences, and the rows of its tables."""
    lines = list(filter(None, map(str.strip, text[text.index(BEGIN) :].splitlines())))
    found = []
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|") if cell.strip()]
            if not after.startswith("|---") and not line.startswith("|---"):
                found.append(" / ".join(cells))
        elif re.search(r"[.:?!]", line) or "-" in (line[0], before):  # others are headings
            found += [each.strip(" -") for each in SENTENCES.findall(line) if re.search(r"\w", each)]
    return found


def cells():
    """Return the rows of the table: what the vendor says, what is here, and the test's file and name."""
    return [
        (says.replace("&#124;", "|"), here, *test.strip("`").partition("::")[::2])
        for says, here, test in table("customer file")
    ]


def test_each_rule_of_the_table_has_a_test_that_exists():
    """No row without its test, and no rule twice."""
    said = [says for says, *_ in cells()]

    assert len(said) == len(set(said)) > 60
    for _, here, file, test in cells():
        assert here
        assert test in told_by(TESTS / file), f"tests/{file} has no {test}"


@pytest.mark.skipif(not SEED.exists(), reason="the vendor's page is not on this machine")
def test_every_rule_of_the_vendors_page_has_its_row():
    """In the vendor's order and words; nothing else is in the table."""
    assert [says for says, *_ in cells()] == rules_of(SEED.read_text(encoding="utf-8"))


def test_the_table_of_columns_has_every_column_with_all_of_its_names():
    """In their order."""
    assert [(title, names) for title, _, names in table("file columns")] == [
        (each.title, ", ".join(each.aliases)) for each in COLUMNS
    ]


def test_the_table_of_kinds_names_the_columns_that_each_must_have():
    """Every kind, in their order."""
    titles = {each.name: each.title for each in COLUMNS}
    needed = {
        f"`{kind}`": ", ".join(" or ".join(titles[name] for name in names) for names in required)
        for kind, required in REQUIRED.items()
    }

    assert {kind: columns for kind, _, columns in table("file kinds")} == needed


def test_the_table_of_settings_has_every_setting_with_its_default():
    """Those of the positions included."""
    own = {name: field.default for name, field in CustomerFileSettings.model_fields.items() if name != "positions"}
    own |= {f"positions.{name}": field.default for name, field in Positions.model_fields.items()}
    written = {f"`{name}`": f"`{list(default) if default == () else default}`" for name, default in own.items()}

    assert {name: default for name, default, _ in table("customer file settings")} == written

"""docs/write-back.md and the runbook tell of the write-back what tests show."""

import ast
import re

from tests.docs.tables import ROOT, table
from upflow_provider.upflow_to_stripe.causes import WORDS, Cause

SENTENCES = 9
"""Sentences of Upflow's page under *Payment sync* and *Payment export error*."""


def test_each_sentence_of_upflows_page_has_a_row_with_its_test():
    """What the native connector does is done here, and a test shows it."""
    rows = table("payment sync")
    for sentence, here, test in rows:
        file, _, name = test.strip("`").partition("::")
        functions = {
            node.name for node in ast.parse((ROOT / file).read_text("utf-8")).body if isinstance(node, ast.FunctionDef)
        }
        assert sentence
        assert here
        assert name in functions, test

    assert len({sentence for sentence, _, _ in rows}) == SENTENCES


def test_each_cause_of_an_error_is_in_the_runbook():
    """Its words in the log lead to an entry that says what to do; and no entry is of the past."""
    section = (
        (ROOT / "docs" / "runbook.md").read_text("utf-8").partition("## Upflow to Stripe")[2].partition("\n## ")[0]
    )
    entries = re.findall(r"^### `(.+)`$", section, re.MULTILINE)

    assert entries == [WORDS[cause].problem for cause in Cause]

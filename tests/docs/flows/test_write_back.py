"""The runbook has an entry for each error of the write-back."""

import re

from tests.docs.tables import ROOT
from upflow_provider.upflow_to_stripe.decisions.causes import WORDS, Cause


def test_each_cause_of_an_error_is_in_the_runbook():
    """Its words in the log lead to an entry that says what to do; and no entry is of the past."""
    section = (
        (ROOT / "docs" / "runbook.md").read_text("utf-8").partition("## Upflow to Stripe")[2].partition("\n## ")[0]
    )
    entries = re.findall(r"^### `(.+)`$", section, re.MULTILINE)

    assert entries == [WORDS[cause].problem for cause in Cause]

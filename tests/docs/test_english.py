"""README and docs/ are plain English: none of the turns of phrase that readers stumble over."""

import re

import pytest

from tests.docs.test_pages import PAGES, ROOT, prose

PHRASES = (
    r"\bmend",
    r"\bof which\b",
    r"\bunder way\b",
    r"\bat once\b",
    r"\bwhatever\b",
    r"\bwhichever\b",
    r"\bwhoever\b",
    r"\bis told\b",
    r"\blet in\b",
    r"\bshall\b",
    r"\bin vain\b",
    r"\bworked out\b",
    r"\bis none of\b",
    r", for (?:it|they|that|this|there|no|we|nobody|what|its|their|Stripe|Upflow|Salesforce)\b",
)
"""Regular expressions of what has a plainer counterpart, such as *immediately* or *concurrently* for *at once*."""
EVERY = (*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md")


@pytest.mark.parametrize("page", EVERY, ids=lambda page: page.name)
def test_no_page_has_a_phrase_that_readers_stumble_over(page):
    """Names in code and programs' output may have them."""
    text = re.sub(r"`[^`]*`", "", prose(page))
    found = [line for line in text.splitlines() if any(re.search(each, line, re.IGNORECASE) for each in PHRASES)]

    assert found == []

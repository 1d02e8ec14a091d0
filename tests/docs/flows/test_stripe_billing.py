"""docs/stripe-billing.md has every sentence of Upflow's page on Stripe Billing, each with a test that exists."""

import re

import pytest

from tests.docs.tables import ROOT, table
from tests.docs.test_docs import TESTS, told_by

SEED = ROOT.parent / "shared" / "seeds" / "stripe-billing.txt"
TITLE = "Connect Stripe Billing with Upflow"
CAPTION = re.compile(r"(?: ?See here:)? ?Capture D.écran [\d ]+À[\d ]+|(?<=:) Export Back To Stripe Billing(?= )")
"""Words that stand for screenshots, which are not the vendor's sentences."""
SENTENCES = re.compile(r"(?:“[^”]*”|[^.:])+[.:]?")


def vendors_sentences(text):
    """Return the sentences and list items of the vendor's page, without headings and captions, in their order."""
    paragraphs = text.partition(TITLE)[2].splitlines()
    found = []
    for line in filter(None, map(str.strip, paragraphs)):
        if line.startswith("•"):
            found.append(line.removeprefix("•").strip())
        elif re.search(r"[.:]", line):
            found += [each.strip() for each in SENTENCES.findall(CAPTION.sub("", line)) if each.strip()]
    return found


def cells():
    """Return the rows of the table: what the vendor says, what is here, and the test's file and name."""
    return [(says, here, *test.strip("`").partition("::")[::2]) for says, here, test in table("stripe billing")]


def test_each_sentence_of_the_table_has_a_test_that_exists():
    """No row without its test, and no sentence twice."""
    said = [says for says, *_ in cells()]

    assert len(said) == len(set(said)) > 15
    for _, here, file, test in cells():
        assert here
        assert test in told_by(TESTS / file), f"tests/{file} has no {test}"


@pytest.mark.skipif(not SEED.exists(), reason="the vendor's page is not on this machine")
def test_every_sentence_of_the_vendors_page_has_its_row():
    """In the vendor's order and words; nothing else is in the table."""
    assert [says for says, *_ in cells()] == vendors_sentences(SEED.read_text(encoding="utf-8"))

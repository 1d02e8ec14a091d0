"""Text arrives as it is, on both ways to write, and a second run has nothing left to do."""

import pytest

from tests.upflow_to_salesforce.export.values.custom_values import assert_settled
from upflow_provider.testing.salesforce.org.fields import long_text_field, rich_text_field

TEXTS = {
    "quotes": 'She said "no" and \'maybe\', twice: ""',
    "commas and semicolons": "a,b;c,,",
    "lines": "first\nsecond\n\nfourth",
    "a formula": "=cmd|' /C calc'!A1",
    "other formulas": "+1-2@x",
    "unicode line separators": "one\u2028two\u2029three\x85four\x0bfive",
    "null's name": "null",
    "a number": "00123.40",
    "a boolean": "FALSE",
    "letters of all kinds": "Zoë 株式会社 🧾 e\u0301",
    "template marks": "{{ 7*7 }} ${x} %s",
    "backslashes": "a\\nb\\",
    "html": "<b>1 & 2</b>",
    "only a quote": '"',
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_arrives_as_it_is(scene, text):
    """Nothing in it is taken for a separator, the end of a line, a formula or another type."""
    scene.salesforce.add_field(long_text_field("Long__c"))
    scene.configure(custom_fields={"Segment": "Long__c"})
    account = scene.customer("cus_1", Segment=text)
    neighbour = scene.customer("cus_2", Segment="plain")
    report = scene.export()

    assert scene.held(account, "Long__c") == (text,)
    assert scene.held(neighbour, "Long__c") == ("plain",)
    assert (report.updated, report.rejected) == (2, 0)
    assert_settled(scene)


@pytest.mark.parametrize("text", ["first\r\nsecond\rthird\n", "first\rsecond\r\rthird", "\rx"])
def test_all_ends_of_lines_become_the_same(scene, text):
    """A lone carriage return is one, too; a field of a single line has a space there."""
    scene.salesforce.add_field(long_text_field("Long__c"))
    scene.configure(custom_fields={"Segment": "Long__c"})
    account = scene.customer("cus_1", Segment=text)
    scene.export()
    assert_settled(scene)
    scene.configure(custom_fields={"Segment": "Segment__c"})
    scene.export()

    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    assert scene.held(account, "Long__c", "Segment__c") == (lines, lines.replace("\n", " "))
    assert_settled(scene)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_in_rich_text_reads_as_it_is(scene, text):
    """It is escaped once, and Salesforce's own HTML of it is no difference."""
    scene.salesforce.add_field(rich_text_field("Rich__c"))
    scene.configure(custom_fields={"Segment": "Rich__c"})
    account = scene.customer("cus_1", Segment=text)
    scene.export()

    html = scene.held(account, "Rich__c")[0]
    assert "<b>" not in html
    assert "&amp;amp;" not in html
    assert_settled(scene)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Fish & chips", "<p>Fish &amp; chips</p>"),
        ("first\nsecond", "<div>first</div><div>second</div>"),
        ("first\nsecond", "first<br/>\nsecond"),
        ('"quoted"', "<span style='x'>&quot;quoted&quot;</span>"),
        ("1 < 2", "1&nbsp;&lt;&nbsp;2"),
    ],
)
def test_rich_text_that_reads_the_same_is_not_written(scene, text, html):
    """However Salesforce's editor puts it."""
    scene.salesforce.add_field(rich_text_field("Rich__c"))
    scene.configure(custom_fields={"Segment": "Rich__c"})
    account = scene.customer("cus_1", Segment=text)
    scene.salesforce.account(account)["Rich__c"] = html
    report = scene.export()

    assert scene.salesforce.updates == []
    assert report.unchanged == 1

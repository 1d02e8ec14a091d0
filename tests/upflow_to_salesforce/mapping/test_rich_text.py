"""HTML is compared by what it reads and links to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upflow_provider.upflow_to_salesforce.mapping.rich_text import link, normal, paragraphs

URL = "https://pay.upflow.io/portal?a=1&b=<2>'\""


@pytest.mark.parametrize(
    "html",
    [
        link(URL),
        f'<a href="{URL.replace(chr(34), "&quot;")}" target="_blank">{URL.replace("<", "&lt;")}</a>',
        f"<p>{link(URL)}</p>",
        f"  <div>\n<b>{link(URL)}</b></div><br/>",
        link(URL).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    ],
)
def test_a_link_is_the_same_however_it_is_written(html):
    """Attributes, other tags, entities and spaces around it do not matter."""
    assert normal(html) == link(URL)


def test_another_address_is_another_link():
    """What it leads to counts, not only what it shows."""
    assert normal('<a href="https://x.test">https://y.test</a>') != link("https://y.test")
    assert normal("<a>https://y.test</a>") == '<a href="">https://y.test</a>'


@pytest.mark.parametrize(
    ("html", "same"),
    [
        ("<p>One</p><p>Two</p>", "One<br>Two"),
        ("One<br />Two", "One<br>Two"),
        ("One &amp;  Two&nbsp;", "One & Two"),
        ("Fish &amp; <b>chips</b>", "Fish &amp; chips"),
        ("a <! b", "a &lt;! b"),
        ("<![if x]>y", "&lt;![if x]&gt;y"),
        ("<![x[y", "&lt;![x[y"),
    ],
)
def test_text_is_the_same_however_it_is_marked_up(html, same):
    """Paragraphs are lines; entities are what they stand for."""
    assert normal(html) == normal(same)


def test_lines_stay_lines_and_markup_stays_text():
    """Text is escaped; blank lines are kept within it."""
    assert paragraphs("a < b & c\n\n<br>") == "a &lt; b &amp; c<br><br>&lt;br&gt;"


@given(st.text())
def test_normal_forms_are_normal(text):
    """Text of any kind comes back as it was written."""
    html = paragraphs(text)

    assert normal(html) == html


@given(st.lists(st.sampled_from(["<", "!", "-", "[", "/", "a", "p", ">", "&", "amp;", "br", "=", '"', " ", "\n", "]"])))
def test_any_html_is_taken(parts):
    """Broken markup is no error, and its normal form is stable."""
    html = normal("".join(parts))

    assert normal(html) == html

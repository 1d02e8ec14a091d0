"""
Text and links in a Text Area (Rich) of Salesforce, which holds HTML.

Salesforce answers HTML in its own words, with other entities and with attributes and tags of its editor. So a normal
form is compared, which has text, line breaks and links, and nothing else.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

_SPACE = re.compile(r"\s+")
_AROUND_BREAK = re.compile(r" ?<br> ?")
_ENDS = re.compile(r"^(?: |<br>)+|(?: |<br>)+$")
_BLOCKS = frozenset({"div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "p", "tr"})


class _Reader(HTMLParser):
    """Collects the normal form of HTML: its `parts`, joined."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.parts.append(f'<a href="{escape(dict(attrs).get("href") or "")}">')
        elif tag == "br":
            self.parts.append("<br>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.parts.append("</a>")
        elif tag in _BLOCKS:
            self.parts.append("<br>")

    def handle_data(self, data: str) -> None:
        self.parts.append(escape(data, quote=False))


def link(url: str) -> str:
    """Return the normal form of a link that shows its own address."""
    return f'<a href="{escape(url)}">{escape(url, quote=False)}</a>'


def paragraphs(text: str) -> str:
    """Return plain text as HTML in normal form: escaped, line by line, with single spaces."""
    return normal("<br>".join(escape(line, quote=False) for line in text.splitlines()))


def normal(html: str) -> str:
    """
    Return the normal form of HTML, which is equal if the HTML reads the same and has the same links.

    Args:
        html: HTML as Salesforce answers it, or as another user wrote it; any text will do.
    """
    reader = _Reader()
    reader.feed(html.replace("<!", "&lt;!"))  # the parser raises for some declarations; here they are text
    reader.close()
    return _ENDS.sub("", _AROUND_BREAK.sub("<br>", _SPACE.sub(" ", "".join(reader.parts))))

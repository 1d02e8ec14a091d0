"""
Text and links within a Text Area (Rich) of Salesforce, which holds HTML.

Salesforce gives HTML back in its own words: other entities, attributes and tags of its editor. What is
compared is therefore the normal form: text, line breaks and links, nothing else.
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
    """Gathers the normal form of HTML: `parts` joined."""

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
    """Return HTML of a link that shows its own address, in normal form."""
    return f'<a href="{escape(url)}">{escape(url, quote=False)}</a>'


def paragraphs(text: str) -> str:
    """Return plain text as HTML in normal form: escaped, lines as lines, runs of spaces as one."""
    return normal("<br>".join(escape(line, quote=False) for line in text.splitlines()))


def normal(html: str) -> str:
    """
    Return the normal form of HTML: equal for what reads the same and links to the same.

    Args:
        html: As Salesforce gives it back, or as another user wrote it; any text is taken.
    """
    reader = _Reader()
    reader.feed(html.replace("<!", "&lt;!"))  # the parser raises for some declarations; here they are text
    reader.close()
    return _ENDS.sub("", _AROUND_BREAK.sub("<br>", _SPACE.sub(" ", "".join(reader.parts))))

"""XML of Salesforce's Metadata API, written the same way each time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

XMLNS = "http://soap.sforce.com/2006/04/metadata"

Node = str | int | Mapping[str, "Node | list[Node]"]
"""What an element holds: text, a number, a boolean, or other elements by name; a list where several have that name."""
Body = Mapping[str, Node | list[Node]]
"""What an element holds that has others in it."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml(root: str, body: Body) -> str:
    """Return a document: its elements in the given order, indented as Salesforce's tools do."""
    element = ET.Element(root, xmlns=XMLNS)
    _fill(element, body)
    ET.indent(element, "    ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(element, encoding="unicode")}\n'


def line(text: str) -> str:
    """Return text as one line that XML can hold."""
    return " ".join(_NOT_IN_XML.sub("", text).splitlines()).strip()


def _fill(element: ET.Element, content: Node) -> None:
    if not isinstance(content, Mapping):
        element.text = str(content).lower() if isinstance(content, bool) else str(content)
        return
    for name, inner in content.items():
        for each in inner if isinstance(inner, list) else [inner]:
            _fill(ET.SubElement(element, name), each)

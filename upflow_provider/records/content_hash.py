"""
Hash of an import's content, which tells changed records from unchanged ones.

It has a part for each of payload, links, balancing documents and custom fields, so that what Upflow lists of a record
can be compared with what was sent, part by part.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from upflow_provider.records.mapped import BalancingDocument, Link, Mapped
    from upflow_provider.records.payloads import Payload

PLAIN, IN_PARTS = "1", "2"
"""
Versions of the hashed form: a payload alone; and payload, links, balancing documents and, if there are any, custom
fields in this order. A new version makes every record count as changed, once.
"""

# Built once: `json.dumps` with options builds an encoder per call, which costs more than the encoding.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class ContentParts(NamedTuple):
    """
    The parts of a content hash that Upflow's lists show, too.

    Attributes:
        payload: Digest of the payload, except custom fields.
        links: Digest of the links; ``None`` if the hash does not say what they are.
        custom_fields: Digest of the custom fields; empty if none were sent.
    """

    payload: str
    links: str | None
    custom_fields: str


def payload_hash(payload: Payload, balancing: Sequence[BalancingDocument] = (), links: Sequence[Link] = ()) -> str:
    """
    Return a hash of a payload, its links and its balancing documents.

    It depends only on values, not on the order of keys or links, or on the process.

    Args:
        payload: Body of an import.
        balancing: Balancing documents; their order counts.
        links: Links of the payload's document.

    Returns:
        Version, colon and 64 hexadecimal digits (SHA-256); with links, balancing documents or custom fields, two or
        three further digests.
    """
    content = [
        (document.collection, document.external_id, document.amount, document.date, document.reason, *document.links)
        for document in balancing
    ]
    balancing_digest = _digest(content) if content else ""
    linked = links_digest((link.external_id, link.amount) for link in links)
    return content_hash(payload_digest(payload), linked, balancing_digest, custom_fields_digest(payload))


def mapped_hash(mapped: Mapped) -> str:
    """Return the hash of what Upflow is to have for a record; that nothing is said of a part of it counts, too."""
    payload = mapped.payload
    if mapped.keeps or mapped.has_no_links:
        payload = cast("Payload", {**payload, "": [list(mapped.keeps), mapped.has_no_links]})
    return payload_hash(payload, mapped.balancing, mapped.links)


def content_hash(payload: str, links: str, balancing: str = "", custom_fields: str = "") -> str:
    """Return the hash of a content whose parts have these digests; a part that does not exist has none."""
    if not links and not balancing and not custom_fields:
        return f"{PLAIN}:{payload}"
    return f"{IN_PARTS}:{payload}:{links}:{balancing}" + (f":{custom_fields}" if custom_fields else "")


def payload_digest(payload: Payload) -> str:
    """Return the digest of a payload, except custom fields, which not every list shows: 64 hexadecimal digits."""
    return _digest([{name: value for name, value in payload.items() if name != "customFields"}])


def custom_fields_digest(payload: Payload) -> str:
    """Return the digest of a payload's custom fields; empty if it has none."""
    values = payload.get("customFields")
    return _digest(values) if values else ""


def links_digest(links: Iterable[tuple[str | None, int | None]]) -> str:
    """Return the digest of links: external ids of documents and amounts, in any order; empty if there are none."""
    amounts = sorted(_encode(each) for each in links)
    return _digest(amounts) if amounts else ""


def parts_of(content: str) -> ContentParts:
    """Return the parts of a content hash; a hash of version 0.1.0 covered all of them in one digest."""
    version, _, rest = content.partition(":")
    payload, links, _, custom_fields, *_ = [*rest.split(":"), "", "", ""]
    return ContentParts(payload, links if version == IN_PARTS else None, custom_fields)


def _digest(content: object) -> str:
    return sha256(_encode(content).encode()).hexdigest()

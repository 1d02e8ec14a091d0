"""
Hash of an import's content, which tells changed records from unchanged ones.

It has a part for each of payload, links and balancing documents, so that what Upflow lists of a record can be compared
with what was sent, part by part.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from upflow_provider.records.mapped import BalancingDocument, Link
    from upflow_provider.records.payloads import Payload

PLAIN, IN_PARTS = "1", "2"
"""
Versions of the hashed form: a payload alone, and payload, links and balancing documents in this order. A new version
makes every record count as changed, once.
"""

# Built once: `json.dumps` with options builds an encoder per call, which costs more than the encoding.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class ContentParts(NamedTuple):
    """
    The parts of a content hash that Upflow's lists show, too.

    Attributes:
        payload: Digest of the payload.
        links: Digest of the links; ``None`` if the hash does not say what they are.
    """

    payload: str
    links: str | None


def payload_hash(payload: Payload, balancing: Sequence[BalancingDocument] = (), links: Sequence[Link] = ()) -> str:
    """
    Return a hash of a payload, its links and its balancing documents.

    It depends only on values, not on the order of keys or links, or on the process.

    Args:
        payload: Body of an import.
        balancing: Balancing documents; their order counts.
        links: Links of the payload's document.

    Returns:
        Version, colon and 64 hexadecimal digits (SHA-256); with links or balancing documents, two further digests.
    """
    content = [
        (document.collection, document.external_id, document.amount, document.date, document.reason, *document.links)
        for document in balancing
    ]
    balancing_digest = _digest(content) if content else ""
    linked = links_digest((link.external_id, link.amount) for link in links)
    return content_hash(payload_digest(payload), linked, balancing_digest)


def content_hash(payload: str, links: str, balancing: str = "") -> str:
    """Return the hash of a content whose parts have these digests; a part that does not exist has none."""
    return f"{IN_PARTS}:{payload}:{links}:{balancing}" if links or balancing else f"{PLAIN}:{payload}"


def payload_digest(payload: Payload) -> str:
    """Return the digest of a payload: 64 hexadecimal digits."""
    return _digest([payload])


def links_digest(links: Iterable[tuple[str | None, int | None]]) -> str:
    """Return the digest of links: external ids of documents and amounts, in any order; empty if there are none."""
    amounts = sorted(_encode(each) for each in links)
    return _digest(amounts) if amounts else ""


def parts_of(content: str) -> ContentParts:
    """Return the parts of a content hash; a hash of version 0.1.0 covered all of them in one digest."""
    version, _, rest = content.partition(":")
    payload, _, others = rest.partition(":")
    return ContentParts(payload, others.partition(":")[0] if version == IN_PARTS else None)


def _digest(content: object) -> str:
    return sha256(_encode(content).encode()).hexdigest()

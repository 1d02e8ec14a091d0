"""Hash of an import's content, which tells changed records from unchanged ones."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upflow_provider.records.mapped import BalancingDocument, Link
    from upflow_provider.records.payloads import Payload

VERSION = "1"
"""Version of the hashed form. A new one makes every record count as changed, once."""

# Built once: `json.dumps` with options builds an encoder per call, which costs more than the encoding.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def payload_hash(payload: Payload, balancing: Sequence[BalancingDocument] = (), links: Sequence[Link] = ()) -> str:
    """
    Return a hash of a payload, its links and its balancing documents.

    It depends only on values, not on the order of keys or on the process.

    Args:
        payload: Body of an import.
        balancing: Balancing documents; their order counts.
        links: Links of the payload's document; their order counts.

    Returns:
        Version, colon and 64 hexadecimal digits (SHA-256).
    """
    content: list[object] = [payload]
    content.extend(
        (document.collection, document.external_id, document.amount, document.date, document.reason, *document.links)
        for document in balancing
    )
    content.extend(links)
    return f"{VERSION}:{sha256(_encode(content).encode()).hexdigest()}"

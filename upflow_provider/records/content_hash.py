"""Hash of what an import sends, to tell changed records from unchanged ones."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upflow_provider.records.mapped import Line, Link
    from upflow_provider.records.payloads import Payload

VERSION = "1"
"""Version of the hashed form. A new one makes every record count as changed, once."""

# Built once: `json.dumps` with options builds an encoder per call, which costs more than the encoding.
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def payload_hash(payload: Payload, lines: Sequence[Line] = (), links: Sequence[Link] = ()) -> str:
    """
    Return a hash of a payload, what it settles, and the balancing documents that go with it.

    It depends on values only: neither on the order of keys nor on the process.

    Args:
        payload: Body of an import.
        lines: Balancing documents; their order counts.
        links: What the payload's document settles; their order counts.

    Returns:
        Version, colon and 64 hexadecimal digits (SHA-256).
    """
    content: list[object] = [payload]
    content.extend(
        (line.collection, line.external_id, line.amount, line.date, line.reason, *line.links) for line in lines
    )
    content.extend(links)
    return f"{VERSION}:{sha256(_encode(content).encode()).hexdigest()}"

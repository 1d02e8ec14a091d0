"""
How long a portal link lives, and when it is renewed.

Upflow's page promises that a link in Salesforce is valid for at least 30 more days, and is replaced every 30 days by
one that is valid for 60, whatever the organization's own setting
(https://docs.upflow.io/en-us/integrations/salesforce/export-data). A link that lives for 60 days and is renewed after
30 leaves no day on which renewal may fail. These days, the margin, are therefore added once, to a customer's first
link; all later ones are made that much earlier than necessary.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

PROMISED = timedelta(days=30)
"""How long a link in Salesforce is valid, at least, at any time."""
PERIOD = timedelta(days=30)
"""Time from one renewal to the next."""
SCHEDULE = timedelta(days=1)
"""Time from one run that renews links to the next."""
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def expiry(customer_id: str, now: datetime, margin: timedelta, replaced: datetime | None = None) -> datetime:
    """
    Return when a link that is minted now is to expire: after 60 days at the earliest.

    Each customer's links expire at the same point of every 30 days. So each day has its share of renewals, however many
    links were minted on one day, and a late renewal does not delay later ones. A first link lives up to 30 days longer
    for this reason; a renewed one lives until the next renewal is due, 30 days after this one was.

    Args:
        customer_id: Decides on the point of the 30 days.
        now: Current time, aware.
        margin: How long renewals may fail.
        replaced: When the link that this one replaces expires; ``None`` for a first link.
    """
    digest = hashlib.sha256(customer_id.encode()).digest()
    share = timedelta(seconds=int.from_bytes(digest[:8]) % int(PERIOD.total_seconds()))
    # Half a period, so that the next renewal is not due at once, however late this one is.
    least = now + PROMISED + max(PERIOD, margin + PERIOD / 2)
    earliest = max(least, (replaced or now + PROMISED + margin) + PERIOD)
    return earliest + (EPOCH + share - earliest) % PERIOD


def is_due(expires_at: datetime, now: datetime, margin: timedelta) -> bool:
    """Return whether a link has to be renewed now, because at the next run less than the margin may be left."""
    return expires_at - now < PROMISED + margin + SCHEDULE

"""
How long a portal link lives, and when it is renewed.

Upflow's page promises a link in Salesforce that is valid for at least 30 more days, renewed every 30 days by one
that is valid for 60, whatever the organization's own setting
(https://docs.upflow.io/en-us/integrations/salesforce/export-data). What is renewed every 30 days and lives 60 has
no day left on which renewal may fail. The days on which it may, the margin, are therefore added once, to a
customer's first link; all later ones are made that much before they would have to be.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

PROMISED = timedelta(days=30)
"""How long a link in Salesforce is valid at any time, at least."""
PERIOD = timedelta(days=30)
"""How long after a renewal the next is due."""
SCHEDULE = timedelta(days=1)
"""Time between two runs that renew links."""
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def expiry(customer_id: str, now: datetime, margin: timedelta, replaced: datetime | None = None) -> datetime:
    """
    Return when a link that is minted now is to expire: after 60 days at the earliest.

    Links expire at an instant of the 30 days that is the customer's own: so each day has its share of renewals,
    however many links were minted on one day, and a renewal that is late does not move the ones after it. A first
    link lives up to 30 days longer for it, a renewed one as long as it takes for the next to be due 30 days after
    this one was.

    Args:
        customer_id: Decides on the instant within the 30 days.
        now: Aware.
        margin: How long renewals may fail.
        replaced: When the link that this one replaces expires; ``None`` for a first link.
    """
    digest = hashlib.sha256(customer_id.encode()).digest()
    share = timedelta(seconds=int.from_bytes(digest[:8]) % int(PERIOD.total_seconds()))
    # Half a period: however late, and whatever the margin was before, the next renewal is not due at once.
    least = now + PROMISED + max(PERIOD, margin + PERIOD / 2)
    earliest = max(least, (replaced or now + PROMISED + margin) + PERIOD)
    return earliest + (EPOCH + share - earliest) % PERIOD


def is_due(expires_at: datetime, now: datetime, margin: timedelta) -> bool:
    """Tell whether a link has to be renewed now, for the next run may find that less than the margin is left."""
    return expires_at - now < PROMISED + margin + SCHEDULE

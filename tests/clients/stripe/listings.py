"""Listings of invoices: a window, records within it, and what was listed and asked for."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

START = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2025, 2, 1, tzinfo=UTC)
START_S, END_S = int(START.timestamp()), int(END.timestamp())


def fill(account, number, *, start_s=START_S, per_second=1):
    """Create draft invoices, *per_second* of them in each second."""
    for each in range(number):
        account.create_invoice(None, 100, id=f"in_{each:04d}", created=start_s + each // per_second)


def ids(pages):
    """Return the ids of all records in the order they were listed."""
    return [record["id"] for page in pages for record in page.records]


def query(arrival):
    """Return what a request asked for."""
    return dict(parse_qsl(arrival.query))

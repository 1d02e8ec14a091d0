"""What kinds of requests arrived at the fake Salesforce."""

import re
from collections import Counter
from collections.abc import Iterable

from upflow_provider.testing.wire.request_log import Arrival

KINDS: tuple[tuple[str, str], ...] = (
    ("token", r"POST /services/oauth2/token"),
    ("versions", r"GET /services/data"),
    ("describe", r"GET .*/sobjects/Account/describe"),
    ("limits", r"GET .*/limits"),
    ("query_job", r".* .*/jobs/query(/.*)?"),
    ("query", r"GET .*/query(All)?(/[^/]+)?"),
    ("ingest_job", r".* .*/jobs/ingest(/.*)?"),
    ("collections", r"PATCH .*/composite/sobjects"),
    ("insert", r"POST .*/(composite/sobjects|composite/tree/Account|sobjects/Account)"),
    ("insert", r"PATCH .*/(composite/sobjects/Account/[^/]+|sobjects/Account/[^/]+/[^/]+)"),
    ("account", r".* .*/sobjects/Account/[^/]+"),
    ("bulk_v1", r".* /services/async/.*"),
    ("other", r".*"),
)
"""Name of each kind, and what method and path of its requests look like; the first that fits counts."""
_KINDS = [(kind, re.compile(pattern)) for kind, pattern in KINDS]


def calls(arrivals: Iterable[Arrival]) -> Counter[str]:
    """Count requests by kind, whatever their answer was; see `KINDS`."""
    return Counter(_kind(f"{each.method} {each.path.rstrip('/')}") for each in arrivals)


def _kind(request: str) -> str:
    return next(kind for kind, pattern in _KINDS if pattern.fullmatch(request))

"""The clock of a host is compared with others; a difference is named, and a great one refused."""

import socket
from datetime import UTC, datetime, timedelta

import pytest

from upflow_provider.errors import RetriableError
from upflow_provider.runs.host_clock import HostClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def host(monkeypatch):
    """Return the clock of a host that has a name, which stands at noon."""
    monkeypatch.setattr(socket, "gethostname", lambda: "worker-7")
    return HostClock(lambda: NOON)


@pytest.mark.parametrize(
    ("ahead_s", "says"),
    [
        (734, "host worker-7: its clock is 734 s ahead of the ledger's database"),
        (-734, "host worker-7: its clock is 734 s behind the ledger's database"),
        (10, "its clock is 10 s ahead of"),
        (900, "its clock is 900 s ahead of"),
    ],
)
def test_a_difference_is_a_warning(host, caplog, ahead_s, says):
    """It names the host, the seconds, whose clock it is compared with, and the remedy."""
    host.compare(NOON - timedelta(seconds=ahead_s), "the ledger's database")

    assert says in caplog.text
    assert "NTP" in caplog.text


@pytest.mark.parametrize("ahead_s", [0, 9.9, -9.9])
def test_a_small_difference_is_none(host, caplog, ahead_s):
    """An answer that takes long explains it."""
    host.compare(NOON - timedelta(seconds=ahead_s), "Stripe")

    assert caplog.text == ""


@pytest.mark.parametrize("ahead_s", [901, -901, 3_000_000])
def test_a_great_difference_is_refused(host, ahead_s):
    """Not for good: another host may do the task."""
    with pytest.raises(
        RetriableError, match=f"host worker-7: its clock is {abs(ahead_s):,} s .* Stripe.* another host"
    ):
        host.compare(NOON - timedelta(seconds=ahead_s), "Stripe")

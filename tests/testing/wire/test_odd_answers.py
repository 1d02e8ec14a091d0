"""Odd answers on demand: other bodies, drops of bytes, and gzip that inflates."""

import time

import requests


def test_an_answer_of_any_body(fake):
    """A page of HTML with status 200, as a proxy shows it during maintenance, commits nothing."""
    fake.faults.add("status", status=200, body="<html>back soon</html>")

    answer = requests.get(fake.url, timeout=5)

    assert (answer.status_code, answer.text) == (200, "<html>back soon</html>")
    assert fake.committed == 0


def test_an_answer_that_drips(fake):
    """Its bytes come one by one, and all of them come."""
    fake.faults.add("drip", delay_s=0.002)
    began = time.monotonic()

    with requests.get(fake.url, timeout=5, stream=True) as answer:
        parts = [answer.raw.read(1) for _ in '{"committed":1}']

    assert b"".join(parts) == b'{"committed":1}'
    assert time.monotonic() - began >= 14 * 0.002


def test_an_answer_that_inflates(fake):
    """A few kB of gzip become a million bytes of the same JSON."""
    fake.faults.add("inflated", inflated_bytes=1_000_000)

    answer = requests.get(fake.url, timeout=5)

    assert int(answer.headers["Content-Length"]) < 10_000
    assert len(answer.content) == 1_000_000
    assert answer.json() == {"committed": 1}

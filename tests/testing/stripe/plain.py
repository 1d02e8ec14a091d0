"""Stripe's own SDK, and plain HTTP, against a fake Stripe: without any of our own client code."""

from contextlib import contextmanager

import pytest
import requests


class Stripe:
    """A fake Stripe and two ways to ask it."""

    def __init__(self, fake, session):
        import stripe

        stripe.enable_telemetry = False
        self.fake, self.session, self.module = fake, session, stripe
        self.sdk = self.client()

    def client(self, key=None, **options):
        """Return Stripe's SDK for the fake, with another key or other options."""
        base = {"api": self.fake.url}
        return self.module.StripeClient(key or self.fake.api_key, base_addresses=base, max_network_retries=0, **options)

    def __call__(self, method, path, *, headers=None, **options):
        """Send a request with the key, and return the answer, whatever it is."""
        headers = {"Authorization": f"Bearer {self.fake.api_key}", **(headers or {})}
        return self.session.request(method, f"{self.fake.url}{path}", headers=headers, timeout=5, **options)

    def get(self, path):
        """Read something that is there, and return its JSON."""
        answer = self("GET", path)
        assert answer.ok, (path, answer.status_code, answer.text)
        return answer.json()

    def ids(self, path):
        """Return the ids of one page."""
        return [each["id"] for each in self.get(path)["data"]]

    def refused(self, path, status=400):
        """Ask for what is refused, and return the error object."""
        answer = self("GET", path)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json()["error"]


@contextmanager
def asking(fake):
    """Give both ways to ask a served fake."""
    with requests.Session() as session:
        yield Stripe(fake, session)


@pytest.fixture
def stripe(fake_stripe):
    """Give both ways to ask an empty fake Stripe."""
    with asking(fake_stripe) as both:
        yield both

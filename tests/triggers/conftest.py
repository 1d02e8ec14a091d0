"""A scene for the watcher of Stripe's feed: a fake Stripe and a clock, so that nothing waits for real."""

import asyncio
import json

import pytest
from airflow.triggers.base import TriggerEvent

from upflow_provider.clients.pace import Pace
from upflow_provider.triggers.stripe_events import StripeEventsTrigger

BEGIN = 1_772_452_800


class Scene:
    """A fake Stripe, a clock, and a trigger that goes by it; nothing waits for real."""

    def __init__(self, stripe):
        """Begin at an instant of its own."""
        self.stripe, self.at, self.store, self.fired, self.looks = stripe, float(BEGIN), {}, [], []
        self.acts = {}
        stripe.clock = lambda: int(self.at)

    def trigger(self, **options):
        """Return a trigger of this scene, as the triggerer makes it."""
        trigger = StripeEventsTrigger(**options)
        trigger._monotonic, trigger._sleep = (lambda: self.at - BEGIN), self._sleep
        trigger.asset_state_store = self
        return trigger

    def get(self, key, default=None):
        """Stand in for the asset's state store: return what was set, as JSON gives it back."""
        return json.loads(self.store[key]) if key in self.store else default

    def set(self, key, value):
        """Stand in for the asset's state store."""
        self.store[key] = json.dumps(value)

    async def _sleep(self, seconds):
        """Let time pass, and what happens meanwhile."""
        assert seconds > 0
        self.looks.append(self.at)
        until = self.at + seconds
        for when in sorted(each for each in self.acts if self.at < each <= until):
            self.at = when
            self.acts.pop(when)()
        self.at = until
        if self.at >= self.ends:
            raise asyncio.CancelledError

    def play(self, seconds, trigger=None, **options):
        """Run a trigger for some simulated seconds; return when and what it fired."""
        self.ends = self.at + seconds
        fired = []

        async def run():
            async for event in (trigger or self.trigger(**options)).run():
                assert isinstance(event, TriggerEvent)
                fired.append((self.at - BEGIN, event.payload))

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(run())
        return fired

    def at_second(self, second, act):
        """Have something happen at a time after the beginning."""
        self.acts[BEGIN + second] = act


@pytest.fixture
def scene(fake_stripe, monkeypatch):
    """Give the test a scene whose connection leads to the fake Stripe."""
    fake_stripe.limits.enforced = False
    monkeypatch.setattr(Pace, "wait", lambda _: None)
    connection = {"conn_type": "stripe", "host": fake_stripe.url, "password": fake_stripe.api_key}
    monkeypatch.setenv("AIRFLOW_CONN_STRIPE_DEFAULT", json.dumps({**connection, "extra": {"requests_per_second": 100}}))
    return Scene(fake_stripe)

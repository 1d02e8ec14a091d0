"""A shop without sockets, whose tasks may be killed before and after each request."""

from datetime import timedelta

from tests.bridge import Bridge
from tests.stripe_to_upflow.simulator.wire import Crashed, Sdk, Session
from tests.upflow_to_stripe.till import NOON, Till
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.errors import RetriableError
from upflow_provider.ledger import Ledger
from upflow_provider.testing.stripe.fake import FakeStripe
from upflow_provider.testing.upflow.fake import FakeUpflow
from upflow_provider.upflow_to_stripe.settings import WriteBack


class QuickBridge(Bridge):
    """
    A bridge whose requests take no time.

    Attributes:
        interruption: Called before and after each request.
    """

    interruption = staticmethod(lambda *_: None)

    def sdk(self):
        """Return what stands in for Stripe's client."""
        return Sdk(self.stripe, self._interrupted, self._interrupted)

    def _interrupted(self, _):
        self.interruption()

    def source(self):
        """Return a source of the fake Stripe's records."""
        quick = {"requests_per_second": 1e9, "sleep": self.sleeps.append, "clock": lambda: 0.0}
        return StripeSource(self.sdk(), tick=self.ledger.clock.tick, **quick)

    def client(self, **options):
        """Return a client of the fake Upflow."""
        signed = {"X-Api-Key": self.upflow.api_key, "X-Api-Secret": self.upflow.api_secret}
        session = Session(self.upflow.app, self._interrupted, self._interrupted, signed)
        quick = {"sleep": self.sleeps.append, "clock": lambda: 0.0}
        return UpflowClient(UpflowHttp(session, self.upflow.base_url, **quick, **options))


class Shop(Till):
    """
    A till of such a bridge, whose tasks dice interrupt.

    Args:
        dice: Random numbers.
        engine: Engine of the ledger's database.
        name: Name of the organization.
    """

    def __init__(self, dice, engine, name):
        stripe = FakeStripe(enforce_limits=False)
        upflow = FakeUpflow(enforce_limits=False, clock=lambda: 0.0)
        stripe.url, upflow.url = "http://stripe.test", "http://upflow.test"
        self.dice, self._engine, self.at = dice, engine, NOON
        bridge = QuickBridge(stripe, upflow, Ledger(engine, name, now=lambda: self.at), threads=1)
        super().__init__(bridge, WriteBack(partial="report"), NOON, bridge.sdk)
        self.crashes = self._left = 0

    def lose_ledger(self):
        """Replace the ledger by an empty one, and rebuild it."""
        self.bridge.ledger = Ledger(self._engine, f"{self.bridge.ledger.organization}, lost", now=lambda: self.at)
        self.bridge.inventory()
        self.run(dry_run=True)

    def run_somehow(self, **options):
        """Do a run that may be killed at any of its requests, or end with an outage."""
        self._left = self.dice.choice([0, *range(1, 40)])
        self.bridge.interruption = self._interrupt
        try:
            self.run(**options)
        except (Crashed, RetriableError):
            self.crashes += 1
        finally:
            self.bridge.interruption = QuickBridge.interruption
            self.stripe.faults.clear()

    def _interrupt(self):
        self.at += timedelta(milliseconds=self.dice.choice([1, 200]))
        if self._left:
            self._left -= 1
            if not self._left:
                raise Crashed

    def trouble(self):
        """Let some of the next writes fail, or their answers be lost."""
        kind = self.dice.choice(["reset_after", "reset_before", "truncated", "status", "kept"])
        if kind == "kept":
            self.stripe.replays.failures = self.dice.choices(["never", "before", "after"], k=6)
        else:
            times = self.dice.choice([1, 2, 9])
            self.stripe.faults.add(kind, method="POST", times=times, after=self.dice.randrange(4))

"""Single tries of single tasks of a simulated Airflow, each with clients and caches of its own."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.stripe_to_upflow.simulator.wire import Crashed, sdk_of, session
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.dry_run import DryRun
from upflow_provider.delivery.importer import Importer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.hooks.upflow import UpflowAuth
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.incremental import Incremental
from upflow_provider.stripe_to_upflow.outstanding_check import OutstandingCheck
from upflow_provider.stripe_to_upflow.parents import StripeParents
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BUSY_S = 45.0
"""What a wait for another task's record takes here, lest a lease of ten minutes takes hundreds of them."""


@dataclass(frozen=True)
class Run:
    """
    A run.

    Attributes:
        name: Its name.
        kind: ``sync``, ``replay`` or ``backfill``.
        window: What is replayed or loaded.
        retry_all: Whether all rejected records are tried again.
        is_dry: Whether nothing is written.
    """

    name: str
    kind: str = "sync"
    window: Window | None = None
    retry_all: bool = False
    is_dry: bool = False

    @property
    def steps(self):
        """Its tasks in order."""
        if self.kind == "backfill":
            return (*STREAMS, "closing")
        return ("take", *STREAMS, "finish") if self.is_dry else ("take", *STREAMS, "closing", "finish")


class Task:
    """
    One try of one task.

    Args:
        world: The world.
        run: Its run.
        step: Its name.
        ends_after: Requests, answers and statements after which it is killed; None for never.
        upflow: Another Upflow, and
        ledger: another ledger, for a run that nothing disturbs.

    Attributes:
        may_fail: Whether there was trouble at any time.
    """

    def __init__(self, world, run, step, *, ends_after=None, upflow=None, ledger=None):
        self._world, self._run, self._step, self._ends_after = world, run, step, ends_after
        self._upflow, self._ledger = upflow or world.upflow, ledger or world.ledger
        self.may_fail = world.is_troubled
        sdk = sdk_of(world.stripe, self._session(world.stripe.app, "stripe"))
        waits = {"now": world.clock.now, "clock": world.clock.monotonic, "sleep": world.sleep}
        self._source = StripeSource(sdk, requests_per_second=1e6, dice=lambda: 0.5, **waits)
        self._reader = Reader(self._source)

    def tick(self):
        """Come one thing closer to the sudden end; after it, nothing is done any more."""
        if self._ends_after is not None:
            self._ends_after -= 1
            if self._ends_after <= 0:
                raise Crashed

    def spare(self):
        """Do not kill it any more."""
        self._ends_after = None

    def do(self):
        """Do the task and return its report."""
        if self._step == "closing":
            return self._close_books()
        if self._run.kind == "backfill":
            return self._load()
        incremental = self._incremental()
        if self._step == "take":
            run = self._run
            return incremental.open_window(run.window, retry_all=run.retry_all, dry_run=run.is_dry)
        return incremental.finish() if self._step == "finish" else self._import_changes(incremental)

    def _import_changes(self, incremental):
        """Import what changed in a stream; a later try leaves out what an earlier one has done."""
        stream, states, key = STREAMS[self._step], self._world.states, (self._run.name, self._step)
        begun = states.get(key) or self._world.clock.now()

        def keep(cursor, _):
            incremental.page_done(stream, cursor)
            states[key] = begun

        progress = Progress(stream.name, incremental.window())
        report = self._sync_of(stream).run(incremental.pages(stream, begun), progress=progress, checkpoint=keep)
        incremental.stream_done(stream)
        states.pop(key, None)
        return report

    def _load(self):
        """Load the window of a backfill; a later try goes on after the last page that was done."""
        stream, states, key = STREAMS[self._step], self._world.states, (self._run.name, self._step)
        self._ledger.stamp_watermark(self._world.clock.now())

        def keep(cursor, _):
            states[key] = cursor

        pages = self._reader.pages(stream, self._run.window, states.get(key))
        report = self._sync_of(stream).run(pages, progress=Progress(stream.name, self._run.window), checkpoint=keep)
        states.pop(key, None)
        return report

    def _close_books(self):
        return OutstandingCheck(
            reader=self._reader,
            upflow=self._client(),
            ledger=self._ledger,
            importer=self._importer(),
            options=self._world.options,
            window=Window(LONG_AGO, self._world.clock.now() + timedelta(days=1)),
            run=self._run.name,
            now=self._world.clock.now,
            sleep=lambda _: self._world.sleep(BUSY_S),
        ).run()

    @property
    def _owner(self):
        return f"{self._run.name}/{self._step}"

    def _importer(self):
        return Importer(
            upflow=self._client(),
            ledger=self._ledger,
            parents=StripeParents(self._reader, self._ledger, self._world.options, self._world.clock.now),
            owner=self._owner,
            run=self._run.name,
        )

    def _sync_of(self, stream):
        return StreamSync(
            stream=stream.delivery_stream(self._world.options),
            deliverer=DryRun(self._ledger) if self._run.is_dry else self._importer(),
            ledger=self._ledger,
            sleep=lambda _: self._world.sleep(BUSY_S),
        )

    def _incremental(self):
        now = self._world.clock.now
        return Incremental(source=self._source, reader=self._reader, ledger=self._ledger, run=self._run.name, now=now)

    def _client(self):
        made = self._session(self._upflow.app, "upflow")
        made.auth = UpflowAuth(self._upflow.api_key, self._upflow.api_secret)
        waits = {"clock": self._world.clock.monotonic, "sleep": self._world.sleep}
        return UpflowClient(UpflowHttp(made, self._upflow.base_url, dice=lambda: 0.5, **waits))

    def _session(self, app, where):
        """Return a session that gives the turn away around each request."""

        def before():
            self.tick()
            self._world.pause(where)
            self._world.clock.seconds += self._world.dice.uniform(0.005, 0.2)

        def after():
            self._world.pause(where)
            self.tick()

        return session(app, before, after)

"""Single tries of single tasks of a simulated Airflow, each with clients and caches of its own."""

from datetime import timedelta

from requests import ReadTimeout

from tests.stripe_to_upflow.simulator.run import LONG_AGO
from tests.stripe_to_upflow.simulator.wire import Crashed, Sdk, Session
from upflow_provider.clients.stripe.files import StripeFiles
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.dry_run import DryRun
from upflow_provider.delivery.importer import Importer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.ledger.pdfs import NEXT_SYNC
from upflow_provider.runs.host_clock import HostClock
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window, first_watermark
from upflow_provider.stripe_to_upflow.incremental import Incremental
from upflow_provider.stripe_to_upflow.inventory.inventory import UpflowInventory
from upflow_provider.stripe_to_upflow.inventory.lost_ledger import check_ledger
from upflow_provider.stripe_to_upflow.outstanding_check import OutstandingCheck
from upflow_provider.stripe_to_upflow.parents import StripeParents
from upflow_provider.stripe_to_upflow.pdfs.queue import PDF_STREAMS, PdfQueue, queue_changes
from upflow_provider.stripe_to_upflow.pdfs.upload import PdfUpload
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

KEPT_BACK = 0.5
"""How often the last request of a process that is killed right then arrives, later."""
TIMEOUT_S = 30.0
"""After how long an answer is not waited for any longer."""
BUSY_S = 45.0
"""What a wait for another task's record takes here, lest a lease of ten minutes takes hundreds of them."""


class Task:
    """
    One try of one task, on a host.

    Args:
        world: The world.
        run: Its run.
        step: Its name.
        ends_after: Requests, answers and statements after which it is killed; None for never.
        upflow, ledger: Others, for a run that nothing disturbs.

    Attributes:
        name, host: Its name, the same on each try; number of the host.
        may_fail: Whether there was any trouble.
        is_trusted: Whether Airflow takes it for alive.
        claim: Number and instant, by the ledger's clock, of its last claim.
    """

    def __init__(self, world, run, step, *, ends_after=None, upflow=None, ledger=None):
        self._world, self._run, self.step, self._ends_after = world, run, step, ends_after
        self.upflow, self._ledger = upflow or world.upflow, ledger or world.ledger
        self.name, self.host = f"{run.name}/{step}", world.dice.randrange(len(world.clocks.hosts))
        self.may_fail = world.is_troubled
        self.is_trusted, self.claim = True, None
        sdk = self._sdk = Sdk(world.stripe, *self._interruptions("stripe"))
        waits = {"clock": world.clock.monotonic, "sleep": world.sleep}
        self._host_clock = HostClock(lambda: world.clocks.host_now(self.host))
        self._source = StripeSource(
            sdk, requests_per_second=1e6, dice=lambda: 0.5, tick=self._ledger.clock.tick, host=self._host_clock, **waits
        )
        self._reader = Reader(self._source, self._ledger.settlements)
        self._options = world.fields.options(world.options, self._ledger)

    def tick(self):
        """Come one thing closer to the sudden end; after it, nothing is done any more."""
        if self._ends_after is not None:
            self._ends_after -= 1
            if self._ends_after <= 0:
                raise Crashed

    def spare(self):
        """Do not kill it any more."""
        self._ends_after = None

    def ended(self):
        """Note that its process has come to its end, or is given up."""
        self._world.requests.end(self)

    def do(self):
        """Do the task and return its report."""
        self._host_clock.compare(self._ledger.clock.now(), "the ledger's database")
        if self.step in STREAMS and not self._run.is_dry:  # the first of them comes after the task for custom fields
            self._options = self._world.fields.defined(self._run.name, self._client, self._ledger, self._options)
        if self.step == "inventory":
            return self._take_inventory()
        if self.step == "closing":
            return self._close_books()
        if self.step == "pdfs":
            return self._bring_pdfs()
        if self._run.kind == "backfill":
            return self._load()
        incremental = self._incremental()
        if self.step == "take":
            run = self._run
            found = incremental.open_window(run.window, retry_all=run.retry_all, dry_run=run.is_dry)
            if run.with_pdfs and not run.is_dry:
                queue_changes(self._ledger, run.name)
            return found
        return incremental.finish() if self.step == "finish" else self._import_changes(incremental)

    def _take_inventory(self):
        self._world.inventories += 1
        try:
            return UpflowInventory(self._ledger, self._client(), self._source, self._options).run()
        finally:
            self._world.inventories += 1

    def _import_changes(self, incremental):
        """Import what changed in a stream; a later try leaves out what an earlier one has done."""
        stream, states, key = STREAMS[self.step], self._world.states, (self._run.name, self.step)
        begun = states.get(key) or self._ledger.clock.tick()

        def keep(cursor, _):
            incremental.page_done(stream, cursor)
            if self.is_trusted:
                states[key] = begun

        progress = Progress(stream.name, incremental.window())
        report = self._sync_of(stream).run(incremental.pages(stream, begun), progress=progress, checkpoint=keep)
        incremental.stream_done(stream)
        states.pop(key, None)
        return report

    def _load(self):
        """Load the window of a backfill; a later try goes on after the last page that was done."""
        stream, states, key = STREAMS[self.step], self._world.states, (self._run.name, self.step)
        if self._ledger.watermark() is None:
            self._ledger.stamp_watermark(first_watermark(self._source.server_time(), self._run.window.end))

        def keep(cursor, _):
            if self.is_trusted:
                states[key] = cursor

        pages = self._reader.pages(stream, self._run.window, states.get(key))
        report = self._sync_of(stream).run(pages, progress=Progress(stream.name, self._run.window), checkpoint=keep)
        states.pop(key, None)
        return report

    def _close_books(self):
        if self._run.kind == "backfill" and not self._run.loads_all:
            return self._ledger.balances.hand_over(self._run.name)
        return OutstandingCheck(
            reader=self._reader,
            upflow=self._client(),
            ledger=self._ledger,
            importer=self._importer(),
            options=self._options,
            window=Window(LONG_AGO, self._world.clock.now() + timedelta(days=1)),
            run=self._run.name,
            sleep=lambda _: self._world.sleep(BUSY_S),
            list_payments=self.list_payments,
        ).run()

    def _bring_pdfs(self):
        """Queue the PDFs of the run, and upload what is due."""
        run, report, is_load = self._run, SyncReport(), self._run.kind == "backfill"
        window = run.window if is_load else self._incremental().window()
        uploads_in = run.name if is_load else NEXT_SYNC
        queue = PdfQueue(self._source, self._ledger, run.name, uploads_in, "all", report)
        if is_load:
            queue.add_created(window, [stream for name, stream in PDF_STREAMS.items() if name in run.streams])
        else:
            queue.add_changed(window)
        session = Session(self._world.stripe.app, *self._interruptions("stripe"))
        waits = {"clock": self._world.clock.monotonic, "sleep": self._world.sleep}
        PdfUpload(
            source=self._source,
            files=StripeFiles(self._world.stripe.url, dice=lambda: 0.5, session=session, **waits),
            upflow=self._client(),
            ledger=self._ledger,
            owner=self.name,
            wanted="all",
            sleep=lambda _: self._world.sleep(BUSY_S),
            clock=self._world.clock.monotonic,
        ).run(uploads_in, report, Progress("pdfs", window))
        return report

    def list_payments(self):
        """Do nothing: no payment comes from Upflow."""

    def _importer(self):
        self._check_ledger()
        return Importer(
            upflow=self._client(),
            ledger=self._ledger,
            parents=StripeParents(self._reader, self._ledger, self._options),
            owner=self.name,
            run=self._run.name,
        )

    def _dry_run(self):
        self._check_ledger()
        plan = self._ledger.plan(self._run.name, self.name)
        parents = StripeParents(self._reader, self._ledger, self._options, plan)
        return DryRun(self._ledger, parents, plan)

    def _check_ledger(self):
        check_ledger(self._ledger, self._client(), self._source, is_dry_run=self._run.is_dry)

    def _sync_of(self, stream):
        return StreamSync(
            stream=stream.delivery_stream(self._options),
            deliverer=self._dry_run() if self._run.is_dry else self._importer(),
            ledger=self._ledger,
            sleep=lambda _: self._world.sleep(BUSY_S),
        )

    def _incremental(self):
        return Incremental(source=self._source, reader=self._reader, ledger=self._ledger, run=self._run.name)

    def _client(self):
        signed = {"X-Api-Key": self.upflow.api_key, "X-Api-Secret": self.upflow.api_secret}
        session = Session(self.upflow.app, *self._interruptions("upflow"), signed)
        waits = {"clock": self._world.clock.monotonic, "sleep": self._world.sleep}
        return UpflowClient(UpflowHttp(session, self.upflow.base_url, dice=lambda: 0.5, **waits))

    def _interruptions(self, where):
        """Return what happens before and after each request: the turn is given away, or the process is killed."""
        requests = self._world.requests

        def before(sent):
            if where == "upflow":
                requests.begin(self, sent)
            try:
                self.tick()
            except Crashed:
                if where == "upflow" and self._world.dice.random() < KEPT_BACK:
                    requests.keep_back(sent)
                raise
            self._world.pause(where)
            if where == "upflow" and requests.is_unanswered(sent):
                requests.end(self)
                self._world.clock.seconds += TIMEOUT_S
                raise ReadTimeout
            self._world.clock.seconds += self._world.dice.uniform(0.005, 0.2)

        def after(_):
            self._world.pause(where)
            requests.end(self)
            self.tick()

        return before, after

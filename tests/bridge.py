"""A sync between the fake Stripe and the fake Upflow: what its tests share."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.clock import BEGIN, Clock
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.custom_fields.definitions import FieldDefinitions
from upflow_provider.delivery.dry_run import DryRun
from upflow_provider.delivery.importer import Importer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.hooks.upflow import UpflowAuth
from upflow_provider.ledger import Ledger
from upflow_provider.runs.host_clock import HostClock
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.custom_fields.declared_fields import DeclaredFields
from upflow_provider.stripe_to_upflow.custom_fields.native_reads import native_reads
from upflow_provider.stripe_to_upflow.custom_fields.settings import CustomFieldSettings
from upflow_provider.stripe_to_upflow.incremental import Incremental
from upflow_provider.stripe_to_upflow.inventory.inventory import UpflowInventory
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.outstanding_check import OutstandingCheck
from upflow_provider.stripe_to_upflow.parents import StripeParents
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.upflow_to_stripe.listing import list_payments
from upflow_provider.upflow_to_stripe.settings import WriteBack

ALL = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
JANUARY = int(datetime(2026, 1, 15, tzinfo=UTC).timestamp())


@dataclass
class Bridge:
    """
    Stripe on one side, Upflow on the other, and the ledger between them.

    Attributes:
        now: The world's time, by which the ledger goes; a test that moves it moves the clocks of the fakes as well.
        host: The clock of the host, to be compared with Stripe's; None to compare nothing.
        write_back: Which payments are written back to Stripe; None for none.
    """

    stripe: Any
    upflow: Any
    ledger: Ledger
    options: Options = field(default_factory=Options)
    threads: int = 4
    links: str = "inline"
    losses_per_day: int = 50
    contacts_once: bool = False
    sleeps: list[float] = field(default_factory=list)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    host: HostClock | None = None
    write_back: WriteBack | None = None

    def source(self):
        """Return a source of the fake Stripe's records, whose reads the ledger's clock orders."""
        sdk = open_sdk(self.stripe.api_key, base_url=self.stripe.url)
        options = {
            "tick": self.ledger.clock.tick,
            "host": self.host,
            "further": native_reads(self.options.custom_fields),
        }
        return StripeSource(sdk, requests_per_second=10_000, sleep=self.sleeps.append, **options)

    def client(self, **options):
        """Return a client of the fake Upflow."""
        session = requests.Session()
        session.auth = UpflowAuth(self.upflow.api_key, self.upflow.api_secret)
        return UpflowClient(UpflowHttp(session, self.upflow.base_url, sleep=self.sleeps.append, **options))

    def reader(self):
        """Return a reader of the fake Stripe's records."""
        return Reader(self.source(), self.ledger.settlements)

    def importer(self, owner="me", *, run="", **options):
        """Return an importer; *options* go to the client."""
        return Importer(
            upflow=self.client(**options),
            ledger=self.ledger,
            parents=StripeParents(self.reader(), self.ledger, self.options),
            owner=owner,
            run=run,
            links=self.links,
            losses_per_day=self.losses_per_day,
            contacts_once=self.contacts_once,
        )

    def dry_run(self, task, run=""):
        """Return what counts the requests of one task of a dry run."""
        plan = self.ledger.plan(run, task)
        return DryRun(self.ledger, StripeParents(self.reader(), self.ledger, self.options, plan), plan, self.links)

    def stream_sync(self, stream, *, dry_run=False, owner="me", run=""):
        """Return the sync of one stream."""
        return StreamSync(
            stream=stream.delivery_stream(self.options),
            deliverer=self.dry_run(stream.name, run) if dry_run else self.importer(owner, run=run),
            ledger=self.ledger,
            threads=self.threads,
            sleep=self.sleeps.append,
        )

    def sync(
        self, name, *, window=ALL, dry_run=False, owner="me", pages=None, cursor=None, report=None, watched=None, **run
    ):
        """Sync one stream, whose records somebody may watch, and return its report."""
        if pages is None:
            pages = self.reader().pages(STREAMS[name], window, cursor)
        sync = self.stream_sync(STREAMS[name], dry_run=dry_run, owner=owner)
        sync.stream = watched(sync.stream) if watched else sync.stream
        return sync.run(pages, progress=Progress(name, window), report=report, **run)

    def close(self, owner="me", run=""):
        """Check the invoices of a run and return the report."""
        check = OutstandingCheck(
            reader=self.reader(),
            upflow=self.client(),
            ledger=self.ledger,
            importer=self.importer(owner, run=run),
            options=self.options,
            window=ALL,
            run=run,
            threads=self.threads,
            sleep=self.sleeps.append,
            list_payments=self.list_payments,
        )
        return check.run()

    def list_payments(self):
        """Read Upflow's own payments into the ledger, if they are written back."""
        return self.write_back and list_payments(self.client(), self.ledger.settlements, self.write_back)

    def inventory(self, **options):
        """Take an inventory of Upflow and return the report."""
        return UpflowInventory(self.ledger, self.client(read_only=True), self.source(), self.options, **options).run()

    def declare(self, *, dry_run=False, **custom_fields):
        """Declare custom fields as organizations.yaml does, do the work of the task for them, and return its report."""
        declared = DeclaredFields(CustomFieldSettings.model_validate(custom_fields), self.ledger.findings)
        definitions = FieldDefinitions(self.client(), self.ledger, "fields", is_dry_run=dry_run)
        report = declared.complete(definitions, self.source().refusal)
        self.options = declared.options(self.options, self.ledger.clock.now(), is_dry_run=dry_run)
        return report

    def values(self, collection, external_id):
        """Return the values of custom fields that Upflow has of a record, by name of the field."""
        held = self.imported(collection, external_id).get("customFields", ())
        return {self.upflow.store.custom_fields[each["id"]]["name"]: each["value"] for each in held}

    def incremental(self, run="sync/1", **options):
        """Return a run of the incremental sync."""
        return Incremental(source=self.source(), reader=self.reader(), ledger=self.ledger, run=run, **options)

    def catch_up(self, run="sync/1", window=None, **options):
        """Do one whole run of the incremental sync; return what it found to do, and the reports of its streams."""
        incremental = self.incremental(run)
        report = incremental.open_window(window, **options)
        reports = {}
        for name, stream in STREAMS.items():
            sync = self.stream_sync(stream, owner=f"{run}/{name}", run=run)
            reports[name] = sync.run(incremental.pages(stream), progress=Progress(name, ALL))
            incremental.stream_done(stream)
        reports["closing"] = self.close(f"{run}/closing", run).synced
        incremental.finish()
        return report, reports

    def sync_all(self, **options):
        """Sync every stream in order and return the reports by the streams' names."""
        return {name: self.sync(name, **options) for name in STREAMS}

    def writes(self):
        """Return method and path of every request to Upflow that was no read."""
        return [(each.method, each.path) for each in self.upflow.requests if each.method != "GET"]

    def reads(self):
        """Count the requests to Stripe by what they read."""
        return Counter(each.path.split("/")[2] for each in self.stripe.requests)

    def imported(self, collection, external_id):
        """Return what Upflow shows of a record."""
        return self.upflow.answer(collection, external_id)

    def customer(self, customer_id="cus_1", **fields):
        """Create a customer in Stripe."""
        return self.stripe.create_customer(id=customer_id, **{"created": JANUARY, "name": "Alder", **fields})

    def invoice(self, invoice_id="in_1", customer="cus_1", total=1200, status="open", **fields):
        """Create an invoice in Stripe and lead it to *status*."""
        self.stripe.create_invoice(customer, total, id=invoice_id, **{"created": JANUARY, "tax": total // 6, **fields})
        if status == "draft":
            return
        self.stripe.finalize_invoice(invoice_id)
        change = {
            "paid": self.stripe.pay_invoice,
            "void": self.stripe.void_invoice,
            "uncollectible": self.stripe.mark_uncollectible,
        }.get(status)
        if change:
            change(invoice_id)


@pytest.fixture
def bridge(fake_stripe, fake_upflow, ledger_engine):
    """Give the test both fakes, without limits, and an empty ledger."""
    fake_stripe.limits.enforced = False
    fake_upflow.limits.enforced = False

    def now():
        return bridge.now()  # a test may replace it

    bridge = Bridge(fake_stripe, fake_upflow, Ledger(ledger_engine, "default", now=now))
    return bridge


@pytest.fixture
def clock(bridge):
    """Return the clock of a sync that has begun, with one customer who has one open invoice."""
    clock = Clock()
    bridge.now = clock.now
    bridge.stripe.clock = lambda: int(clock.at.timestamp())
    bridge.customer(created=int(BEGIN.timestamp()) - 86_400)
    bridge.invoice(created=int(BEGIN.timestamp()) - 86_400)
    bridge.ledger.stamp_watermark(clock.now())
    bridge.sync_all()
    bridge.close()
    clock.go_on(minutes=10)
    bridge.catch_up("sync/0")
    clock.go_on(minutes=5)
    bridge.stripe.requests.clear()
    bridge.upflow.requests.clear()
    return clock

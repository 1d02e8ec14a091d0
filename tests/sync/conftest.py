"""A sync between the two fakes: what its tests share."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from upflow_provider.clients.stripe import StripeSource
from upflow_provider.clients.stripe_sdk import open_sdk
from upflow_provider.clients.upflow import UpflowClient
from upflow_provider.hooks.upflow import UpflowAuth
from upflow_provider.importing import Importer
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.mapping.options import Options
from upflow_provider.progress import Progress
from upflow_provider.streams import STREAMS
from upflow_provider.sync import StreamSync
from upflow_provider.window import Window

ALL = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
JANUARY = int(datetime(2026, 1, 15, tzinfo=UTC).timestamp())


@dataclass
class Bridge:
    """Stripe on one side, Upflow on the other, and the ledger between them."""

    stripe: Any
    upflow: Any
    ledger: Ledger
    options: Options = field(default_factory=Options)
    threads: int = 4
    sleeps: list[float] = field(default_factory=list)

    def source(self):
        """Return a source of the fake Stripe's records."""
        sdk = open_sdk(self.stripe.api_key, base_url=self.stripe.url)
        return StripeSource(sdk, requests_per_second=10_000, sleep=self.sleeps.append)

    def client(self, **options):
        """Return a client of the fake Upflow."""
        session = requests.Session()
        session.auth = UpflowAuth(self.upflow.api_key, self.upflow.api_secret)
        return UpflowClient(session, self.upflow.base_url, sleep=self.sleeps.append, **options)

    def importer(self, owner="me", **options):
        """Return an importer; *options* go to the client."""
        return Importer(
            source=self.source(),
            upflow=self.client(**options),
            ledger=self.ledger,
            options=self.options,
            owner=owner,
        )

    def sync(self, name, *, window=ALL, dry_run=False, owner="me", pages=None, cursor=None, report=None, **run):
        """Sync one stream and return its report."""
        stream = STREAMS[name]
        if pages is None:
            pages = self.source().pages(
                stream.resource, start=window.start, end=window.end, expand=stream.expand, cursor=cursor
            )
        sync = StreamSync(
            stream=stream,
            importer=None if dry_run else self.importer(owner),
            ledger=self.ledger,
            options=self.options,
            owner=owner,
            threads=self.threads,
            sleep=self.sleeps.append,
        )
        return sync.run(pages, progress=Progress(name, window), report=report, **run)

    def sync_all(self, **options):
        """Sync every stream in order and return the reports."""
        return [self.sync(name, **options) for name in STREAMS]

    def writes(self):
        """Return method and path of every request to Upflow that was no read."""
        return [(each.method, each.path) for each in self.upflow.requests if each.method != "GET"]

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
def bridge(fake_stripe, fake_upflow, sqlite_url):
    """Give the test both fakes, without limits, and an empty ledger."""
    fake_stripe.limits.enforced = False
    fake_upflow.limits.enforced = False
    engine = prepare(sa.create_engine(sqlite_url))
    yield Bridge(fake_stripe, fake_upflow, Ledger(engine, "default"))
    engine.dispose()

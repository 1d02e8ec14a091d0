"""The write-back between both fakes: what its tests share."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.bridge import Bridge
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.writer import StripeWriter
from upflow_provider.ledger.settlements import Settlement
from upflow_provider.upflow_to_stripe.report import WriteBackReport
from upflow_provider.upflow_to_stripe.settings import WriteBack
from upflow_provider.upflow_to_stripe.settlement_writer import SettlementWriter
from upflow_provider.upflow_to_stripe.write_back import WriteBackRun

REPORT = WriteBack(partial="report")
"""The settings of most tests: parts of invoices are written, too."""
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Till:
    """
    Customers pay in Upflow's portal, and Stripe is told of it.

    Attributes:
        bridge: Both fakes and the ledger.
        settings: What is written, and how.
        at: The time of all.
        sdk_of: Returns Stripe's client; a test may interrupt it.
    """

    bridge: Bridge
    settings: WriteBack = REPORT
    at: datetime = NOON
    sdk_of: object = None
    reports: list = field(default_factory=list)

    def __post_init__(self):
        self.bridge.write_back = self.settings
        self.bridge.now = lambda: self.at
        self.bridge.stripe.clock = lambda: int(self.at.timestamp())
        self.bridge.upflow.now = lambda: self.at
        self.stripe, self.upflow = self.bridge.stripe, self.bridge.upflow

    def go_on(self, **by):
        """Let time pass."""
        self.at += timedelta(**by)

    def use(self, **settings):
        """Change settings."""
        self.settings = self.bridge.write_back = WriteBack.model_validate({**self.settings.model_dump(), **settings})

    def sell(self, *invoices, total=1200, **fields):
        """Have invoices in Stripe, and import them."""
        for each in invoices:
            self.bridge.invoice(each, total=total, **fields)
        self.sync()

    def sync(self):
        """Sync everything, check what is outstanding, and return the reports of all."""
        return [*self.bridge.sync_all().values(), self.bridge.close().synced]

    def pay(self, amounts, **how):
        """Pay in the portal; return the id of the payment."""
        return self.upflow.people.pay(amounts, **how)

    def writer(self, *, is_open=True):
        """Return the client that writes to Stripe."""
        sdk = self.sdk_of() if self.sdk_of else open_sdk(self.stripe.api_key, base_url=self.stripe.url)
        return StripeWriter(sdk, is_open=is_open, sleep=self.bridge.sleeps.append, clock=lambda: 0.0)

    def run(self, *, dry_run=False, retry=()):
        """Do one run of the write-back, and return its report."""
        ledger = self.bridge.ledger
        report = WriteBackReport()
        report.add_listed(self.bridge.list_payments())
        writer = SettlementWriter(
            source=self.bridge.source(),
            writer=self.writer(is_open=not dry_run),
            settlements=ledger.settlements,
            settings=self.settings,
            decimals=self.bridge.options.currency_decimals,
            now=ledger.clock.now,
        )
        self.reports.append(WriteBackRun(ledger, writer, self.settings, is_dry_run=dry_run).run(report, retry))
        return self.reports[-1]

    def writes(self):
        """Return the paths of the requests that write to Stripe, without tests of permissions."""
        sent = [each for each in self.stripe.requests if each.method == "POST"]
        return [each.path.removeprefix("/v1/") for each in sent if each.body and "in_000" not in each.path]

    def settlements(self) -> dict[tuple[str, str], Settlement]:
        """Return what the ledger knows, by payment and invoice."""
        return {(each.payment_id, each.invoice_id): each for each in self.bridge.ledger.settlements.all()}

    def causes(self):
        """Return what is in the way of which payment."""
        return {each.payment_id: each.cause for each in self.settlements().values() if each.cause}

    def invoice(self, invoice_id="in_1"):
        """Return an invoice as Stripe has it."""
        return self.stripe.store.invoices.shown(invoice_id)

    def owed(self, invoice_id="in_1"):
        """Return what remains in Stripe, and what is outstanding in Upflow."""
        shown = self.bridge.imported("invoices", invoice_id)["amountOutstanding"]
        return self.invoice(invoice_id)["amount_remaining"], shown

    def records(self):
        """Return the payment records in Stripe."""
        return list(self.stripe.store.payment_records)

    def assert_no_echo(self):
        """Sync everything: nothing is rejected, and nothing that was written comes back."""
        reports = self.sync()
        assert [each for each in reports if each.rejected] == []
        payments = [each["externalId"] for each in self.upflow.store.payments.values()]
        assert [each for each in payments if each and (each.endswith(":oob") or each.startswith("pr_"))] == []

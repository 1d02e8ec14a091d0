"""Figures that Upflow's API does not tell, worked out once a day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.errors import ConfigurationError, UpflowSyncError
from upflow_provider.testing.salesforce.org.fields import number_field, text_field
from upflow_provider.upflow_to_salesforce.daily_figures import DailyFigures

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
NAMES = ("average_payment_delay", "rating", "payment_method", "payment_method_status")
FIELDS = {
    "average_payment_delay": "Delay__c",
    "rating": "Rating__c",
    "payment_method": "Method__c",
    "payment_method_status": "Method_Status__c",
}


class Office:
    """A scene with a Stripe and a day of its own."""

    def __init__(self, scene, stripe):
        """Map the figures to fields."""
        self.scene, self.stripe, self.at = scene, stripe, NOW
        stripe.limits.enforced = False
        stripe.clock = lambda: int(self.at.timestamp())
        for name in ("Rating__c", "Method__c", "Method_Status__c"):
            scene.salesforce.add_field(text_field(name))
        scene.salesforce.add_field(number_field("Delay__c", scale=1))
        scene.configure(fields={**scene.settings.fields, **FIELDS})

    def source(self):
        """Open the fake Stripe."""
        sdk = open_sdk(self.stripe.api_key, base_url=self.stripe.url)
        return StripeSource(sdk, requests_per_second=10_000, sleep=lambda _: None)

    def customer(self, customer_id):
        """Make a customer in Stripe, in Upflow and with an Account; return the Account's Id."""
        self.stripe.create_customer(id=customer_id)
        return self.scene.customer(customer_id)

    def bill(self, customer_id):
        """Bill a customer in Stripe, and return the invoice's id."""
        made = self.stripe.create_invoice(customer_id, 500)
        return self.stripe.finalize_invoice(made["id"])["id"]

    def held(self, account_id):
        """Return payment method and status of an Account."""
        return self.scene.held(account_id, "Method__c", "Method_Status__c")

    def refresh(self, names=NAMES):
        """Work out what is not of today yet, a moment later."""
        scene, self.at = self.scene, self.at + timedelta(seconds=1)
        scene.now = lambda: self.at
        figures = DailyFigures(
            upflow=scene.client(),
            source=self.source,
            ledger=scene.ledger,
            zone=ZoneInfo("Europe/Paris"),
        )
        return figures.refresh(names)

    def paid(self, customer, amount, due, on):
        """Have a customer pay a new invoice on a day."""
        scene, before = self.scene, set(self.scene.upflow.store.invoices)
        scene.invoice(customer, amount, due=due)
        (number,) = set(scene.upflow.store.invoices) - before
        invoice = scene.upflow.store.invoices[number]["externalId"]
        scene.client().import_(
            "payments",
            {
                "externalId": f"pay-{invoice}",
                "customer": {"externalId": customer},
                "currency": "EUR",
                "amount": amount,
                "validatedAt": on,
                "instrument": "CARD",
                "linkedInvoices": [{"externalId": invoice, "amountLinked": amount}],
            },
        )


@pytest.fixture
def office(scene, fake_stripe):
    """Give the test an office."""
    return Office(scene, fake_stripe)


def test_delay_and_rating_follow_the_documented_rules(office):
    """Days late weighted by gross amounts, over what is paid or overdue; A up to 30 days, D above 90."""
    prompt = office.scene.customer("cus_prompt")
    office.paid("cus_prompt", 10_000, "2026-02-10", "2026-02-20")
    office.paid("cus_prompt", 30_000, "2026-02-10", "2026-02-08")
    late = office.scene.customer("cus_late", owes=5_000, due="2025-12-01")
    nothing = office.scene.customer("cus_new", owes=5_000, due="2030-01-01")
    office.refresh(["average_payment_delay", "rating"])
    office.scene.export()

    assert office.scene.held(prompt, "Delay__c", "Rating__c") == (Decimal("1.0"), "A")
    assert office.scene.held(late, "Delay__c", "Rating__c") == (Decimal("99.0"), "D")
    assert office.scene.held(nothing, "Delay__c", "Rating__c") == (None, None)


def test_payment_method_and_its_status_come_from_stripe(office):
    """What Stripe would charge, in Upflow's words where it has some, and how the last charge went."""
    prompt, refused, wallet, none = (office.customer(name) for name in ("cus_prompt", "cus_bad", "cus_pal", "cus_none"))
    office.stripe.payments.save_method("cus_prompt")
    office.stripe.payments.save_method("cus_bad", "sepa_debit")
    office.stripe.payments.save_method("cus_pal", "paypal")
    office.stripe.payments.refuse(office.bill("cus_prompt"), at=office.stripe.now() - 90)
    office.stripe.pay_invoice(office.bill("cus_prompt"), at=office.stripe.now() - 60)
    office.stripe.pay_invoice(office.bill("cus_bad"), at=office.stripe.now() - 90)
    office.stripe.payments.refuse(office.bill("cus_bad"), at=office.stripe.now() - 60)
    office.refresh()
    office.scene.export()

    assert office.held(prompt) == ("CARD", "Succeeded")
    assert office.held(refused) == ("DIRECT_DEBIT", "Failed")
    assert office.held(wallet) == ("paypal", None)
    assert office.held(none) == (None, None)


def test_a_payment_method_that_was_removed_is_cleared(office):
    """The next day's figures replace all of the day before."""
    account = office.customer("cus_1")
    office.stripe.payments.save_method("cus_1")
    office.refresh()
    office.scene.export()
    settings = office.stripe.store.customers.shown("cus_1")["invoice_settings"]
    office.stripe.update_customer("cus_1", invoice_settings={**settings, "default_payment_method": None})
    office.at += timedelta(days=1)
    office.refresh()
    office.scene.export()

    assert office.held(account) == (None, None)


def test_a_status_stays_when_nothing_newer_is_known(office):
    """Charges of the days since are read, not those of all years."""
    account = office.customer("cus_1")
    office.stripe.pay_invoice(office.bill("cus_1"))
    office.refresh()
    office.at += timedelta(days=400)
    office.refresh()
    office.scene.export()

    assert office.held(account) == (None, "Succeeded")


def test_a_direct_debit_that_failed_after_days_is_told(office):
    """Charges of the last days before the day before are read again."""
    account = office.customer("cus_1")
    bill = office.bill("cus_1")
    charge = office.stripe.payments.charge(bill, 500, method="sepa_debit")
    office.refresh()
    office.at += timedelta(days=6)
    office.stripe.store.charges.held(charge["id"])["status"] = "failed"
    office.refresh()
    office.scene.export()

    assert office.held(account) == (None, "Failed")


def test_figures_are_worked_out_once_a_day(office):
    """The day is the organization's; a second run on it reads neither invoices nor Stripe."""
    office.customer("cus_1")

    assert set(office.refresh()) == set(NAMES)
    before = len(office.stripe.requests), len(office.scene.upflow.requests)
    assert office.refresh() == []
    assert (len(office.stripe.requests), len(office.scene.upflow.requests)) == before
    office.at = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # 00:30 of the next day in Paris
    assert set(office.refresh()) == set(NAMES)


def test_only_figures_that_are_mapped_are_worked_out(office):
    """Who does not map what Stripe knows needs no Stripe."""
    assert set(office.refresh(["rating", "outstanding"])) == {"average_payment_delay", "rating"}
    assert len(office.stripe.requests) == 0


def test_a_figure_of_a_run_that_broke_off_is_worked_out_by_the_next(office):
    """What is not read to its end is not kept."""
    account = office.customer("cus_1")
    office.stripe.payments.save_method("cus_1")
    office.stripe.forbidden = {"charges"}
    with pytest.raises(UpflowSyncError, match="charges"):
        office.refresh()
    office.stripe.forbidden = set()

    assert office.refresh() == ["payment_method_status"]
    office.scene.export()
    assert office.held(account) == ("CARD", None)


def test_figures_of_the_days_before_stay_while_they_cannot_be_worked_out(office):
    """Trouble at Stripe keeps no amount from Salesforce; after three days it is told by a failure."""
    account = office.customer("cus_1")
    office.stripe.payments.save_method("cus_1")
    office.refresh()
    office.stripe.forbidden = {"customers"}
    office.at += timedelta(days=2)
    assert "payment_method" not in office.refresh()
    office.scene.export()
    assert office.held(account) == ("CARD", None)

    office.at += timedelta(days=2)
    with pytest.raises(UpflowSyncError, match="customers"):
        office.refresh()


def test_a_field_that_nobody_tells_is_said_before_anything_is_written(office):
    """Upflow's API does not carry whether collection is paused: no guess is made."""
    office.customer("cus_1")
    office.scene.salesforce.add_field(text_field("Paused__c"))
    office.scene.configure(fields={**office.scene.settings.fields, "collection_status": "Paused__c"})

    with pytest.raises(ConfigurationError, match="collection_status"):
        office.scene.export()
    assert office.scene.salesforce.updates == []

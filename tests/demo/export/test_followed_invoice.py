"""One invoice and its customer, as the three fakes tell of them."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from demo.export.followed_invoice import FollowedInvoice, unpaid_invoices
from demo.screen import Screen
from demo.vendors import Salesforce, Stripe, Upflow
from upflow_provider.testing import Seed
from upflow_provider.testing.seed.salesforce_accounts import CURRENCY, FIELDS, KEY

SEED = Seed(7, 10, 60, datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture
def stripe(fake_stripe):
    """Return a client of a fake Stripe with seeded invoices."""
    fake_stripe.seed(SEED)
    return Stripe(fake_stripe.url, fake_stripe.api_key)


@pytest.fixture
def upflow(stripe, fake_upflow):
    """Return a client of a fake Upflow that holds Stripe's customers, each with all its unpaid invoices."""
    fake_upflow.limits.enforced = False
    upflow = Upflow(fake_upflow.url, fake_upflow.api_key, fake_upflow.api_secret)
    for each in stripe.records("customers"):
        upflow.call("POST", "/v1/customers", {"externalId": each["id"], "name": each["name"]})
    for each in stripe.records("invoices"):
        if each["status"] == "open" and not each["amount_paid"] and each["currency"] == "eur":
            amounts = {"grossAmount": each["amount_remaining"], "netAmount": each["amount_remaining"]}
            dates = {"issuedAt": "2026-01-01", "dueDate": "2026-02-01"}
            ids = {"externalId": each["id"], "customId": each["number"], "customer": {"externalId": each["customer"]}}
            upflow.call("POST", "/v1/invoices", {"currency": "EUR", **ids, **amounts, **dates})
    return upflow


def test_the_first_unpaid_invoice_is_of_a_customer_who_owes_more(stripe, upflow):
    """Each customer comes once, with an invoice of which Upflow's sum is made."""
    found = [each for each in unpaid_invoices(stripe, upflow) if each.currency == "EUR"]
    owed = {each["externalId"]: each["balance"] for each in upflow.records("customers")}
    invoices = {each["externalId"]: each for each in upflow.records("invoices")}

    assert found
    assert len({each.customer for each in found}) == len(found)
    assert all(invoices[each.id]["amountOutstanding"] == each.remaining for each in found)
    more = [owed[each.customer] > each.remaining for each in found]
    assert more == sorted(more, reverse=True)
    assert any(more)


def test_every_moment_is_a_row_with_what_each_system_tells(stripe, upflow, secure_salesforce, tmp_path):
    """A payment lowers what remains in Stripe at once, and elsewhere when it has arrived there."""
    invoice = next(each for each in unpaid_invoices(stripe, upflow) if each.currency == "EUR")
    for each in FIELDS:
        secure_salesforce.add_field(each)
    account = secure_salesforce.add_account(**{KEY: invoice.customer, CURRENCY: "EUR"})
    known = secure_salesforce.credentials
    authority = tmp_path / "certificates" / "authority.pem"
    salesforce = Salesforce(secure_salesforce.url, known.client_id, known.client_secret, trusted=authority)
    followed = FollowedInvoice(invoice, stripe, upflow, salesforce)

    followed.note("loaded")
    secure_salesforce.edit_account(account, Upflow_Outstanding__c=1234.5)
    stripe.act("pay_invoice", invoice_id=invoice.id)
    followed.note("paid")
    screen = Screen(Console(file=io.StringIO(), width=160, highlight=False))
    followed.show(screen)

    [owed] = [each["balance"] for each in upflow.records("customers") if each["externalId"] == invoice.customer]
    loaded, paid = screen.console.file.getvalue().splitlines()[-2:]
    remaining, owing = f"{invoice.remaining / 100:,.2f} EUR", f"{owed / 100:,.2f} EUR"
    assert " ".join(loaded.split()) == f"loaded {remaining} {remaining} {owing} nothing yet"
    assert " ".join(paid.split()) == f"paid 0.00 EUR {remaining} {owing} 1,234.50 EUR"

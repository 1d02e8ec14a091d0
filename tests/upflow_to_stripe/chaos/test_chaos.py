"""
Whatever happens between any two requests, each payment is in Stripe exactly once, or listed with the right cause.

``make test`` pays 150 times, and ``make soak`` some thousand times.
"""

import random
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from tests.amounts import SEED, TIMES
from tests.upflow_to_stripe.chaos.cases import CASES, Case
from tests.upflow_to_stripe.chaos.shop import Shop
from upflow_provider.records.portal.tag import TAG

SHOPS = max(5 * TIMES, 1)
"""Shops, each with `SALES` payments; 50 of them, with 1,500 payments, under ``make soak``."""
SALES = 30
UNFINISHED = {"half-done", "failed", "unserved", "changed"}
"""Causes of what a crash or a failure of Stripe's left, and that only time or somebody who looks can solve."""


@dataclass
class Sale:
    """One payment: its case, its invoices, and its id in Upflow."""

    name: str
    case: Case
    invoices: list[str]
    payment: str = ""


def open_shop(seed, engine):
    """Return a shop with invoices for one payment of each case, and more."""
    dice = random.Random(seed)
    shop = Shop(dice, engine, f"shop {seed}")
    for customer in ("cus_1", "cus_gone"):
        shop.bridge.customer(customer, created=int(shop.at.timestamp()) - 86_400)
    names = [*CASES, *dice.choices(list(CASES), k=SALES - len(CASES))]
    sales = []
    for number, name in enumerate(names):
        case = CASES[name]
        sales.append(Sale(name, case, [f"in_{number}x{each}" for each in case.pay]))
        for invoice in sales[-1].invoices:
            shop.bridge.invoice(invoice, customer=case.customer, total=1000)
    shop.sync()
    for sale in sales:
        amounts = {sale.invoices[number]: amount for number, amount in sale.case.pay.items()}
        sale.payment = shop.pay(amounts, surcharge=sale.case.surcharge, instrument=sale.case.instrument)
        sale.case.meanwhile(shop, sale)
    shop.stripe.delete_customer("cus_gone")
    return shop, sales


def disturb(shop):
    """Do runs that are interrupted, for some days, with syncs in between."""
    for _ in range(14):
        if shop.dice.random() < 0.7:
            shop.trouble()
        shop.run_somehow(retry=shop.dice.choice([(), "all"]), dry_run=shop.dice.random() < 0.1)
        shop.stripe.replays.failures = []
        shop.go_on(hours=shop.dice.choice([0, 0.2, 0.2, 1, 30]))
        if shop.dice.random() < 0.3:
            shop.sync()
        if shop.dice.random() < 0.1:
            shop.lose_ledger()


def settle(shop, sales):
    """Let all be written that can be, refund what is to be refunded, and look again."""
    for _ in range(3):
        shop.go_on(days=4)
        shop.run(retry=[payment for payment, cause in shop.causes().items() if cause in UNFINISHED])
    for sale in sales:
        sale.case.afterwards(shop, sale)
    for _ in range(2):
        shop.go_on(days=2)
        shop.run()


def shown(shop, invoice_id):
    """Return what Stripe shows of payments of the portal on an invoice: those with a tag, and what has no payment."""
    invoice, tagged, applied = shop.invoice(invoice_id), [], 0
    for each in shop.stripe.store.invoice_payments.where("invoice", invoice_id):
        if each["status"] != "paid":
            continue
        applied += each["amount_paid"]
        record_id = each["payment"].get("payment_record")
        if record_id and TAG in shop.stripe.store.payment_records.shown(record_id)["metadata"]:
            tagged.append(each["amount_paid"])
    out_of_band = invoice["amount_due"] - invoice["amount_remaining"] - applied
    return [*tagged, *([out_of_band] if out_of_band else [])]


def booked(shop):
    """Return how much of which invoice is paid in Stripe, and the payment records."""
    return [each["amount_remaining"] for each in shop.stripe.store.invoices], shop.records()


def problems(shop, sale):
    """Yield what is wrong about one payment, in words."""
    causes = {each.cause for each in shop.settlements().values() if each.payment_id == sale.payment}
    if causes - {None} != ({sale.case.cause} if sale.case.cause else set()):
        yield f"{sale.name}: listed as {causes}"
    for number, invoice_id in enumerate(sale.invoices):
        found, wanted = shown(shop, invoice_id), sale.case.written.get(number)
        if found != ([wanted] if wanted else []):
            yield f"{sale.name}: {invoice_id} shows {found} instead of {wanted}"
        invoice = shop.invoice(invoice_id)
        remaining = 0 if invoice["status"] in ("void", "uncollectible") else invoice["amount_remaining"]
        linked = 0 if "refund" in sale.name or sale.name == "late failure" else sale.case.pay[number]
        outstanding = shop.bridge.imported("invoices", invoice_id)["amountOutstanding"]
        if sale.name != "voided" and outstanding != max(remaining + sum(found) - linked, 0):
            yield f"{sale.name}: {invoice_id} shows {outstanding} in Upflow, {remaining} in Stripe"


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.parametrize("number", range(SHOPS))
def test_each_payment_is_written_once_or_listed_with_its_cause(sqlite_url, number):
    """Crashes, lost answers, failures that Stripe keeps, lost ledgers, and syncs in between; the books agree."""
    engine = sa.create_engine(sqlite_url)
    shop, sales = open_shop(SEED + number, engine)
    disturb(shop)
    settle(shop, sales)
    reports = shop.sync()
    rejected = {each for report in reports for each in report.examples}
    doubly_paid = {sale.invoices[0] for sale in sales if sale.name in ("already paid", "more than remains")}
    found = [problem for sale in sales for problem in problems(shop, sale)]
    echoes = [
        each["externalId"]
        for each in shop.upflow.store.payments.values()
        if (each["externalId"] or "").endswith(":oob") or (each["externalId"] or "").startswith("pr_")
    ]
    before = booked(shop)
    shop.run()
    engine.dispose()

    assert found == []
    assert echoes == []
    assert len(rejected) <= 2 * len(doubly_paid), rejected
    assert booked(shop) == before
    assert shop.crashes

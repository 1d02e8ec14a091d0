"""What customers pay in the portal, what happens to it, and what must become of it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """
    A case.

    Attributes:
        pay: Amounts by invoice, of 1,000 minor units each, and how it is paid.
        meanwhile: What happens before it is written; is given the shop and the payment.
        afterwards: What happens once it is written.
        cause: What must be in its way in the end; None if nothing.
        written: What Stripe must show of it in the end, by number of the invoice.
        surcharge: What is paid on top.
        customer: Whose invoices.
    """

    pay: dict[int, int]
    written: dict[int, int]
    meanwhile: Callable = lambda *_: None
    afterwards: Callable = lambda *_: None
    cause: str | None = None
    surcharge: int = 0
    instrument: str = "CARD"
    customer: str = "cus_1"


def on_invoice(method, *values):
    """Return what a method of the fake Stripe does to the first invoice of a payment."""
    return lambda shop, sale: getattr(shop.stripe, method)(sale.invoices[0], *values)


def in_currency(shop, sale):
    """Let the invoice have another currency in Stripe."""
    shop.stripe.store.invoices.held(sale.invoices[0])["currency"] = "usd"


def as_draft(shop, sale):
    """Let the invoice be a draft in Stripe."""
    shop.stripe.store.invoices.held(sale.invoices[0])["status"] = "draft"


def refund(shop, sale):
    """Give the payment back in Upflow."""
    shop.upflow.people.refund(sale.payment)


CASES = {
    "full": Case({0: 1000}, {0: 1000}),
    "partial": Case({0: 400}, {0: 400}),
    "several invoices": Case({0: 1000, 1: 300}, {0: 1000, 1: 300}),
    "surcharge": Case({0: 1000}, {0: 1000}, surcharge=29),
    "surcharge on parts": Case({0: 10, 1: 20}, {0: 10, 1: 20}, surcharge=3),
    "more than remains": Case({0: 1000}, {0: 700}, on_invoice("pay_invoice", 300), cause="rest"),
    "already paid": Case({0: 1000}, {}, on_invoice("pay_invoice"), cause="already paid"),
    "voided": Case({0: 1000}, {}, on_invoice("void_invoice"), cause="void"),
    "draft": Case({0: 1000}, {}, as_draft, cause="draft"),
    "uncollectible": Case({0: 1000}, {0: 1000}, on_invoice("mark_uncollectible")),
    "part of uncollectible": Case({0: 400}, {0: 400}, on_invoice("mark_uncollectible")),
    "other currency": Case({0: 1000}, {}, in_currency, cause="other currency"),
    "deleted customer": Case({0: 1000}, {0: 1000}, customer="cus_gone"),
    "part, deleted customer": Case({0: 400}, {}, customer="cus_gone", cause="customer deleted"),
    "late failure": Case({0: 1000}, {}, refund, instrument="DIRECT_DEBIT"),
    "direct debit": Case({0: 1000}, {0: 1000}, instrument="DIRECT_DEBIT"),
    "refunded": Case({0: 1000}, {0: 1000}, afterwards=refund, cause="refunded"),
    "refunded part": Case({0: 400}, {0: 400}, afterwards=refund, cause="refunded"),
}

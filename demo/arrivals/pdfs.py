"""PDFs of the demonstration: those of open invoices arrive with the history, and that of a new one with the sync."""

from __future__ import annotations

from demo.errors import DemoError
from demo.screen import Screen
from demo.vendors import Stripe, Upflow

TOTAL = 12_000
"""Total of the new invoice, in minor units."""


def new_invoice(stripe: Stripe, customer: str) -> str:
    """Create and finalize an invoice in Stripe; return its id."""
    draft = stripe.act("create_invoice", customer=customer, total=TOTAL)
    stripe.act("finalize_invoice", invoice_id=draft["id"])
    return str(draft["id"])


def show_pdfs(screen: Screen, stripe: Stripe, upflow: Upflow, newest: str | None = None) -> None:
    """
    Print that each open invoice has its PDF in Upflow.

    Args:
        screen: Where to print.
        stripe: Where they come from.
        upflow: Where they are.
        newest: Id of an invoice whose PDF has arrived just now.

    Raises:
        DemoError: One lacks it.
    """
    links = {each["externalId"]: each["pdfUrl"] for each in upflow.records("invoices") if each["pdfUrl"]}
    wanted = {each["id"] for each in stripe.records("invoices") if each["status"] == "open"}
    if missing := wanted - links.keys():
        raise DemoError(f"{len(missing)} open invoices have no PDF in Upflow")
    if newest is None:
        screen.done(f"PDFs of all {len(wanted)} open invoices have arrived, each after its invoice")
    else:
        screen.done(f"The new invoice has its PDF, which the same run brought: {links[newest].partition('?')[0]}")

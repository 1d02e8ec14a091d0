"""The part of the demonstration in which a customer pays in Upflow's portal, and Stripe is told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from demo.airflow import WRITE_BACK, Airflow
from demo.errors import DemoError
from demo.export.followed_invoice import UnpaidInvoice
from demo.run_watch import Watch
from demo.screen import Screen
from demo.totals import money
from demo.vendors import Stripe, Upflow

SURCHARGE = 250
"""What is collected on top for paying by card, in minor units."""


class PortalPayment:
    """
    A payment in the portal, written back.

    Args:
        screen: Where to print.
        airflow: The Airflow that writes it back.
        stripe: Where the invoice comes from.
        upflow: Where it is paid.
    """

    def __init__(self, screen: Screen, airflow: Airflow, stripe: Stripe, upflow: Upflow) -> None:
        self._screen, self._dag, self._stripe, self._upflow = screen, airflow.of(WRITE_BACK), stripe, upflow

    def run(self, invoice: UnpaidInvoice) -> None:
        """
        Pay an invoice in the portal, approve that it is written back, and look at it in Stripe.

        Raises:
            DemoError: Stripe does not show it as paid.
        """
        self._upflow.act("pay", amounts={invoice.id: invoice.remaining}, surcharge=SURCHARGE)
        surcharge = money(SURCHARGE, invoice.currency)
        self._screen.say(
            f"  In Upflow's portal, {invoice} is paid by card, with a surcharge of {surcharge}; {WRITE_BACK} is "
            f"unpaused, and approved; watch it at {self._dag.link()}"
        )
        self._dag.wait_for_dag()
        # It comes before the run that the schedule makes, which would wait for the approval.
        run = self._dag.trigger({"approve": True}, run_after=datetime.now(UTC) - timedelta(minutes=30))
        self._dag.unpause()
        Watch(self._dag, self._upflow, self._screen, {}).until_finished([run])
        shown = self._stripe.get(f"/v1/invoices/{invoice.id}")
        if shown["status"] != "paid" or shown["amount_overpaid"]:
            raise DemoError(f"Stripe shows {invoice} as {shown['status']}, although it was paid in the portal")
        self._screen.done(f"In Stripe, {invoice} is paid: out of band, once, without the surcharge")

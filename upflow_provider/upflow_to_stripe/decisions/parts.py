"""A part of a payment, that is a settlement with the state of both sides, and the steps that may follow. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from upflow_provider.ledger.settlements import Method, Settlement
from upflow_provider.upflow_to_stripe.decisions.causes import Cause
from upflow_provider.upflow_to_stripe.decisions.invoice_state import InvoiceState


@dataclass(frozen=True, slots=True)
class Part:
    """
    A settlement, with what has to be known of both sides; amounts in Stripe's minor units.

    Attributes:
        settlement: The settlement.
        linked: What is linked in Upflow now.
        invoice: The invoice in Stripe.
        others: The other settlements of the invoice in its currency, each with what is linked of it now.
    """

    settlement: Settlement
    linked: int
    invoice: InvoiceState
    others: tuple[tuple[Settlement, int], ...] = ()

    @property
    def all_linked(self) -> int:
        """What is linked to the invoice in Upflow, of all payments that Upflow took."""
        return self.linked + sum(linked for _, linked in self.others)

    @property
    def _known(self) -> list[Settlement]:
        return [self.settlement, *(other for other, _ in self.others)]

    @property
    def _known_ids(self) -> set[str]:
        return {found for each in self._known for found in (each.record_id, each.gateway_id) if found}

    @property
    def unclaimed(self) -> str | None:
        """A payment record of a payment that the ledger does not know any more; ``None`` if there is none."""
        tagged = (each.paid_by for each in self.invoice.applications if each.upflow_payment_id)
        return next((each for each in tagged if each not in self._known_ids), None)

    @property
    def all_shown(self) -> int:
        """What Stripe shows on the invoice of all payments that Upflow took."""
        known, ids = self._known, self._known_ids
        ours = [each for each in self.invoice.applications if each.paid_by in ids or each.upflow_payment_id]
        written = sum(each.amount or 0 for each in known if each.method == "out_of_band")
        return sum(each.amount for each in ours) + min(self.invoice.out_of_band, written)

    @property
    def missing(self) -> int:
        """
        What is still to be written of it.

        What Stripe shows of a payment that was given back in Upflow stands for one that replaces it.
        """
        return max(min(self.linked, self.all_linked - self.all_shown), 0)

    @property
    def is_replacement(self) -> bool:
        """Whether what Stripe shows of other payments, which were given back, stands for all of it."""
        return self.invoice.currency == self.settlement.currency and not self.missing

    @property
    def out_of_band(self) -> int:
        """What other settlements account for of what was paid out of band."""
        return sum(min(each.amount or 0, linked) for each, linked in self.others if each.method == "out_of_band")

    @property
    def shown(self) -> int:
        """What Stripe shows of it, if it was written."""
        settlement = self.settlement
        applied = self.invoice.all_applied_by(settlement.payment_id, settlement.record_id or settlement.gateway_id)
        if applied or settlement.method != "out_of_band":
            return sum(each.amount for each in applied)
        return min(settlement.amount or 0, self.invoice.out_of_band)


@dataclass(frozen=True, slots=True)
class Begin:
    """Write down that *amount* (Stripe's minor units) is about to be written."""

    amount: int


@dataclass(frozen=True, slots=True)
class BeginAnew:
    """Forget what was begun, because somebody has made sure that it counts for nothing."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request to Stripe."""

    request: Literal["pay", "report", "attach"]


@dataclass(frozen=True, slots=True)
class ReportRefund:
    """Report a refund on the payment record, of *amount* in all (Stripe's minor units), *missing* of them now."""

    amount: int
    missing: int


@dataclass(frozen=True, slots=True)
class Written:
    """
    Stripe shows *amount* (its minor units) of the settlement; *record_id* is the payment that it is applied by.

    Without a method, what Stripe shows of another payment stands for it.
    """

    amount: int
    method: Method | None
    record_id: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Both sides agree about it."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing can be done now, because of a cause; *detail* says more, without values."""

    cause: Cause
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Nothing is linked any more, and nothing was written; or wait until *is_final*, because a request may arrive."""

    is_final: bool


Step = Begin | BeginAnew | Send | ReportRefund | Written | Done | Stop | Withdraw
WritingStep = Begin | BeginAnew | Send | ReportRefund
"""Steps that change something in Stripe, or lead to it."""

"""Upflow's list of payments, as settlements of invoices of Stripe's in the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from upflow_provider.errors import NotFoundError
from upflow_provider.ledger.settlements import Settlement, Settlements
from upflow_provider.records.money import CURRENCY, is_amount
from upflow_provider.records.text import is_id, mapping_in
from upflow_provider.upflow_to_stripe.payment_kinds import IMPORTED, WORD, gateway_id, payment_kind

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection
    from upflow_provider.upflow_to_stripe.settings import WriteBack

DAY = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.+Z-]*)?")
"""A date, or a date-time."""


class PaymentReader(Protocol):
    """The part of `UpflowClient` that is used here."""

    def list(self, collection: Collection, **filters: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - Upflow's
        """Yield every record of a collection."""

    def get(self, collection: Collection, ref: str) -> dict[str, Any]:
        """Return one record; raises `NotFoundError` if it does not exist."""


@dataclass(slots=True)
class ListedPayments:
    """
    What a list of Upflow's payments shows.

    Attributes:
        read: Payments on the list.
        own: Those that were not imported.
        unlinked: Those of the latter that settle no invoice of Stripe's.
    """

    read: int = 0
    own: int = 0
    unlinked: int = 0


def list_payments(upflow: PaymentReader, settlements: Settlements, settings: WriteBack) -> ListedPayments:
    """
    Read Upflow's payments, and record what those that were not imported settle.

    A settlement that the list does not show is looked up by its payment, because a list may be short. Money that was
    refunded, or is not linked any more, settles nothing.

    Args:
        upflow: Reads Upflow.
        settlements: Keeps them.
        settings: What kind of payment is which.

    Returns:
        Counts.
    """
    found, counts = {}, ListedPayments()
    own = [each for each in _counted(upflow.list("payments"), counts) if not each.get("externalId")]
    known = settlements.imported(str(each["id"]) for each in own)
    for payment in own:
        parts = list(settlements_of(payment, settings, is_known=payment["id"] in known))
        counts.own += payment["id"] not in known
        counts.unlinked += not parts and payment["id"] not in known
        found.update({(each.payment_id, each.invoice_id): each for each in parts})
    settlements.observe([*found.values(), *_gone(upflow, settlements, settings, found)])
    return counts


def settlements_of(payment: Mapping[str, Any], settings: WriteBack, *, is_known: bool) -> Iterator[Settlement]:
    """
    Yield what a payment settles of invoices that came from Stripe; nothing of a payment that was imported. Pure.

    Args:
        payment: Payment as Upflow lists it: what is linked counts, not the amount, which may have a surcharge on top.
        settings: What kind of payment is which.
        is_known: Whether the ledger knows it as imported.
    """
    kind = payment_kind(payment, settings, is_known=is_known)
    if kind.name == IMPORTED:
        return
    linked: dict[str, int] = {}
    for each in payment.get("linkedInvoices") or ():
        invoice_id, amount = mapping_in(mapping_in(each).get("invoice")).get("externalId"), each.get("linkedAmount")
        if is_id(invoice_id) and is_amount(amount) and amount > 0:
            linked[invoice_id] = linked.get(invoice_id, 0) + amount
    for invoice_id, amount in linked.items():
        yield Settlement(
            payment_id=str(payment["id"]),
            invoice_id=invoice_id,
            kind=kind.name,
            evidence=kind.evidence,
            linked=amount,
            currency=_matching(CURRENCY, payment.get("currency")).upper(),
            instrument=_matching(WORD, payment.get("instrument")) or "UNKNOWN",
            paid_on=_matching(DAY, payment.get("validatedAt") or payment.get("createdAt"))[:10],
            gateway_id=gateway_id(payment, settings),
        )


def _matching(pattern: re.Pattern[str], value: object) -> str:
    """Return a text as it is if it has a form, so that the ledger keeps no text of people's; otherwise none."""
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _counted(payments: Iterable[dict[str, Any]], counts: ListedPayments) -> Iterator[dict[str, Any]]:
    for each in payments:
        counts.read += 1
        yield each


def _gone(
    upflow: PaymentReader,
    settlements: Settlements,
    settings: WriteBack,
    found: Mapping[tuple[str, str], Settlement],
) -> Iterator[Settlement]:
    """Yield the settlements that the list does not show, with what is linked of them now."""
    listed = {payment_id for payment_id, _ in found}
    asked: dict[str, dict[str, Settlement]] = {}
    for known in settlements.all():
        if (known.payment_id, known.invoice_id) in found or not known.linked:
            continue
        if known.payment_id not in listed and known.payment_id not in asked:
            asked[known.payment_id] = _looked_up(upflow, known.payment_id, settings)
        yield asked.get(known.payment_id, {}).get(known.invoice_id, replace(known, linked=0))


def _looked_up(upflow: PaymentReader, payment_id: str, settings: WriteBack) -> dict[str, Settlement]:
    """Return what one payment settles, by invoice; nothing if Upflow does not have it any more."""
    try:
        payment = upflow.get("payments", payment_id)
    except NotFoundError:
        return {}
    return {each.invoice_id: each for each in settlements_of(payment, settings, is_known=False)}

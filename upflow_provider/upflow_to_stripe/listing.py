"""Upflow's list of payments, as settlements of invoices of Stripe's in the ledger."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from upflow_provider.errors import NotFoundError
from upflow_provider.ledger.settlements import Settlement, Settlements
from upflow_provider.records.money import CURRENCY
from upflow_provider.shown_ids import shown_id
from upflow_provider.upflow_to_stripe.linked_invoices import SENDABLE, linked_invoices
from upflow_provider.upflow_to_stripe.payment_kinds import (
    IMPORTED,
    OFFLINE,
    UNDECIDED,
    UNREADABLE,
    UNSUCCESSFUL,
    WORD,
    PaymentKind,
    gateway_id,
    payment_kind,
)

if TYPE_CHECKING:
    from upflow_provider.records.payloads import Collection
    from upflow_provider.upflow_to_stripe.settings import WriteBack

DAY = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.+Z-]*)?")
"""A date, or a date-time."""
UNKNOWN_INVOICE = "unknown"
"""Instead of the invoice of a payment whose links cannot be read."""


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
    refunded, or is not linked any more, settles nothing; but only a list of links that can be read says so.

    Args:
        upflow: Reads Upflow.
        settlements: Keeps them.
        settings: What kind of payment is which.

    Returns:
        Counts.
    """
    counts, ours = ListedPayments(), _by_payment(settlements.all())
    own = [
        each
        for each in _counted(upflow.list("payments"), counts)
        if not each.get("externalId") or _payment_id(each) in ours
    ]
    imported = settlements.imported(_payment_id(each) for each in own)
    found: dict[tuple[str, str], Settlement] = {}
    for payment in own:
        payment_id = _payment_id(payment)
        is_known = payment_id in imported
        parts = list(settlements_of(payment, settings, is_known=is_known, ours=ours.get(payment_id, ())))
        counts.own += not is_known
        counts.unlinked += not parts and not is_known
        found.update({(each.payment_id, each.invoice_id): each for each in parts})
    settlements.observe([*found.values(), *_gone(upflow, ours, settings, found)])
    return counts


def settlements_of(
    payment: Mapping[str, Any], settings: WriteBack, *, is_known: bool, ours: Sequence[Settlement] = ()
) -> Iterator[Settlement]:
    """
    Yield what a payment settles of invoices that came from Stripe; nothing of a payment that was imported. Pure.

    Args:
        payment: Payment as Upflow lists it: what is linked counts, not the amount, which may have a surcharge on top.
        settings: What kind of payment is which.
        is_known: Whether the ledger knows it as imported.
        ours: What the ledger knows that it settles. It stays as it is as long as the links cannot be read, and an
            external id that the payment gets afterwards does not make it an imported one.
    """
    kind = payment_kind(payment, settings, is_known=is_known)
    if kind.name == IMPORTED and not ours:
        return
    links = linked_invoices(payment)
    problem = links.problem if SENDABLE.fullmatch(str(payment.get("id") or "")) else "its id cannot be sent"
    is_written = kind.name in {*settings.kinds, UNDECIDED, UNSUCCESSFUL} or any(each.state != "listed" for each in ours)
    if problem and is_written:
        kind = PaymentKind(UNREADABLE, problem)
    known = {each.invoice_id: each.linked for each in ours if problem}
    amounts = {**links.amounts, **known}
    if problem and is_written and not amounts:
        amounts = {UNKNOWN_INVOICE: 0}
    for invoice_id, amount in amounts.items():
        yield Settlement(
            payment_id=_payment_id(payment),
            invoice_id=invoice_id,
            kind=kind.name,
            evidence=kind.evidence,
            linked=amount,
            currency=_matching(CURRENCY, payment.get("currency")).upper(),
            instrument=_matching(WORD, payment.get("instrument")) or "UNKNOWN",
            paid_on=_matching(DAY, payment.get("validatedAt") or payment.get("createdAt"))[:10],
            gateway_id=gateway_id(payment, settings),
        )


def _payment_id(payment: Mapping[str, Any]) -> str:
    """Return the id of a payment; instead of one that cannot be sent, what messages show of it."""
    given = str(payment.get("id") or "")
    return given if SENDABLE.fullmatch(given) else shown_id(given)


def _by_payment(settlements: Iterable[Settlement]) -> dict[str, list[Settlement]]:
    found: dict[str, list[Settlement]] = defaultdict(list)
    for each in settlements:
        found[each.payment_id].append(each)
    return dict(found)


def _matching(pattern: re.Pattern[str], value: object) -> str:
    """Return a text as it is if it has a form, so that the ledger keeps no text of people's; otherwise none."""
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""


def _counted(payments: Iterable[dict[str, Any]], counts: ListedPayments) -> Iterator[dict[str, Any]]:
    for each in payments:
        counts.read += 1
        yield each


def _gone(
    upflow: PaymentReader,
    ours: Mapping[str, Sequence[Settlement]],
    settings: WriteBack,
    found: Mapping[tuple[str, str], Settlement],
) -> Iterator[Settlement]:
    """Yield the settlements that the list does not show, with what is linked of them now."""
    listed = {payment_id for payment_id, _ in found}
    for payment_id, known in ours.items():
        gone = [each for each in known if (payment_id, each.invoice_id) not in found and _is_linked(each)]
        shown = _looked_up(upflow, known, settings) if gone and payment_id not in listed else {}
        for each in gone:
            kind = OFFLINE if each.kind == UNREADABLE else each.kind
            yield shown.get(each.invoice_id, replace(each, linked=0, kind=kind))


def _is_linked(settlement: Settlement) -> bool:
    """Return whether something is linked as far as the ledger knows, or it does not know."""
    return settlement.linked > 0 or settlement.kind == UNREADABLE


def _looked_up(upflow: PaymentReader, ours: Sequence[Settlement], settings: WriteBack) -> dict[str, Settlement]:
    """Return what one payment settles, by invoice; nothing if Upflow does not have it any more."""
    try:
        payment = upflow.get("payments", ours[0].payment_id)
    except NotFoundError:
        return {}
    return {each.invoice_id: each for each in settlements_of(payment, settings, is_known=False, ours=ours)}

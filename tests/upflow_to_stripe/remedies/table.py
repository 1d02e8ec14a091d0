"""Every error of the write-back, each with a way out of it as the runbook has it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.upflow_to_stripe.remedies.troubles import (
    credit,
    detach,
    fail_once,
    keep_failure,
    link,
    lost,
    mark_as_paid,
    nothing,
    out_of_order,
    pay,
    pay_again,
    refund,
    refuse_uncollectible,
    refused_part,
    relinked,
    settings,
    status,
    with_intent,
    written,
)
from tests.upflow_to_stripe.till import Till
from upflow_provider.upflow_to_stripe.decisions.causes import Cause


@dataclass(frozen=True)
class Remedy:
    """
    A way out of an error.

    Attributes:
        cause: What is in the way.
        trouble: Brings it about, with `in_1` and `in_2` sold for 1,200 each; returns the payment.
        remedy: What the runbook says, given the payment.
        owed: What both sides must show of `in_1` in the end; None if Stripe does not have it any more, or has ended it.
        is_named: Whether the runbook says to name the payment in `retry`.
        is_paid_otherwise: Whether the rest of the invoice is marked as paid in Stripe, too.
    """

    cause: Cause
    trouble: Callable[[Till], str]
    remedy: Callable[[Till, str], object]
    owed: int | None = 0
    is_named: bool = False
    is_paid_otherwise: bool = False


REMEDIES = {
    "say which type it is": Remedy(Cause.UNDECIDED, pay(type="NEW"), settings(types={"NEW": "portal"})),
    "say that it is made by hand": Remedy(Cause.UNDECIDED, pay(type="NEW"), settings(types={"NEW": "manual"}), None),
    "name the status": Remedy(Cause.UNSUCCESSFUL, pay(status="SETTLED"), settings(statuses=["SUCCEEDED", "SETTLED"])),
    "refund what failed": Remedy(Cause.UNSUCCESSFUL, pay(status="FAILED"), refund, 1200),
    "correct the day": Remedy(
        Cause.UNUSABLE,
        pay(500, validatedAt="1960-01-01"),
        lambda till, payment: till.upflow.store.payments[payment].update(validatedAt="2026-03-01"),
        700,
    ),
    "refund what is of another account": Remedy(
        Cause.NO_INVOICE, pay(after=lambda till: till.stripe.store.invoices.remove("in_1", {})), refund, None
    ),
    "finalize the draft": Remedy(Cause.DRAFT, pay(after=status("draft")), status("open")),
    "refund what is void": Remedy(Cause.VOID, pay(after=lambda till: till.stripe.void_invoice("in_1")), refund, None),
    "link what is void elsewhere": Remedy(
        Cause.VOID, pay(after=lambda till: till.stripe.void_invoice("in_1")), link(in_2=1200), None
    ),
    "refund what was paid twice": Remedy(
        Cause.ALREADY_PAID, pay(after=lambda till: till.stripe.pay_invoice("in_1")), refund
    ),
    "link what was paid twice elsewhere": Remedy(
        Cause.ALREADY_PAID, pay(after=lambda till: till.stripe.pay_invoice("in_1")), link(in_2=1200)
    ),
    "refund what was credited": Remedy(
        Cause.CREDITED, pay(after=lambda till: till.stripe.credits.credit("in_1", 1200)), refund
    ),
    "link what was credited elsewhere": Remedy(
        Cause.CREDITED, pay(after=lambda till: till.stripe.credits.credit("in_1", 1200)), link(in_2=1200)
    ),
    "mark as paid in the other currency": Remedy(Cause.OTHER_CURRENCY, pay(currency="USD"), mark_as_paid),
    "report parts": Remedy(Cause.PARTIAL, refused_part, settings(partial="report"), 700),
    "mark as paid when all is": Remedy(Cause.PARTIAL, refused_part, mark_as_paid, is_paid_otherwise=True),
    "refund the rest": Remedy(Cause.REST, pay(after=lambda till: till.stripe.pay_invoice("in_1", 500)), link(in_1=700)),
    "mark the deleted customer's as paid": Remedy(
        Cause.CUSTOMER_DELETED,
        pay(500, after=lambda till: till.stripe.delete_customer("cus_1")),
        mark_as_paid,
        is_paid_otherwise=True,
    ),
    "mark the uncollectible as paid": Remedy(
        Cause.UNCOLLECTIBLE, pay(500, after=refuse_uncollectible), mark_as_paid, is_paid_otherwise=True
    ),
    "refund what changed": Remedy(
        Cause.CHANGED,
        lost("attach_payment", hours=1, then=lambda till: till.stripe.pay_invoice("in_1", 900)),
        refund,
        300,
    ),
    "link what changed to what remains": Remedy(
        Cause.CHANGED,
        lost("attach_payment", hours=1, then=lambda till: till.stripe.pay_invoice("in_1", 900)),
        link(in_1=300),
        0,
        is_named=True,
    ),
    "name the half-done": Remedy(Cause.HALF_DONE, lost("report_payment", hours=25), nothing, 700, is_named=True),
    "wait for the rest": Remedy(
        Cause.UNATTACHABLE, with_intent(520, linked=500), lambda till, _: till.stripe.pay_invoice("in_1", 700)
    ),
    "refund what received too little": Remedy(Cause.UNATTACHABLE, with_intent(1100), refund, 1200),
    "refund what the gateway refunded": Remedy(Cause.GATEWAY_REFUNDED, with_intent(1200, refunded=1200), refund, 1200),
    "link what Stripe applied": Remedy(
        Cause.OVERAPPLIED, with_intent(520, linked=500, is_attached=True), link(in_1=520), 680
    ),
    "name the detached": Remedy(Cause.DETACHED, written(500, then=detach), nothing, 700, is_named=True),
    "refund the detached": Remedy(Cause.DETACHED, written(500, then=detach), refund, 1200),
    "credit what was refunded": Remedy(Cause.REFUNDED, written(then=refund), credit(1200)),
    "credit what was refunded and what remains": Remedy(Cause.REFUNDED, written(500, then=refund), credit(1200)),
    "credit a part that was refunded": Remedy(Cause.REFUNDED, written(then=link(in_1=900)), credit(300)),
    "pay the whole again": Remedy(Cause.REFUNDED, written(then=refund), pay_again),
    "pay more than the part again": Remedy(Cause.REFUNDED, written(500, then=refund), pay_again),
    "detach the record and name the payment": Remedy(Cause.RELINKED, relinked, detach, 700, is_named=True),
    "wait for the network": Remedy(Cause.UNSERVED, pay(before=out_of_order), nothing),
    "wait for a day": Remedy(Cause.FAILED, pay(before=keep_failure), lambda till, _: till.go_on(days=1)),
    "name the refused": Remedy(Cause.REFUSED, pay(before=fail_once), nothing, 0, is_named=True),
}

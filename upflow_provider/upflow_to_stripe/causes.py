"""
What may be in the way of a payment, in words, each with its remedy. Pure.

Stripe refuses most of this with status 400 and no code (https://docs.stripe.com/error-codes), so that the cause comes
from the state of the invoice, read before and after.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Cause(StrEnum):
    """What is in the way of a payment; its value is what the ledger keeps."""

    UNDECIDED = "undecided"
    NO_INVOICE = "no invoice"
    DRAFT = "draft"
    VOID = "void"
    ALREADY_PAID = "already paid"
    OTHER_CURRENCY = "other currency"
    PARTIAL = "partial"
    REST = "rest"
    CUSTOMER_DELETED = "customer deleted"
    UNCOLLECTIBLE = "uncollectible"
    CHANGED = "changed"
    HALF_DONE = "half-done"
    UNATTACHABLE = "unattachable"
    REFUNDED = "refunded"
    UNUSABLE = "unusable"
    UNSERVED = "unserved"
    FAILED = "failed"
    REFUSED = "refused"


class Words(NamedTuple):
    """
    A cause in words.

    Attributes:
        problem: What is wrong.
        remedy: What to do.
    """

    problem: str
    remedy: str


WORDS: dict[Cause, Words] = {
    Cause.UNDECIDED: Words(
        "it is not known what kind of payment it is, so that it is not written",
        "say which kind it is in types or sources of write_back, in organizations.yaml",
    ),
    Cause.NO_INVOICE: Words(
        "Stripe has no such invoice",
        "check that the connection leads to the account that the invoice came from; otherwise refund the payment in "
        "Upflow",
    ),
    Cause.DRAFT: Words(
        "the invoice is a draft in Stripe", "finalize it in Stripe; the payment is then written by itself"
    ),
    Cause.VOID: Words(
        "the invoice is void in Stripe",
        "refund the payment in Upflow, or link it there to another invoice that is open",
    ),
    Cause.ALREADY_PAID: Words(
        "the invoice was paid in Stripe already, so that the customer has paid twice",
        "refund one of both payments, or link this one to another open invoice in Upflow",
    ),
    Cause.OTHER_CURRENCY: Words(
        "the payment and the invoice have different currencies",
        "link the payment in Upflow to an invoice in its currency, or mark the invoice as paid in Stripe by hand",
    ),
    Cause.PARTIAL: Words(
        "it settles a part of the invoice, or several invoices, which Stripe cannot take out of band",
        "set partial: report in write_back, or record it in Stripe by hand when the invoice is paid in full",
    ),
    Cause.REST: Words(
        "more is linked to the invoice than Stripe shows of this payment",
        "refund the rest in Upflow, or link it there to another open invoice",
    ),
    Cause.CUSTOMER_DELETED: Words(
        "Stripe refuses it, and the invoice's customer was deleted in Stripe",
        "mark the invoice as paid in Stripe's dashboard, or void it and refund the payment in Upflow",
    ),
    Cause.UNCOLLECTIBLE: Words(
        "Stripe refuses it, and the invoice is uncollectible in Stripe",
        "mark the invoice as paid in Stripe's dashboard",
    ),
    Cause.CHANGED: Words(
        "less remains to be paid of the invoice than when the writing began",
        "compare the invoice's payments in Stripe with Upflow; if a payment record of this payment is not attached, "
        "leave it so, and refund what was paid twice",
    ),
    Cause.HALF_DONE: Words(
        "the writing began more than a day ago, and Stripe's answer never came: a payment record may exist that is "
        "not attached to the invoice",
        "search Stripe for the payment's id; if there is a record, attach it to the invoice. If there is none, start "
        "the DAG with the payment's id in retry",
    ),
    Cause.UNATTACHABLE: Words(
        "its PaymentIntent is in this Stripe account, and cannot be attached to the invoice",
        "check the PaymentIntent in Stripe: it must have succeeded, with at least the linked amount, and be the "
        "customer's. Attach it there",
    ),
    Cause.REFUNDED: Words(
        "it was refunded, failed or was unlinked in Upflow after it was written; Stripe still shows the invoice as "
        "paid by it",
        "if the invoice is still owed, issue a new one in Stripe; if it is not, issue a credit note for the amount. "
        "Stripe cannot open a paid invoice again",
    ),
    Cause.UNUSABLE: Words(
        "the invoice or the payment has an unexpected form, so that nothing is written",
        "see the details, and correct the record at its source",
    ),
    Cause.UNSERVED: Words(
        "Stripe or the network failed at its requests",
        "nothing: the next runs read the invoice again, and go on from there",
    ),
    Cause.FAILED: Words(
        "Stripe failed at the request, or has got it in another form before, and repeats that answer for a day",
        "nothing: the invoice is read again and the request repeated after a day, unless it was done meanwhile",
    ),
    Cause.REFUSED: Words(
        "Stripe refuses it, and nothing in the state of the invoice says why",
        "look up the request in Stripe's logs by the id in the details, and correct what it says",
    ),
}
"""Each cause in words. An entry for each is in docs/runbook.md."""


def in_words(cause: Cause, detail: str | None = None) -> str:
    """Return a cause with its details and its remedy, in one line."""
    problem, remedy = WORDS[cause]
    details = f" ({detail})" if detail else ""
    return f"{problem}{details}: {remedy}"

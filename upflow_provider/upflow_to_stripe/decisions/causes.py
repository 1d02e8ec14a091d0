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
    UNSUCCESSFUL = "unsuccessful"
    UNUSABLE = "unusable"
    NO_INVOICE = "no invoice"
    DRAFT = "draft"
    VOID = "void"
    ALREADY_PAID = "already paid"
    CREDITED = "credited"
    OTHER_CURRENCY = "other currency"
    PARTIAL = "partial"
    REST = "rest"
    CUSTOMER_DELETED = "customer deleted"
    UNCOLLECTIBLE = "uncollectible"
    CHANGED = "changed"
    HALF_DONE = "half-done"
    UNATTACHABLE = "unattachable"
    GATEWAY_REFUNDED = "gateway refunded"
    OVERAPPLIED = "overapplied"
    DETACHED = "detached"
    REFUNDED = "refunded"
    RELINKED = "relinked"
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
        "say which kind it is in types or sources of write_back in organizations.yaml; if it shows several payments at "
        "the gateway, name the field of the right one in gateway_fields",
    ),
    Cause.UNSUCCESSFUL: Words(
        "its status in Upflow does not say that it succeeded",
        "if the status means success, add it to statuses of write_back in organizations.yaml; otherwise refund the "
        "payment in Upflow, or unlink it there",
    ),
    Cause.UNUSABLE: Words(
        "the invoice or the payment has an unexpected form, so that nothing is written",
        "see the details, and correct the record at its source",
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
        "refund this payment in Upflow, or link it there to another invoice that is open",
    ),
    Cause.CREDITED: Words(
        "a credit note in Stripe has settled the invoice meanwhile",
        "refund this payment in Upflow, or link it there to another invoice that is open",
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
        "compare the invoice's payments in Stripe with Upflow. Refund in Upflow what was paid twice, or link it to "
        "another open invoice, and start the DAG with the payment's id in retry; leave a payment record that is not "
        "attached as it is",
    ),
    Cause.HALF_DONE: Words(
        "the writing began more than a day ago, and Stripe's answer never came: a payment record may exist that is "
        "not attached to the invoice",
        "search Stripe for the payment's id; if there is a record, attach it to the invoice. If there is none, start "
        "the DAG with the payment's id in retry",
    ),
    Cause.UNATTACHABLE: Words(
        "its PaymentIntent is in this Stripe account, and cannot be attached to the invoice",
        "see the details and the runbook; do not mark the invoice as paid out of band, because the money would count "
        "twice",
    ),
    Cause.GATEWAY_REFUNDED: Words(
        "its PaymentIntent is in this Stripe account, and was refunded there",
        "refund the payment in Upflow, too, or unlink what was refunded",
    ),
    Cause.OVERAPPLIED: Words(
        "Stripe has applied more of its PaymentIntent to the invoice than is linked in Upflow",
        "link that much to the invoice in Upflow; if it was refunded there, issue a credit note for the amount in "
        "Stripe",
    ),
    Cause.DETACHED: Words(
        "it was written, and Stripe does not show it on the invoice any more",
        "attach it to the invoice again in Stripe, or start the DAG with the payment's id in retry; if it is not "
        "there at all any more, refund it in Upflow",
    ),
    Cause.REFUNDED: Words(
        "it was refunded, failed or was unlinked in Upflow after it was written; Stripe still shows the invoice as "
        "paid by it",
        "issue a credit note in Stripe, credited outside of Stripe, for this amount and what remains of the invoice; "
        "if it is still owed, issue a new invoice then. Do nothing if the customer pays again in the portal",
    ),
    Cause.RELINKED: Words(
        "it is linked again in Upflow after its refund was reported to Stripe, which takes no refund back",
        "detach its payment record from the invoice in Stripe, and start the DAG with the payment's id in retry",
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

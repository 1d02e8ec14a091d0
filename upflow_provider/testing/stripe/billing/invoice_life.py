"""
How the amounts and the status of one invoice change (https://docs.stripe.com/invoicing/overview).

Arithmetic on the object alone: `billing.invoices` adds what else happens in the account, and the events.

Amounts are integers in minor units, times Unix seconds.
"""

from upflow_provider.testing.stripe.objects.object import Object

STATUS_TIMES = {"paid": "paid_at", "void": "voided_at", "uncollectible": "marked_uncollectible_at"}
"""Which of an invoice's status transitions its status comes with."""


def snapshot_of(buyer: Object) -> Object:
    """Return what a finalized invoice records of its customer."""
    return {
        **{f"customer_{name}": buyer.get(name) for name in ("address", "email", "name", "phone", "tax_exempt")},
        "customer_tax_ids": [
            {"type": each["type"], "value": each["value"]} for each in buyer.get("tax_ids", {}).get("data", ())
        ],
    }


def finalize(draft: Object, *, number: str, at: int, buyer: Object | None, balance: int = 0, minimum: int = 0) -> int:
    """
    Turn a draft into an open invoice, or into a paid one when nothing is to be paid.

    Args:
        draft: The draft.
        number: Its number from now on.
        at: When.
        buyer: Its customer, if that exists.
        balance: What the customer owed before (below zero: was owed), which is settled with it.
        minimum: Least amount that can be charged; less is added to what the customer owes.

    Returns:
        What the customer owes afterwards, apart from the invoice.
    """
    due: int = draft["amount_due"] if draft["total"] >= 0 else draft["total"]
    due, after = max(due + balance, 0), min(due + balance, 0)
    if 0 < due < minimum:
        due, after = 0, due
    draft.update(
        status="open",
        number=number,
        amount_due=due,
        amount_remaining=due - draft["amount_paid"],
        effective_at=at,
        starting_balance=balance,
        ending_balance=after,
        hosted_invoice_url=f"https://invoice.stripe.com/i/{draft['id']}",
        invoice_pdf=f"https://pay.stripe.com/invoice/{draft['id']}/pdf",
        webhooks_delivered_at=at,
    )
    if buyer is not None:
        draft.update(snapshot_of(buyer))
    draft["status_transitions"] = {**draft["status_transitions"], "finalized_at": at}
    if due == 0:
        settle(draft, "paid", at)
    return after


def settle(finalized: Object, status: str, at: int) -> None:
    """Give an invoice its next status: paid (what remains of it), void or uncollectible."""
    finalized["status"] = status
    if status == "paid":
        finalized["amount_paid"] += finalized["amount_remaining"]
        finalized["amount_remaining"] = 0
        finalized["attempted"] = True
    times = {**finalized["status_transitions"], STATUS_TIMES[status]: at}
    finalized["status_transitions"] = times


def pay(finalized: Object, amount: int, at: int) -> None:
    """Take *amount* as paid; the invoice is paid when nothing remains."""
    finalized["amount_paid"] += amount
    finalized["amount_remaining"] -= amount
    if finalized["amount_remaining"] == 0:
        settle(finalized, "paid", at)


def take_back(finalized: Object, amount: int) -> None:
    """Take *amount* as not paid after all; a paid invoice is open again."""
    finalized["amount_paid"] -= amount
    finalized["amount_remaining"] += amount
    if finalized["status"] == "paid":
        finalized["status"] = "open"
        finalized["status_transitions"] = {**finalized["status_transitions"], "paid_at": None}


def creditable(finalized: Object) -> int:
    """Return how much of an invoice has not been credited."""
    credited = finalized["pre_payment_credit_notes_amount"] + finalized["post_payment_credit_notes_amount"]
    left: int = finalized["total"] - credited
    return left


def credit(finalized: Object, pre: int, post: int, at: int) -> None:
    """Take *pre* off what is due, and *post* off what was paid; the invoice is paid when nothing remains."""
    finalized["pre_payment_credit_notes_amount"] += pre
    finalized["post_payment_credit_notes_amount"] += post
    finalized["amount_due"] -= pre
    finalized["amount_remaining"] -= pre
    if pre and finalized["amount_remaining"] == 0:
        settle(finalized, "paid", at)

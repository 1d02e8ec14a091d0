"""Errors that could have been made with money, planted one at a time: the tests of money must catch each."""

from dataclasses import dataclass

from tests.mutants.planting import MONEY


@dataclass(frozen=True)
class PlantedError:
    """
    One error.

    Attributes:
        file: Where, in the package.
        right: What stands there; exactly once.
        wrong: What is planted instead.
        harm: What it would do to a finance team.
        tests: What must catch it.
    """

    file: str
    right: str
    wrong: str
    harm: str
    tests: tuple[str, ...] = MONEY


ERRORS = (
    PlantedError(
        "stripe_to_upflow/mapping/invoice_sum.py",
        "balance=0 if is_void else max(balance, 0)",
        "balance=0",
        "invoices that used credit of the customer's balance stay outstanding",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoice_sum.py",
        "added_debt = max(-balance, 0)",
        "added_debt = 0",
        "debt that Stripe adds to an invoice is never asked for",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoice_sum.py",
        "written_off = max(remaining - max(portal.unknown_to_stripe, 0), 0) if is_uncollectible else 0",
        "written_off = due if is_uncollectible else 0",
        "more is written off than remains of a partly paid invoice",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoice_sum.py",
        "unexplained=paid - applied - portal.recorded - portal.out_of_band",
        "unexplained=paid",
        "invoices are settled twice: by their payment and by what is paid out of band",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoice_sum.py",
        "voided=max(total + added_debt - credited - applied - portal.linked, 0) if is_void else 0",
        "voided=total if is_void else 0",
        "a credited invoice that is voided is credited twice",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoice_sum.py",
        "outstanding=0 if is_void else max(",
        "outstanding=max(",
        "void invoices are reported as different for ever",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoices.py",
        '"grossAmount": sums.gross',
        '"grossAmount": sums.total',
        "debt of the customer's balance is missing from the invoice that it was added to",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoices.py",
        '("payments", "oob", sums.unexplained),',
        '("payments", "oob", sums.applied),',
        "what Stripe's payments settled is settled a second time",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoices.py",
        'parts = (("refunds", "balance", -sums.total),)',
        "parts = ()",
        "a negative invoice looks like money still owed to the customer, who has it in Stripe already",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoices.py",
        'elif invoice["status"] == "void":\n        parts',
        'elif invoice["status"] == "none":\n        parts',
        "void invoices stay outstanding where Upflow does not take their state",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoices.py",
        "date_s = first_instant(dated) or _issued_s(invoice)",
        "date_s = _issued_s(invoice)",
        "write-offs and payments out of band count in the month of issue, which may be closed",
    ),
    PlantedError(
        "records/money.py",
        '"UGX": 2, "MGA": 0',
        '"MGA": 0',
        "amounts in Ugandan shillings are a hundred times too high",
    ),
    PlantedError(
        "records/dates.py",
        "fromtimestamp(epoch_s, time_zone)",
        'fromtimestamp(epoch_s, type(time_zone)("UTC"))',
        "invoices are due on the wrong day",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/payments.py",
        '"amount": linked + surplus',
        '"amount": linked',
        "overpayments are linked beyond their amount",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/applications.py",
        "left = None if left is None else left - applied",
        "left = None if left is None else left - 0 * applied",
        "the last payment of an overpaid invoice settles more than the invoice",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/payments.py",
        'return Skip("not applied to any invoice", remove=True, customer=customer)',
        'return Skip("not applied to any invoice", customer=customer)',
        "a payment that was taken off keeps its invoice paid",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/credit_notes.py",
        "    if left:\n        yield",
        "    if left < 0:\n        yield",
        "what is credited to the customer's balance looks like money still owed to the customer",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/credit_notes.py",
        'return Skip("void", remove=True, customer=customer)',
        'return Skip("void", customer=customer)',
        "a voided credit note still reduces its invoice",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/refunds.py",
        'MADE_STATUSES = {"refund": ("succeeded", "pending")',
        'MADE_STATUSES = {"refund": ("succeeded", "pending", "failed")',
        "a refund that failed counts as made",
    ),
    PlantedError(
        "stripe_to_upflow/mapping/refunds.py",
        "    if rest > 0:\n",
        "    if rest > amount:\n",
        "refunds without a credit note are linked to nothing: the customer seems to owe them",
    ),
    PlantedError(
        "stripe_to_upflow/streams/payments.py",
        'listed = source.find("invoice_payments", expand=EXPAND, payment={"type": kind, kind: paid_by})',
        "pass",
        "a payment of invoices of several months shrinks to those of one",
    ),
    PlantedError(
        "stripe_to_upflow/streams/invoices.py",
        'if isinstance(payments.get("data"), list) and not payments.get("has_more"):',
        'if isinstance(payments.get("data"), list):',
        "invoices with more than ten payments seem to be paid out of band",
    ),
    PlantedError(
        "stripe_to_upflow/streams/refunds.py",
        'if id_in(each.get("refund")) == refund["id"]',
        'if id_in(each.get("refund")) != refund["id"]',
        "refunds are not linked to the credit notes that name them",
    ),
    PlantedError(
        "delivery/writer.py",
        "            self._delete(delivery, key, written)\n            del before[key]\n",
        "            del before[key]\n",
        "write-offs stay when an uncollectible invoice is paid",
    ),
    PlantedError(
        "delivery/links.py",
        'if method == "reconcile" or shows_links(answer, links):',
        "if True:",
        "links that Upflow ignores are taken for set",
    ),
    PlantedError(
        "delivery/decision.py",
        "return Decision(Action.REMOVED)",
        "return Decision(Action.SKIPPED)",
        "nothing is ever removed",
    ),
    PlantedError(
        "delivery/links.py",
        "linked = sum(link.amount for link in links)",
        "linked = links[0].amount if links else 0",
        "a payment of several invoices settles the first only, where links are reconciled",
    ),
    PlantedError(
        "delivery/outcomes.py",
        "others |= dict.fromkeys(set(delivery.linked_invoices or ()) - set(outcome.linked_invoices or ()))",
        "pass",
        "an invoice of another month, which lost its payment, is still shown as closed",
    ),
    PlantedError(
        "records/content_hash.py",
        "payload_hash(payload, mapped.balancing, mapped.links)",
        "payload_hash(payload, mapped.balancing)",
        "a payment moved to another invoice stays where it was",
    ),
    PlantedError(
        "stripe_to_upflow/outstanding_check.py",
        "        self._retry_waiting(report.synced)\n",
        "",
        "records that waited for room never arrive",
    ),
    PlantedError(
        "stripe_to_upflow/outstanding_check.py",
        "for stream in SETTLING_STREAMS:",
        "for stream in list(SETTLING_STREAMS)[:1]:",
        "invoices whose payment belongs to another month are called different",
    ),
)
"""What is planted, one at a time."""

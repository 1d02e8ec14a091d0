"""Errors of the write-back, which changes the book of record, planted one at a time: its tests must catch each."""

from tests.mutants.errors import PlantedError

FLOW = "../upflow_to_stripe/"

SETTLEMENT_ERRORS = (
    PlantedError(
        "ledger/settlements/settlements.py",
        "self._update(before, DECIDING_COLUMNS, changes)",
        "self._update(before, STEP_COLUMNS, changes)",
        "a payment that is refunded while it is written stays paid in Stripe, and nobody is told",
        tests=(f"{FLOW}test_races.py",),
    ),
    PlantedError(
        "ledger/settlements/settlements.py",
        ".where(self._is_ours, settlements.c.invoice_id.in_(changed))",
        ".where(self._is_ours, settlements.c.invoice_id.in_([]))",
        "the refund of a payment that has replaced another one is never listed",
        tests=(f"{FLOW}test_later_changes.py",),
    ),
    PlantedError(
        "upflow_to_stripe/linked_invoices.py",
        'found.problem = "linkedInvoices is no list"',
        "found.problem = None",
        "payments whose links Upflow leaves out of an answer are reported to Stripe as refunded",
        tests=(f"{FLOW}test_unknown_links.py",),
    ),
    PlantedError(
        "upflow_to_stripe/decisions/parts.py",
        "return max(min(self.linked, self.all_linked - self.all_shown), 0)",
        "return self.linked",
        "a payment that replaces a refunded one is counted twice in Stripe",
        tests=(f"{FLOW}test_later_changes.py",),
    ),
    PlantedError(
        "upflow_to_stripe/decisions/steps.py",
        "if min(part.linked, written) > shown and unknown_to_stripe > 0:",
        "if shown < 0:",
        "a payment that somebody detaches in Stripe is owed there for ever, and nobody is told",
        tests=(f"{FLOW}test_later_changes.py",),
    ),
    PlantedError(
        "upflow_to_stripe/decisions/steps.py",
        "is_seen_before, missing = part.settlement.cause == Cause.REFUNDED, amount - _refunded(part)",
        "is_seen_before, missing = True, amount - _refunded(part)",
        "the record of a payment that was unlinked by mistake says for ever that it was refunded",
        tests=(f"{FLOW}test_later_changes.py",),
    ),
    PlantedError(
        "upflow_to_stripe/decisions/methods.py",
        "if received.amount - received.refunded < linked:",
        "if received.amount < linked:",
        "an invoice is paid by money that the customer has back",
        tests=(f"{FLOW}test_gateway.py",),
    ),
    PlantedError(
        "stripe_to_upflow/mapping/portal.py",
        'return money._replace(credited=min(money.given_back, sum(units(each.amount) for each in portal["credited"])))',
        "return money",
        "Upflow chases an invoice that a credit note has settled",
        tests=(f"{FLOW}test_credit_notes.py",),
    ),
    PlantedError(
        "stripe_to_upflow/portal_money.py",
        'others = [each for each in applications if id_in(each.get("invoice")) not in invoices]',
        "others = [each for each in applications if not invoices]",
        "a payment of Stripe's disappears from Upflow because a portal payment of another invoice names it",
        tests=(f"{FLOW}test_gateway.py",),
    ),
    PlantedError(
        "runs/switches.py",
        "return MEANINGS[given]",
        "return bool(given)",
        "payments are written that nobody has approved",
        tests=("../operators/test_switches.py",),
    ),
)
"""What is planted, one at a time."""

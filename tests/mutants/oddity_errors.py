"""Errors that show only where something is odd, planted one at a time: a named test must catch each."""

from tests.mutants.errors import PlantedError

ODDITY_ERRORS = (
    PlantedError(
        "runs/containment.py",
        "if isinstance(error, Exception) and not",
        "if isinstance(error, ArithmeticError) and not",
        "one odd record ends its stream, run after run",
        tests=("../runs/test_containment.py",),
    ),
    PlantedError(
        "stripe_to_upflow/event_feed.py",
        'if path == "id" and str(document.get("object")) not in stream.object_types:',
        'if path == "id" and not str(document.get("id")).startswith(stream.prefixes):',
        "customers whose ids their owner chose are never updated",
        tests=("odd/test_chosen_ids.py",),
    ),
    PlantedError(
        "stripe_to_upflow/streams/refunds.py",
        "found = applications_of_charge(source, charge) if charge else []",
        "found = []",
        "refunds of charges without an intent are taken for refunds of nothing",
        tests=("cases/test_refunds.py",),
    ),
    PlantedError(
        "stripe_to_upflow/streams/refunds.py",
        "if _is_release(source, refund, charge):",
        "if not charge:",
        "money that was never captured is given back in Upflow",
        tests=("cases/test_refunds.py",),
    ),
    PlantedError(
        "stripe_to_upflow/reader.py",
        """            return unreadable(record_id, error)
        if lookups""",
        """            return {"id": record_id, "gone": f"not in Stripe: {type(error)}"}
        if lookups""",
        "a record whose look-up fails is taken for one that does not exist",
        tests=("odd/test_look_ups.py",),
    ),
    PlantedError(
        "delivery/dependents/attempts.py",
        "else reduced(mapped, accessories, str(error))",
        "else reduced(mapped, (), str(error))",
        "customers and their invoices are kept out by a contact",
        tests=("../delivery/test_accessories.py",),
    ),
    PlantedError(
        "delivery/dependents/dependents.py",
        'if _is_new(delivery) or "contacts" not in planned.payload or not _has_dependents(delivery):',
        "if True:",
        "an import removes contacts that another system has brought",
        tests=("../delivery/test_contacts.py",),
    ),
    PlantedError(
        "delivery/dependents/dependents.py",
        "if self._findings.may_lose(self._losses_per_day):",
        "if self._findings.may_lose(self._losses_per_day) or True:",
        "a renamed metadata key takes the contacts of all customers away",
        tests=("../delivery/test_contacts.py",),
    ),
    PlantedError(
        "delivery/dependents/contact_changes.py",
        "duplicate = [each for each, is_main in same if is_main is not None and",
        "duplicate = [each for each, is_main in same if is_main is None and",
        "somebody gets each letter twice",
        tests=("../delivery/test_contacts.py",),
    ),
    PlantedError(
        "delivery/delivery.py",
        "payload_hash=None if is_partial or is_change else self.content or delivery.decision.content,",
        "payload_hash=self.content or delivery.decision.content,",
        "a customer never gets the parent that comes to be after it",
        tests=("test_parents.py",),
    ),
    PlantedError(
        "stripe_to_upflow/mapping/applications.py",
        'applied[each["id"]] = amount if left is None else min(amount, left)',
        'applied[each["id"]] = amount',
        "a paid invoice that becomes void never closes",
        tests=("cases/test_uncollectible_and_void.py",),
    ),
    PlantedError(
        "stripe_to_upflow/mapping/invoice_sum.py",
        'return units.of(document, "total") - sum(units.of(tax, "amount") for tax in taxes)',
        'return units.of(document, "total") - sum(units.of(tax, "amount") for tax in taxes[:0])',
        "the net amount of a credit note is its gross amount",
        tests=("mapping/test_credit_notes.py",),
    ),
)
"""What is planted, one at a time."""

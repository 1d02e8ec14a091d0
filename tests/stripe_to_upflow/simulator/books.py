"""What has to be true of both fakes' books after every run, by arithmetic of their own."""

from collections import defaultdict

from upflow_provider.testing.upflow.records import answers
from upflow_provider.testing.upflow.records.document_types import DEBITS, DOCUMENTS
from upflow_provider.testing.upflow.records.links import Document

SHIFT = {"ISK": -2, "UGX": -2, "MGA": 2}
"""Powers of ten from Stripe's amounts to Upflow's, where they differ."""


def upflows(amount, currency):
    """Return an amount of Stripe's in Upflow's units."""
    shift = SHIFT.get(currency.upper(), 0)
    assert shift >= 0 or amount % 10**-shift == 0
    return amount * 10**shift if shift >= 0 else amount // 10**-shift


def remaining(stripe):
    """Return what Stripe says remains, by invoice."""
    return {
        each["id"]: 0 if each["status"] in {"void", "uncollectible", "draft"} else each["amount_remaining"]
        for each in stripe.store.invoices
    }


def owed_to_customers(stripe):
    """Return what refunds that are not made leave owed to customers, by credit note, in Upflow's units."""
    owed = defaultdict(int)
    for note in stripe.store.credit_notes:
        for each in note["refunds"] if note["status"] == "issued" else ():
            if each["refund"] and stripe.store.refunds.shown(each["refund"])["status"] not in {"succeeded", "pending"}:
                owed[note["id"]] += upflows(each["amount_refunded"], note["currency"])
    return dict(owed)


def unapplied(store):
    """Return what is not linked of payments, credit notes and refunds in Upflow, by external id."""
    left = {
        record["externalId"]: answers.unlinked(store, Document(collection, record["id"]))
        for collection in DOCUMENTS.keys() - {"invoices"}
        for record in store.table(collection).values()
    }
    return {external_id: amount for external_id, amount in left.items() if amount}


def balances_held(store):
    """Return what customers owe in Upflow, by customer and currency: outstanding, less what is not linked."""
    held = defaultdict(int)
    for collection in DOCUMENTS:
        for record in store.table(collection).values():
            key = store.customers[record["customerId"]]["externalId"], record["currency"]
            if collection == "invoices":
                held[key] += answers.outstanding(store, record)
            else:
                sign = 1 if collection in DEBITS else -1
                held[key] += sign * answers.unlinked(store, Document(collection, record["id"]))
    return {key: amount for key, amount in held.items() if amount}


def assert_books_agree(bridge):
    """Compare every invoice, every customer's balance in every currency, and what is not applied."""
    expected = remaining(bridge.stripe)
    owed = owed_to_customers(bridge.stripe)
    balances = defaultdict(int)
    for note_id, amount in owed.items():
        note = bridge.stripe.store.credit_notes.shown(note_id)
        balances[note["customer"], note["currency"].upper()] -= amount
    for each in bridge.stripe.store.invoices:
        amount = upflows(expected[each["id"]], each["currency"])
        balances[each["customer"], each["currency"].upper()] += amount
        if each["status"] != "draft" and (each["total"] >= 0 or each["amount_due"]):
            shown = bridge.imported("invoices", each["id"])["amountOutstanding"]
            assert shown == amount, (each["id"], each["status"], shown, amount)
    assert balances_held(bridge.upflow.store) == {key: amount for key, amount in balances.items() if amount}
    assert unapplied(bridge.upflow.store) == owed


def run(bridge):
    """
    Sync everything, do the closing check, compare the books, and see that a further run has nothing to do.

    The reports are returned by the streams' names.
    """
    reports = bridge.sync_all()
    synced = [*reports.values(), bridge.close().synced]
    assert not any(report.rejected for report in synced), synced
    assert_books_agree(bridge)
    before = len(bridge.writes())
    bridge.sync_all()
    assert bridge.close().checked == 0
    assert bridge.writes()[before:] == []
    return reports


def links(bridge, external_id):
    """Return what a document is linked to in Upflow: amounts by external id of the other document."""
    linked = defaultdict(int)
    for shares in bridge.upflow.snapshot()["links"].values():
        ids = [name for _, name, _ in shares]
        if external_id in ids:
            for _, name, amount in shares:
                linked[name] += amount
    linked.pop(external_id, None)
    return dict(linked)


def documents(bridge):
    """Return the external ids of all documents in Upflow but invoices."""
    snapshot = bridge.upflow.snapshot()
    return {name for collection in DOCUMENTS.keys() - {"invoices"} for name in snapshot[collection]}

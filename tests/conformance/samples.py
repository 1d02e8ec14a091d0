"""One record of each stream, made and changed in the fake Stripe, for the conformance tests."""

CUSTOMER = "cus_1"
INVOICE = "in_1"
PAYMENT = "pi_1"


def customers(bridge):
    """Make a customer."""
    bridge.customer(CUSTOMER, created=bridge.stripe.now())
    return CUSTOMER


def invoices(bridge):
    """Make an open invoice."""
    customers(bridge)
    bridge.invoice(INVOICE, CUSTOMER, created=bridge.stripe.now())
    return INVOICE


def credit_notes(bridge):
    """Make a credit note of a part of an invoice."""
    invoices(bridge)
    return bridge.stripe.credits.credit(INVOICE, 500)["id"]


def payments(bridge):
    """Make a payment of a whole invoice."""
    invoices(bridge)
    bridge.stripe.payments.pay({INVOICE: 1200}, payment_id=PAYMENT)
    return PAYMENT


def refunds(bridge):
    """Make a refund of a part of a payment."""
    payments(bridge)
    return bridge.stripe.credits.refund(PAYMENT, 500)["id"]


SAMPLES = {make.__name__: make for make in (customers, invoices, credit_notes, payments, refunds)}
"""What makes a record of a stream and returns its id, by the stream's name."""

CHANGES = {
    "customers": lambda bridge, customer_id: bridge.stripe.update_customer(customer_id, name="Birch"),
    "invoices": lambda bridge, invoice_id: bridge.stripe.mark_uncollectible(invoice_id),
    "credit_notes": lambda bridge, note_id: bridge.stripe.credits.void(note_id),
    "payments": lambda bridge, payment_id: bridge.stripe.payments.unapply(payment_id, INVOICE),
    "refunds": lambda bridge, refund_id: bridge.stripe.credits.update_refund(refund_id, "failed"),
}
"""What changes such a record so that Upflow has to change, too, by the stream's name."""

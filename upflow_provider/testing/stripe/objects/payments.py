"""
Stripe's payments: intents, charges, payment records, and how they are applied to invoices.

Shapes: https://docs.stripe.com/api/invoice-payment/object and the objects it names. Amounts are
integers in minor units, times Unix seconds.
"""

from upflow_provider.testing.stripe.objects.object import Object


def payment_intent(
    intent_id: str, created: int, *, amount: int, currency: str, customer: str | None, method: str = "card"
) -> Object:
    """Return an intent that awaits its payment."""
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{intent_id}_secret",
        "confirmation_method": "automatic",
        "created": created,
        "currency": currency,
        "customer": customer,
        "customer_account": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": [method],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def succeed(intent: Object, charge_id: str, *, amount: int, at: int) -> Object:
    """Let an intent receive *amount*, and return the charge that brought it."""
    intent.update(status="succeeded", amount=amount, amount_received=amount, latest_charge=charge_id)
    [method] = intent["payment_method_types"]
    return charge(
        charge_id,
        at,
        amount=amount,
        currency=intent["currency"],
        customer=intent["customer"],
        intent=intent["id"],
        method=method,
    )


def charge(
    charge_id: str, created: int, *, amount: int, currency: str, customer: str | None, intent: str | None, method: str
) -> Object:
    """Return a charge that succeeded."""
    return {
        "id": charge_id,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": None,
        "captured": True,
        "created": created,
        "currency": currency,
        "customer": customer,
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "on_behalf_of": None,
        "outcome": None,
        "paid": True,
        "payment_intent": intent,
        "payment_method": None,
        "payment_method_details": {"type": method, method: {}},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def fail(made: Object) -> Object:
    """Make a new charge one that the customer's bank refused."""
    made.update(amount_captured=0, captured=False, paid=False, status="failed")
    made.update(failure_code="card_declined", failure_message="Your card was declined.")
    return made


def payment_method(method_id: str, created: int, *, customer: str, kind: str) -> Object:
    """Return a payment method that is saved for a customer."""
    return {
        "id": method_id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "created": created,
        "customer": customer,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": kind,
        kind: {},
    }


def payment_record(
    record_id: str, created: int, *, amount: int, currency: str, customer: str | None, display_name: str
) -> Object:
    """Return the record of a payment that was made outside of Stripe."""
    nothing = {"currency": currency, "value": 0}
    given = {"currency": currency, "value": amount}
    return {
        "id": record_id,
        "object": "payment_record",
        "amount": dict(given),
        "amount_authorized": dict(nothing),
        "amount_canceled": dict(nothing),
        "amount_failed": dict(nothing),
        "amount_guaranteed": dict(given),
        "amount_refunded": dict(nothing),
        "amount_requested": dict(given),
        "application": None,
        "created": created,
        "customer_details": {"customer": customer, "email": None, "name": None, "phone": None},
        "customer_presence": None,
        "description": None,
        "latest_payment_attempt_record": None,
        "livemode": False,
        "metadata": {},
        "payment_method_details": {
            "billing_details": None,
            "custom": {"display_name": display_name, "type": None},
            "payment_method": None,
            "type": "custom",
        },
        "processor_details": {"type": "custom", "custom": {"payment_reference": record_id}},
        "reported_by": "self",
        "shipping_details": None,
    }


def invoice_payment(
    payment_id: str, created: int, *, invoice: str, currency: str, amount: int, of: Object, is_default: bool = False
) -> Object:
    """Return how a payment, *of*, is to be applied to an invoice; open until it is paid."""
    return {
        "id": payment_id,
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": amount,
        "created": created,
        "currency": currency,
        "invoice": invoice,
        "is_default": is_default,
        "livemode": False,
        "payment": {"type": of["object"], of["object"]: of["id"]},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def apply(payment: Object, amount: int, at: int) -> Object:
    """Count *amount* towards the invoice."""
    payment.update(status="paid", amount_paid=amount)
    payment["status_transitions"] = {**payment["status_transitions"], "paid_at": at}
    return payment


def cancel(payment: Object, at: int) -> Object:
    """Count nothing towards the invoice any more."""
    payment.update(status="canceled", amount_paid=None)
    payment["status_transitions"] = {**payment["status_transitions"], "canceled_at": at}
    return payment

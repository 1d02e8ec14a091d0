"""The tag of payment records in Stripe that stand for payments which Upflow has itself."""

from __future__ import annotations

from upflow_provider.records.text import mapping_in

TAG = "upflow_payment_id"
"""Key of the metadata: the id of the payment in Upflow."""


def is_tagged(payment: object) -> bool:
    """Return whether a payment record, as plain JSON, stands for a payment that Upflow has itself."""
    return TAG in mapping_in(mapping_in(payment).get("metadata"))

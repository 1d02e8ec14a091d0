"""What can be written over the API of the fake Stripe about payments from outside."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from starlette.requests import Request

from upflow_provider.testing.stripe.billing.outside_payments import OutsidePayments
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, unknown_parameter
from upflow_provider.testing.stripe.objects.object import Object
from upflow_provider.testing.stripe.parameters import integer, string

Shown = Callable[[str, str, list[str]], Object]
"""Returns an object as the API shows it, by its resource, its id and what to expand."""
REPORT = {
    "amount_requested",
    "customer_details",
    "description",
    "guaranteed",
    "initiated_at",
    "metadata",
    "outcome",
    "payment_method_details",
    "processor_details",
}
METADATA_MAX = 500
"""Characters of a value of metadata."""


class PaymentWrites:
    """
    Carries out writes about payments from outside.

    Args:
        outside: Does them.
        shown: Returns an object as the API shows it.
    """

    def __init__(self, outside: OutsidePayments, shown: Shown) -> None:
        self._outside, self._shown = outside, shown

    def pay(self, request: Request, params: dict[str, Any]) -> Object:
        """Mark an invoice as paid out of band; nothing can be charged here."""
        invoice_id = request.path_params["id"]
        _refuse_others(params, {"paid_out_of_band"})
        self._shown("invoices", invoice_id, [])
        if params.get("paid_out_of_band") != "true":
            raise StripeRefusalError(400, "There is no default payment method set on this Customer.")
        self._outside.pay_out_of_band(invoice_id)
        return self._shown("invoices", invoice_id, [])

    def attach(self, request: Request, params: dict[str, Any]) -> Object:
        """Attach a payment record or a PaymentIntent to an invoice."""
        invoice_id = request.path_params["id"]
        _refuse_others(params, {"payment_record", "payment_intent"})
        self._shown("invoices", invoice_id, [])
        if len(params) != 1:
            raise StripeRefusalError(400, "Provide exactly one of: payment_intent, payment_record.")
        if "payment_record" in params:
            self._outside.attach(invoice_id, "payment_records", string("payment_record", params["payment_record"]))
        else:
            self._outside.attach(invoice_id, "payment_intents", string("payment_intent", params["payment_intent"]))
        return self._shown("invoices", invoice_id, [])

    def report_payment(self, _: Request, params: dict[str, Any]) -> Object:
        """Report a payment whose money came outside of Stripe."""
        _refuse_others(params, REPORT)
        for name in ("amount_requested", "initiated_at", "payment_method_details"):
            if name not in params:
                raise StripeRefusalError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
        initiated_at = integer("initiated_at", params["initiated_at"])
        if params.get("outcome") != "guaranteed":
            raise StripeRefusalError(400, "Only payments with the outcome guaranteed are known here.", param="outcome")
        guaranteed_at = integer("guaranteed[guaranteed_at]", _part(params, "guaranteed").get("guaranteed_at"))
        if initiated_at > guaranteed_at:
            raise StripeRefusalError(400, "initiated_at must not be later than guaranteed_at", param="initiated_at")
        given = {**params, "amount_requested": _amount(params, "amount_requested"), "initiated_at": initiated_at}
        for name in ("payment_method_details", "processor_details"):
            if _part(params, name).get("type") != "custom":
                raise StripeRefusalError(400, f"Invalid {name}[type]", param=name)
        if any(len(str(value)) > METADATA_MAX for value in _part(params, "metadata", {}).values()):
            raise StripeRefusalError(400, "Metadata values can have up to 500 characters.", param="metadata")
        return self._shown("payment_records", self._outside.report(given)["id"], [])

    def report_refund(self, request: Request, params: dict[str, Any]) -> Object:
        """Report that a payment from outside was given back."""
        record_id = request.path_params["id"]
        _refuse_others(params, {"amount", "initiated_at", "metadata", "outcome", "processor_details", "refunded"})
        if params.get("outcome") != "refunded":
            raise StripeRefusalError(400, "Invalid outcome: must be refunded", param="outcome")
        amount = _amount(params, "amount")["value"] if "amount" in params else None
        custom = _part(params, "processor_details").get("custom") or {}
        self._outside.refund(record_id, amount, string("refund_reference", custom.get("refund_reference")))
        return self._shown("payment_records", record_id, [])


def _refuse_others(params: Mapping[str, Any], known: Collection[str]) -> None:
    for name in params.keys() - {*known, "expand"}:
        raise unknown_parameter(name)


def _part(params: Mapping[str, Any], name: str, absent: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    value = params.get(name, absent)
    if not isinstance(value, Mapping):
        raise StripeRefusalError(400, "Invalid object", param=name)
    return value


def _amount(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    given = _part(params, name)
    value = integer(f"{name}[value]", given.get("value"))
    currency = string(f"{name}[currency]", given.get("currency"))
    if value <= 0 or currency != currency.lower():
        raise StripeRefusalError(400, f"Invalid {name}", param=name)
    return {"currency": currency, "value": value}

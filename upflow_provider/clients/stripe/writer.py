"""
The only client that writes to Stripe: what was paid in Upflow's portal, onto its invoices.

It can do these calls only, and none of them unless it was opened for the write-back. Each names an idempotency key,
under which a repeated request is done once (https://docs.stripe.com/api/idempotent_requests).
"""

from __future__ import annotations

import random
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from upflow_provider.clients.pace import Pace
from upflow_provider.clients.retry import retrying
from upflow_provider.clients.stripe import answers, errors
from upflow_provider.clients.stripe.http import DEFAULT_PAUSE_S
from upflow_provider.errors import (
    AuthenticationError,
    RateLimitedError,
    ReadOnlyError,
    RefusedError,
    UnservedRecordError,
)
from upflow_provider.shown_ids import shown_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import stripe

    from upflow_provider.records.page import Record

NO_INVOICE = "in_000000000000000000000000"
"""Id that no invoice has: a write to it shows whether the key may write, and changes nothing."""
WRITES_PER_SECOND = 5.0
STEPS = frozenset({"invoices", "pay", "attach_payment", "payment_records", "report_payment", "report_refund"})
"""Steps of paths that are no ids."""


class StripeWriter:
    """
    Records outside payments on invoices; threads may share it.

    Every method but `check_permissions` returns the object that Stripe answers, and raises `RetriableError` if all
    attempts failed, `RefusedError` (4xx), `NotFoundError`, `AuthenticationError` (401, 403), `UnservedRecordError` if
    Stripe failed at this request and repeats the same answer for its key, and `ReadOnlyError`.

    Args:
        sdk: Stripe's own client, as `open_sdk` returns it.
        is_open: Whether it was opened for the write-back; otherwise it refuses every call.
        sleep: Waits for a number of seconds.
        clock: Returns the seconds of a monotonic clock.
        dice: Returns a number from 0.0 to 1.0, for the jitter of retries.
    """

    def __init__(
        self,
        sdk: stripe.StripeClient,
        *,
        is_open: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._sdk, self._is_open = sdk, is_open
        self._pace = Pace(WRITES_PER_SECOND, clock=clock, sleep=sleep)
        self._retry = retrying(sleep=sleep, clock=clock, dice=dice)

    def pay_out_of_band(self, invoice_id: str, *, key: str) -> Record:
        """Mark all that remains of an invoice as paid outside of Stripe (https://docs.stripe.com/api/invoices/pay)."""
        return self._post(f"invoices/{_quoted(invoice_id)}/pay", {"paid_out_of_band": True}, key)

    def report_payment(self, payment: Mapping[str, Any], *, key: str) -> Record:
        """Make a payment record (https://docs.stripe.com/api/payment-record/report-payment), attached to nothing."""
        return self._post("payment_records/report_payment", payment, key)

    def attach_record(self, invoice_id: str, record_id: str, *, key: str) -> Record:
        """Apply a whole payment record to an invoice (https://docs.stripe.com/api/invoices/attach_payment)."""
        return self._post(f"invoices/{_quoted(invoice_id)}/attach_payment", {"payment_record": record_id}, key)

    def attach_gateway_payment(self, invoice_id: str, gateway_payment_id: str, *, key: str) -> Record:
        """Apply a PaymentIntent that has succeeded to an invoice, as far as that remains to be paid."""
        return self._post(f"invoices/{_quoted(invoice_id)}/attach_payment", {"payment_intent": gateway_payment_id}, key)

    def report_refund(self, record_id: str, refund: Mapping[str, Any], *, key: str) -> Record:
        """Report a refund of a payment record (https://docs.stripe.com/api/payment-record/report-refund)."""
        return self._post(f"payment_records/{_quoted(record_id)}/report_refund", refund, key)

    def check_permissions(self, *, with_records: bool) -> None:
        """
        Prove that the key may write, by requests that name nothing that exists.

        Args:
            with_records: Whether payment records are written as well.

        Raises:
            AuthenticationError: A permission is missing; all that are missing are named.
        """
        paths = [f"invoices/{NO_INVOICE}/pay"] + ["payment_records/report_payment"] * with_records
        refused = [why for path in paths if (why := self._refusal(path))]
        if refused:
            raise AuthenticationError(
                f"{'; '.join(refused)}: the write-back needs a key that may write Invoices, and with partial: report "
                "Payment Records"
            )

    def _refusal(self, path: str) -> str | None:
        """Return what Stripe says about a missing permission; ``None`` if none is missing."""
        import stripe

        self._check_open(path)
        self._pace.wait()
        try:
            self._sdk.raw_request("post", f"/v1/{path}", **({"paid_out_of_band": True} if "/pay" in path else {}))
        except stripe.StripeError as error:
            status, why, problem = error.http_status, errors.reasons(error), errors.problem(error, _call(path))
        else:
            return None
        if status == HTTPStatus.FORBIDDEN:
            return f"403 for {path.partition('/')[0]}{why}"
        if isinstance(problem, RefusedError):
            return None  # nothing exists by that name, or something is missing: the permission is checked before
        raise problem

    def _check_open(self, path: str) -> None:
        if not self._is_open:
            raise ReadOnlyError(f"{_call(path)}: nothing is written to Stripe unless the write-back is on")

    def _post(self, path: str, params: Mapping[str, Any], key: str) -> Record:
        self._check_open(path)
        return self._retry(self._attempt, path, params, key)

    def _attempt(self, path: str, params: Mapping[str, Any], key: str) -> Record:
        import stripe

        self._pace.wait()
        try:
            response = self._sdk.raw_request("post", f"/v1/{path}", idempotency_key=key, **params)
            return answers.one_object(response.data, _call(path))
        except stripe.StripeError as error:
            is_repeated, problem = _is_repeated(error), errors.problem(error, _call(path))
        # Raised out here, so that no error of the SDK, which carries whole answers, is its context.
        if is_repeated:
            raise UnservedRecordError(f"{problem}; Stripe keeps its answer, and an earlier request may have been done")
        if isinstance(problem, RateLimitedError):
            self._pace.pause(problem.retry_after_s or DEFAULT_PAUSE_S)
        raise problem


def _is_repeated(error: stripe.StripeError) -> bool:
    """
    Return whether Stripe answers the request so as long as it keeps its key, without a word on what was done.

    It has failed at the request, or it has got another one with the same key before.
    """
    detail = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    is_other = isinstance(detail, dict) and detail.get("type") == "idempotency_error"
    return is_other or (error.http_status == HTTPStatus.INTERNAL_SERVER_ERROR and detail is not None)


def _quoted(record_id: str) -> str:
    return quote(record_id, safe="")


def _call(path: str) -> str:
    """Return a request as messages show it."""
    return "POST /v1/" + "/".join(each if each in STEPS else shown_id(unquote(each)) for each in path.split("/"))

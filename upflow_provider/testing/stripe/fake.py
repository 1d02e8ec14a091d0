"""A stateful fake of Stripe's API, version 2026-10-28.endive, served over real HTTP."""

import copy
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from upflow_provider.testing.stripe.actions import act
from upflow_provider.testing.stripe.api import StripeApi, refusal
from upflow_provider.testing.stripe.billing import customers
from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.billing.attachments import Attachments
from upflow_provider.testing.stripe.billing.credits import Credits
from upflow_provider.testing.stripe.billing.invoices import Invoices
from upflow_provider.testing.stripe.billing.outside_payments import OutsidePayments
from upflow_provider.testing.stripe.billing.payments import Payments
from upflow_provider.testing.stripe.billing.resources import resource_of
from upflow_provider.testing.stripe.billing.store import Store
from upflow_provider.testing.stripe.limits import StripeLimits
from upflow_provider.testing.stripe.objects.object import Object
from upflow_provider.testing.stripe.optional_fields import OptionalFields
from upflow_provider.testing.stripe.pdf import PdfHost
from upflow_provider.testing.stripe.replays import Replays
from upflow_provider.testing.wire.delegated import Delegated
from upflow_provider.testing.wire.faults import Faults
from upflow_provider.testing.wire.front import Front
from upflow_provider.testing.wire.request_log import RequestLog
from upflow_provider.testing.wire.server import App, Scope


class Records(Protocol):
    """Records that an account may begin with, such as those of a `Seed`."""

    def fill(self, store: Store) -> None:
        """Put the records into a store."""


def _now_s() -> int:
    return int(time.time())


class FakeStripe:
    """
    One Stripe account, with its API.

    Changes are made with the methods below and those of `payments` and `credits`, or over HTTP where the
    API offers it; each leaves its event in the feed.

    Args:
        api_key: The key that is accepted.
        account: Id of the account; requests for another one are refused.
        enforce_limits: Whether requests beyond Stripe's limits are answered 429.
        seed: Seed of latencies.
        now: Current time, Unix seconds.

    Attributes:
        app: The ASGI application, to be served by `upflow_provider.testing.serve`.
        billing: The account without HTTP; see `Account`.
        store: What is stored; see `Store`.
        clock: As *now*; may be replaced at any time. Objects, events and the header ``Date`` have its time.
        sends_date: Whether answers have a ``Date``, which some proxies take away.
        payments: Pays invoices; see `Payments`.
        credits: Gives money back; see `Credits`.
        attachments: Subscriptions, discounts, ways to pay and metadata; see `Attachments`.
        requests: The log of requests; see `RequestLog`.
        faults: What goes wrong, on demand, and the latency; see `Faults`.
        limits: The limits; see `StripeLimits`.
        pdf_host: How PDFs are served; see `PdfHost`.
        outside: Records payments from outside, and attaches payments; see `OutsidePayments`.
        replays: Answers by idempotency key; see `Replays`.
        forbidden: Resources that the key may not read.
        unwritable: Resources that the key may not write.
        optional: Leaves out optional fields; see `OptionalFields`.
        retry_after: Whether a 429 says how long to wait.
        on_list: Called before each list is answered, so that a test can change it meanwhile.
        event_api_version: The version in which the payloads of events are rendered from now on.
        event_delay_s: How long an event takes to be listed.
        minimum_charge: Least amount that can be charged, in minor units of any currency; what is due
            below it is added to the customer's balance. Stripe's is about 0.50 USD; none unless set.
        url: Root URL while served; set by whoever serves it.
    """

    store = Delegated[Store]("billing")
    clock = Delegated[Callable[[], int]]("billing")
    event_api_version = Delegated[str]("billing")
    event_delay_s = Delegated[int]("billing")
    minimum_charge = Delegated[int]("billing")
    url = Delegated[str]("billing")

    def __init__(
        self,
        *,
        api_key: str = "sk_test_fake",
        account: str = "acct_fake",
        enforce_limits: bool = True,
        seed: int = 0,
        now: Callable[[], int] = _now_s,
    ) -> None:
        self.api_key, self.account = api_key, account
        self.billing = Account(now)
        self.payments = Payments(self.billing)
        self.credits = Credits(self.billing, self.payments)
        self.attachments = Attachments(self.billing)
        self._invoices = Invoices(self.billing, self.payments)
        self.requests = RequestLog()
        self.faults = Faults(seed=seed)
        self.limits = StripeLimits(enforced=enforce_limits)
        self.outside, self.replays = OutsidePayments(self.billing, self.payments), Replays(self.billing)
        self.forbidden: set[str] = set()
        self.pdf_host = PdfHost()
        self.unwritable: set[str] = set()
        self.optional = OptionalFields()
        self.retry_after = self.sends_date = True
        self.on_list: Callable[[], None] | None = None
        api = StripeApi(self.billing, self).app
        self.app: App = Front(self, api, refuse=refusal, customer_of=_nobody, date=self._date)

    def create(self, resource: str, fields: Mapping[str, Any]) -> Object:
        """
        Create an object of any resource, with the event of that.

        For resources that no logic looks at: customers, invoices and money are made by the methods that know what
        else happens in Stripe then.

        Args:
            resource: One of `RESOURCES`: ``quotes``.
            fields: Its attributes; ``id``, ``created``, ``livemode`` and ``metadata`` have defaults.

        Raises:
            KeyError: There is no such resource.
            ValueError: There is an object with this id.
        """
        return self.billing.create(resource, fields)

    def update(self, resource: str, object_id: str, fields: Mapping[str, Any]) -> Object:
        """
        Change attributes of an object of any resource, with the event of that; see `create`.

        Raises:
            StripeRefusalError: There is no such object.
            ValueError: One of *fields* never changes.
        """
        return self.billing.update(resource, object_id, fields)

    def create_customer(self, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Create a customer; `id`, `created` and any attribute may be given."""
        return customers.create(self.billing, **fields)

    def update_customer(self, customer_id: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Change attributes of a customer."""
        return customers.update(self.billing, customer_id, **fields)

    def delete_customer(self, customer_id: str) -> Object:
        """Delete a customer; its invoices stay."""
        return customers.delete(self.billing, customer_id)

    def create_invoice(self, customer: str | None, total: int, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Create a draft of *total* minor units, ``tax`` of which is tax, for a customer that exists, or None."""
        return self._invoices.create(customer, total, **fields)

    def finalize_invoice(self, invoice_id: str, *, number: str | None = None, at: int | None = None) -> Object:
        """Make a draft an open invoice, or a paid one when nothing is to be paid; settles the customer's balance."""
        return self._invoices.finalize(invoice_id, number=number, at=at)

    def pay_invoice(self, invoice_id: str, amount: int | None = None, *, at: int | None = None) -> Object:
        """Pay an open or uncollectible invoice by card, in full or in part (minor units)."""
        return self._invoices.pay(invoice_id, amount, at=at)

    def void_invoice(self, invoice_id: str, *, at: int | None = None) -> Object:
        """Void an open or uncollectible invoice."""
        return self._invoices.void(invoice_id, at=at)

    def void_paid_invoice(self, invoice_id: str, *, at: int | None = None) -> Object:
        """Void an invoice that was paid; its applications stay ``paid``."""
        return self._invoices.void_paid(invoice_id, at=at)

    def mark_uncollectible(self, invoice_id: str, *, at: int | None = None) -> Object:
        """Give up on an open invoice."""
        return self._invoices.mark_uncollectible(invoice_id, at=at)

    def update_invoice(self, invoice_id: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Change attributes of an invoice."""
        return self._invoices.update(invoice_id, **fields)

    def delete_invoice(self, invoice_id: str) -> None:
        """Delete a draft; finalized invoices cannot be deleted."""
        self._invoices.delete(invoice_id)

    def load(self, records: list[Object]) -> None:
        """Put objects into the store as they are, such as recorded ones; no events."""
        for each in records:
            self.store.collection(resource_of(each)).add(copy.deepcopy(each))

    def seed(self, seed: Records) -> None:
        """Fill the store with invented records, such as those of a `Seed`; no events."""
        seed.fill(self.store)

    def summary(self) -> dict[str, Any]:
        """Count customers; count and add up invoices by currency and status."""
        totals: dict[str, dict[str, dict[str, int]]] = {}
        for each in self.store.invoices:
            of = totals.setdefault(each["currency"], {}).setdefault(
                each["status"], {"count": 0, "total": 0, "amount_remaining": 0}
            )
            of["count"] += 1
            of["total"] += each["total"]
            of["amount_remaining"] += each["amount_remaining"]
        return {"customers": {"count": len(self.store.customers)}, "invoices": totals}

    def reset(self) -> None:
        """Forget objects, log and faults."""
        self.billing.forget()
        self.requests.clear()
        self.faults.clear()

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Change ``enforce_limits``, or ``left_out``: fields by kind; `ValueError` for another setting."""
        if unknown := settings.keys() - {"enforce_limits", "left_out"}:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        if "left_out" in settings:
            self.optional.configure(settings["left_out"])
        self.limits.enforced = settings.get("enforce_limits", self.limits.enforced)

    def act(self, what: str, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Do what people do in Stripe, for another process; see `actions.act`."""
        return act(self, what, arguments)

    def now(self) -> int:
        """Return the current time, Unix seconds."""
        return self.billing.now()

    def number(self) -> str:
        """Return a number that no other object has."""
        return self.billing.number()

    def held(self, resource: str, object_id: str) -> Object:
        """Return an object to be changed without an event; refused without it."""
        return self.billing.held(resource, object_id)

    def event(self, kind: str, obj: Object) -> None:
        """Leave the event of a change, such as ``invoice.paid``."""
        self.billing.event(kind, obj)

    def _date(self) -> int | None:
        return self.now() if self.sends_date else None


def _nobody(_: Scope, __: bytes) -> None:
    """Stripe's log tells nothing of customers: its reads may overlap."""

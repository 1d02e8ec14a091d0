"""A stateful fake of Stripe's API, version 2026-10-28.endive, served over real HTTP."""

import copy
import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

from upflow_provider.testing.seed.fill import fill
from upflow_provider.testing.seed.seed import Seed
from upflow_provider.testing.stripe.actions import act
from upflow_provider.testing.stripe.api import StripeApi, refusal
from upflow_provider.testing.stripe.billing import invoice_life, invoices, objects
from upflow_provider.testing.stripe.billing.events import event
from upflow_provider.testing.stripe.billing.given_credit import Credits
from upflow_provider.testing.stripe.billing.objects import API_VERSION, Object
from upflow_provider.testing.stripe.billing.paid_invoices import Payments
from upflow_provider.testing.stripe.billing.refusal import StripeRefusalError, missing
from upflow_provider.testing.stripe.billing.store import Store
from upflow_provider.testing.stripe.limits import StripeLimits
from upflow_provider.testing.stripe.resources import RESOURCES
from upflow_provider.testing.wire.faults import Faults
from upflow_provider.testing.wire.front import Front
from upflow_provider.testing.wire.request_log import RequestLog
from upflow_provider.testing.wire.server import App, Scope


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
        store: What is stored; see `Store`.
        payments: Pays invoices; see `Payments`.
        credits: Gives money back; see `Credits`.
        requests: The log of requests; see `RequestLog`.
        faults: What goes wrong, on demand, and the latency; see `Faults`.
        limits: The limits; see `StripeLimits`.
        forbidden: Resources that the key may not read.
        retry_after: Whether a 429 says how long to wait.
        on_list: Called before each list is answered, so that a test can change it meanwhile.
        event_api_version: The version in which the payloads of events are rendered from now on.
        event_delay_s: How long an event takes to be listed.
        minimum_charge: Least amount that can be charged, in minor units of any currency; what is due
            below it is added to the customer's balance. Stripe's is about 0.50 USD; none unless set.
        url: Root URL while served; set by whoever serves it.
    """

    def __init__(
        self,
        *,
        api_key: str = "sk_test_fake",
        account: str = "acct_fake",
        enforce_limits: bool = True,
        seed: int = 0,
        now: Callable[[], int] = _now_s,
    ) -> None:
        self.api_key, self.account, self._now = api_key, account, now
        self.store = Store()
        self.requests = RequestLog()
        self.faults = Faults(seed=seed)
        self.limits = StripeLimits(enforced=enforce_limits)
        self.forbidden: set[str] = set()
        self.retry_after = True
        self.on_list: Callable[[], None] | None = None
        self.event_api_version = API_VERSION
        self.event_delay_s = 0
        self.minimum_charge = 0
        self.url = ""
        self.payments, self.credits = Payments(self), Credits(self)
        self._numbers = itertools.count(1)
        self.app: App = Front(self, StripeApi(self).app, refuse=refusal, customer_of=_nobody)

    def create_customer(self, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Create a customer; `id`, `created` and any attribute may be given."""
        customer_id = fields.pop("id", None) or f"cus_{self.number()}"
        made = objects.customer(customer_id, fields.pop("created", self.now()), **fields)
        return self.changed("customers", made, "customer.created")

    def update_customer(self, customer_id: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Change attributes of a customer."""
        customer = objects.change_customer(self.held("customers", customer_id), fields)
        return self.changed("customers", customer, "customer.updated")

    def delete_customer(self, customer_id: str) -> Object:
        """Delete a customer; its invoices stay."""
        customer = self.held("customers", customer_id)
        tombstone = objects.deleted(customer)
        self.store.customers.remove(customer_id, tombstone)
        self.event("customer.deleted", customer)
        return tombstone

    def create_invoice(self, customer: str | None, total: int, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Create a draft of *total* minor units, ``tax`` of which is tax, for a customer that exists, or None."""
        if customer is not None and customer not in self.store.customers:
            raise missing("customers", customer, "customer", 400)
        invoice_id = fields.pop("id", None) or f"in_{self.number()}"
        created = fields.pop("created", self.now())
        made = invoices.invoice(invoice_id, created, customer=customer, total=total, **fields)
        return self.changed("invoices", made, "invoice.created")

    def finalize_invoice(self, invoice_id: str, *, number: str | None = None, at: int | None = None) -> Object:
        """Make a draft an open invoice, or a paid one when nothing is to be paid; settles the customer's balance."""
        draft = self.in_status(invoice_id, "draft")
        customers, owner = self.store.customers, draft["customer"]
        buyer = customers.shown(owner) if owner in customers else None
        at = draft["created"] if at is None else at
        balance = self.store.balances[owner, draft["currency"]] if owner else 0
        minimum = self.minimum_charge if draft["collection_method"] == "charge_automatically" else 0
        number = number or f"F-{self.number()}"
        after = invoice_life.finalize(draft, number=number, at=at, buyer=buyer, balance=balance, minimum=minimum)
        self.credits.add_to_balance(owner, draft["currency"], after - balance)
        self.payments.expect(draft)
        self.changed("invoices", draft, "invoice.finalized")
        return self.changed("invoices", draft, "invoice.paid") if draft["status"] == "paid" else draft

    def pay_invoice(self, invoice_id: str, amount: int | None = None, *, at: int | None = None) -> Object:
        """Pay an open or uncollectible invoice by card, in full or in part (minor units)."""
        invoice = self.in_status(invoice_id, "open", "uncollectible")
        self.payments.pay({invoice_id: invoice["amount_remaining"] if amount is None else amount}, at=at)
        return invoice

    def void_invoice(self, invoice_id: str, *, at: int | None = None) -> Object:
        """Void an open or uncollectible invoice."""
        invoice = self.in_status(invoice_id, "open", "uncollectible")
        if invoice["amount_paid"]:
            raise StripeRefusalError(400, "An invoice that is partly paid cannot be voided.")
        at = self.now() if at is None else at
        invoice_life.settle(invoice, "void", at)
        self.payments.cancel_open(invoice_id, at)
        before, after = invoice["starting_balance"] or 0, invoice["ending_balance"] or 0
        self.credits.add_to_balance(invoice["customer"], invoice["currency"], before - after)
        return self.changed("invoices", invoice, "invoice.voided")

    def mark_uncollectible(self, invoice_id: str, *, at: int | None = None) -> Object:
        """Give up on an open invoice."""
        invoice = self.in_status(invoice_id, "open")
        invoice_life.settle(invoice, "uncollectible", self.now() if at is None else at)
        return self.changed("invoices", invoice, "invoice.marked_uncollectible")

    def update_invoice(self, invoice_id: str, **fields: Any) -> Object:  # noqa: ANN401 - JSON
        """Change attributes of an invoice."""
        if fixed := fields.keys() & {"created", "status"}:
            raise ValueError(f"an invoice's {', '.join(sorted(fixed))} cannot be updated")
        invoice = invoices.change(self.held("invoices", invoice_id), fields)
        return self.changed("invoices", invoice, "invoice.updated")

    def delete_invoice(self, invoice_id: str) -> None:
        """Delete a draft; finalized invoices cannot be deleted."""
        draft = self.in_status(invoice_id, "draft")
        self.store.invoices.remove(invoice_id, objects.deleted(draft))
        self.event("invoice.deleted", draft)

    def load(self, records: list[Object]) -> None:
        """Put objects into the store as they are, such as recorded ones; no events."""
        for each in records:
            self.store.collection(f"{each['object']}s").add(copy.deepcopy(each))

    def seed(self, seed: Seed) -> None:
        """Fill the store with invented records; no events."""
        fill(self.store, seed)

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
        self.store = Store()
        self.requests.clear()
        self.faults.clear()

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Change ``enforce_limits``; `ValueError` for another setting."""
        if unknown := settings.keys() - {"enforce_limits"}:
            raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
        self.limits.enforced = settings.get("enforce_limits", self.limits.enforced)

    def act(self, what: str, arguments: Mapping[str, Any]) -> Object | None:
        """Do what people do in Stripe, for another process; see `stripe_deeds.act`."""
        return act(self, what, arguments)

    def events_until(self) -> int:
        """Return when the newest events that are listed now were created, Unix seconds."""
        return self.now() - self.event_delay_s

    def now(self) -> int:
        """Return the current time, Unix seconds."""
        return self._now()

    def number(self) -> str:
        """Return a number that no other object has."""
        return f"{next(self._numbers):08d}"

    def held(self, resource: str, object_id: str) -> Object:
        """Return an object to be changed; refused without it."""
        try:
            return self.store.collection(resource).held(object_id)
        except KeyError:
            raise missing(resource, object_id) from None

    def in_status(self, invoice_id: str, *statuses: str) -> Object:
        """Return an invoice to be changed; refused unless it has one of these statuses."""
        invoice = self.held("invoices", invoice_id)
        if invoice["status"] not in statuses:
            raise StripeRefusalError(400, f"This invoice is {invoice['status']}, not {' or '.join(statuses)}.")
        return invoice

    def changed(self, resource: str, obj: Object, kind: str) -> Object:
        """Store an object that was changed, with the event of that."""
        self.store.collection(resource).add(obj)
        self.event(kind, obj)
        return obj

    def event(self, kind: str, obj: Object) -> None:
        """Leave the event of a change."""
        payload = invoices.pdf_at(self.url, RESOURCES[f"{obj['object']}s"].bare(obj))
        made = event(f"evt_{self.number()}", kind, payload, created=self.now(), api_version=self.event_api_version)
        self.store.events.add(made)


def _nobody(_: Scope, __: bytes) -> None:
    """Stripe's log tells nothing of customers: its reads may overlap."""

"""
Invented Stripe records of any number, the same for the same seed.

A record is made when it is asked for, from the seed and its number, so that half a million invoices
need no more memory than their times and ids.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from upflow_provider.testing.seed.customers import CURRENCIES, invent
from upflow_provider.testing.seed.fates import DAY_S, HOUR_S, UNITS, Fate, live
from upflow_provider.testing.seed.money import SeedMoney
from upflow_provider.testing.stripe.billing.store import Store
from upflow_provider.testing.stripe.objects.invoices import invoice
from upflow_provider.testing.stripe.objects.object import Object, deleted
from upflow_provider.testing.stripe.objects.payments import payment_method

METHODS = ("card", "card", "card", "sepa_debit", "sepa_debit", None)
"""Types of what customers have saved to pay with; one in six has nothing."""
GONE = 0.01
"""Share of customers deleted in Stripe."""


@dataclass(frozen=True, slots=True)
class Seed:
    """
    A set of customers and invoices.

    Attributes:
        seed: Another number makes other records.
        customers: How many customers.
        invoices: How many invoices.
        start: First instant of creation, aware.
        end: First instant after the last creation, aware.

    Raises:
        ValueError: Invoices without customers, times without a zone, or an end that is not after the start.
    """

    seed: int = 1
    customers: int = 60
    invoices: int = 240
    start: datetime = datetime(2026, 6, 1, tzinfo=UTC)
    end: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def __post_init__(self) -> None:
        """Refuse what no records can be made of."""
        if self.invoices and not self.customers:
            raise ValueError("invoices need customers")
        if self.start.tzinfo is None or self.end.tzinfo is None or self.start >= self.end:
            raise ValueError("start and end are aware, and start is the earlier one")

    def customer_id(self, number: int) -> str:
        """Return the id of a customer."""
        return f"cus_S{self.seed}C{number:07d}"

    def invoice_id(self, number: int) -> str:
        """Return the id of an invoice."""
        return f"in_1S{self.seed}I{number:08d}"

    def customer_created(self, number: int) -> int:
        """Return when a customer was created; the first ones at the very start."""
        return self._instant(max(0, number - 1), self.customers)

    def invoice_created(self, number: int) -> int:
        """Return when an invoice was created; one in ten in the same second as the one before."""
        return self._instant(number - (number % 10 == 1), self.invoices)

    def is_gone(self, number: int) -> bool:
        """Tell whether a customer was deleted in Stripe."""
        return self._dice("gone", number).random() < GONE

    def method_kind(self, number: int) -> str | None:
        """Return the type of the payment method that a customer has saved."""
        return self._dice("method", number).choice(METHODS)

    def method_id(self, number: int) -> str:
        """Return the id of the payment method that a customer has saved."""
        return f"pm_1S{self.seed}M{number:08d}"

    def method(self, number: int) -> Object:
        """Make the payment method that a customer has saved."""
        kind = self.method_kind(number) or "card"
        created = self.customer_created(number)
        return payment_method(self.method_id(number), created, customer=self.customer_id(number), kind=kind)

    def fate(self, number: int) -> Fate:
        """Return what becomes of an invoice."""
        return Fate.of(self._dice("fate", number))

    def customer(self, number: int) -> Object:
        """Make one customer."""
        method_id = self.method_id(number) if self.method_kind(number) else None
        created = self.customer_created(number)
        return invent(self._dice("customer", number), number, self.customer_id(number), created, method_id)

    def invoice(self, number: int) -> Object:
        """Make one invoice of a customer that existed by then."""
        base = number - (number % 10 == 1)
        buyer = self.customer(self._dice("buyer", base).randint(0, self._customers_by(base)))
        created, dice = self.invoice_created(number), self._dice("invoice", number)
        currency = buyer["currency"] if dice.random() < 0.9 else dice.choice(CURRENCIES)  # noqa: PLR2004 - a share
        unit, net = UNITS.get(currency, 1), dice.randint(10, 50_000)
        tax = net // 5 if dice.random() < 0.7 else 0  # noqa: PLR2004 - a share
        manual = dice.random() < 0.6  # noqa: PLR2004 - a share
        fate = self.fate(number)
        made = invoice(
            self.invoice_id(number),
            created,
            customer=buyer["id"],
            currency=currency,
            total=0 if fate.is_free else (net + tax) * unit,
            tax=0 if fate.is_free else tax * unit,
            collection_method="send_invoice" if manual else "charge_automatically",
            due_date=created + 30 * DAY_S if manual else None,
            metadata={"order": str(number)},
        )
        live(made, fate, buyer)
        return made

    def fill(self, store: Store) -> None:
        """Put the records into the store of a fake Stripe, each to be made when it is asked for."""
        for number in range(self.customers):
            self._add_customer(store, number)
        money = SeedMoney(self)
        for number in range(self.invoices):
            created = self.invoice_created(number)
            store.invoices.add_lazily(self.invoice_id(number), created, (self.invoice, number))
            self._add_money(store, money, number, created)

    def _add_customer(self, store: Store, number: int) -> None:
        """Add a customer, or what is left of it, and its payment method."""
        customer_id, created = self.customer_id(number), self.customer_created(number)
        if self.is_gone(number):
            store.customers.gone[customer_id] = deleted({"id": customer_id, "object": "customer"})
            return
        store.customers.add_lazily(customer_id, created, (self.customer, number))
        if self.method_kind(number):
            keys = {"customer": customer_id}
            store.payment_methods.add_lazily(self.method_id(number), created, (self.method, number), keys)

    def _add_money(self, store: Store, money: SeedMoney, number: int, created: int) -> None:
        """Add what belongs to an invoice."""
        fate, invoice = self.fate(number), {"invoice": self.invoice_id(number)}
        if fate.status == "draft" or fate.is_free or fate.paid_by == "word":
            return
        paid, later = created + 10 * DAY_S, created + 20 * DAY_S
        if fate.paid_by == "payment_record":
            payment = {"payment.payment_record": money.id_of("pr", number)}
            store.payment_records.add_lazily(money.id_of("pr", number), paid, (money.record, number))
        else:
            payment = {"payment.payment_intent": money.id_of("pi", number)}
            store.payment_intents.add_lazily(money.id_of("pi", number), created, (money.intent, number))
        store.invoice_payments.add_lazily(
            money.id_of("inpay", number), created + HOUR_S, (money.application, number), {**invoice, **payment}
        )
        intent = {"payment_intent": money.id_of("pi", number)}
        if fate.paid_by == "payment_intent":
            store.charges.add_lazily(money.id_of("ch", number), paid, (money.charge, number), intent)
        if fate.is_credited:
            store.credit_notes.add_lazily(money.id_of("cn", number), later, (money.credit_note, number), invoice)
        if fate.is_refunded or (fate.is_credited and fate.status == "paid"):
            keys = {**intent, "charge": money.id_of("ch", number)}
            store.refunds.add_lazily(money.id_of("re", number), later, (money.refund, number), keys)

    def _instant(self, number: int, of: int) -> int:
        start, end = int(self.start.timestamp()), int(self.end.timestamp())
        return start + (end - start) * number // max(of, 1)

    def _customers_by(self, invoice_number: int) -> int:
        """Return the number of the last customer that exists when an invoice is created."""
        return min(self.customers - 1, self.customers * invoice_number // max(self.invoices, 1))

    def _dice(self, what: str, number: int) -> random.Random:
        return random.Random(f"{self.seed}:{what}:{number}")

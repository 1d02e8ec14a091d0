"""
Invented Stripe records of any number, the same for the same seed.

A record is made when it is asked for, from the seed and its number, so that half a million invoices
need no more memory than their times and ids.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from upflow_provider.testing.seed.fates import DAY_S, UNITS, Fate, live
from upflow_provider.testing.stripe.billing.invoices import invoice
from upflow_provider.testing.stripe.billing.objects import NEW_CUSTOMER, Object, customer
from upflow_provider.testing.stripe.billing.payments import payment_method

CURRENCIES = ("eur", "eur", "eur", "usd", "usd", "gbp", "jpy", "kwd", "isk")
NAMES = (
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Ginkgo",
    "Hazel",
    "Juniper",
    "Larch",
    "Maple",
    "Oak",
)
TRADES = (
    "Bakery",
    "Boats",
    "Books",
    "Dental",
    "Films",
    "Foods",
    "Labs",
    "Motors",
    "Optics",
    "Studio",
    "Tools",
)
TOWNS = (
    ("Lyon", "69001", "FR"),
    ("Berlin", "10115", "DE"),
    ("Leeds", "LS1 1AA", "GB"),
    ("Austin", "78701", "US"),
)
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
        dice = self._dice("customer", number)
        name = f"{dice.choice(NAMES)} {dice.choice(TRADES)} {number}"
        town, postcode, country = dice.choice(TOWNS)
        return customer(
            self.customer_id(number),
            self.customer_created(number),
            name=name,
            email=f"billing{number}@{name.split(maxsplit=1)[0].lower()}.example.com" if dice.random() < 0.95 else None,  # noqa: PLR2004 - a share
            phone=f"+3300000{number:05d}" if dice.random() < 0.5 else None,  # noqa: PLR2004 - a share
            currency=dice.choice(CURRENCIES),
            invoice_settings={
                **NEW_CUSTOMER["invoice_settings"],
                "default_payment_method": self.method_id(number) if self.method_kind(number) else None,
            },
            address={
                "city": town,
                "country": country,
                "line1": f"{dice.randint(1, 99)} High Street",
                "line2": None,
                "postal_code": postcode,
                "state": None,
            },
            tax_ids=[("eu_vat", f"FR{dice.randint(10**10, 10**11 - 1)}")] if country == "FR" else [],
        )

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

    def _instant(self, number: int, of: int) -> int:
        start, end = int(self.start.timestamp()), int(self.end.timestamp())
        return start + (end - start) * number // max(of, 1)

    def _customers_by(self, invoice_number: int) -> int:
        """Return the number of the last customer that exists when an invoice is created."""
        return min(self.customers - 1, self.customers * invoice_number // max(self.invoices, 1))

    def _dice(self, what: str, number: int) -> random.Random:
        return random.Random(f"{self.seed}:{what}:{number}")

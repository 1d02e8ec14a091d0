"""Invented customers: businesses with an address, most of them with an e-mail address."""

import random

from upflow_provider.testing.stripe.objects.customers import NEW_CUSTOMER, customer
from upflow_provider.testing.stripe.objects.object import Object

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
COPIES = 3
"""One of so many customers has an address for copies in its metadata."""


def invent(dice: random.Random, number: int, customer_id: str, created: int, method_id: str | None) -> Object:
    """
    Make a customer.

    Args:
        dice: Decides.
        number: Its number, which makes its name one of a kind.
        customer_id: Its id.
        created: When it was created, Unix seconds.
        method_id: Id of the payment method that it has saved, if it has.
    """
    name = f"{dice.choice(NAMES)} {dice.choice(TRADES)} {number}"
    town, postcode, country = dice.choice(TOWNS)
    return customer(
        customer_id,
        created,
        name=name,
        email=f"billing{number}@{name.split(maxsplit=1)[0].lower()}.example.com" if dice.random() < 0.95 else None,  # noqa: PLR2004 - a share
        phone=f"+3300000{number:05d}" if dice.random() < 0.5 else None,  # noqa: PLR2004 - a share
        currency=dice.choice(CURRENCIES),
        invoice_settings={**NEW_CUSTOMER["invoice_settings"], "default_payment_method": method_id},
        address={
            "city": town,
            "country": country,
            "line1": f"{dice.randint(1, 99)} High Street",
            "line2": None,
            "postal_code": postcode,
            "state": None,
        },
        metadata={"additional_emails_cc": f"copies{number}@example.com"} if number % COPIES == 0 else {},
        tax_ids=[("eu_vat", f"FR{dice.randint(10**10, 10**11 - 1)}")] if country == "FR" else [],
    )

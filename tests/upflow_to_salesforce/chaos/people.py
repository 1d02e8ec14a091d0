"""
Customers and Accounts of every kind.

What an Account must hold stands in a table of its own, value by value; nothing of the mapping is used for it.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

START = datetime(2026, 3, 1, 3, 37, tzinfo=UTC)
SOON, LONG_AGO = "2035-01-01", "2020-01-01"
KEY, CURRENCY, PAGE, PORTAL = "Billing_Id__c", "CurrencyIsoCode", "Upflow_Page__c", "Portal__c"
AMOUNTS = ("Outstanding__c", "Overdue__c", "Due__c")
NUMBERS = (*AMOUNTS, "Overdue_Count__c", "Due_Count__c")
CUSTOM = ("Segment__c", "Tier__c", "Regions__c", "Since__c", "Score__c")
UNKNOWN: dict[str, Any] = {**dict.fromkeys(NUMBERS, 0), **dict.fromkeys(CUSTOM), "Vip__c": False}
"""What the Account of a customer holds of whom Upflow knows nothing, besides the address of the page."""
BLANK: dict[str, Any] = {**dict.fromkeys((*NUMBERS, *CUSTOM, PAGE)), "Vip__c": False}
"""A new Account."""
SECRET = "Confidential"
"""Is in every text that Upflow knows: it must be in no log, and in no reason."""
OLD: dict[str, Any] = {
    **dict.fromkeys(NUMBERS, 77),
    PAGE: "https://elsewhere.example",
    "Segment__c": f"{SECRET} no more",
    "Tier__c": "Gold",
    "Regions__c": "South;West",
    "Since__c": "1999-12-31",
    "Vip__c": True,
    "Score__c": 5,
}
"""An Account of which everything is wrong."""
HUGE, MODEST = 10**18, 10**6
"""Minor units: more than the fields for amounts hold, and what a human makes of it."""


@dataclass(frozen=True)
class Person:
    """
    A customer.

    Attributes:
        key: What it is found by; empty for nothing.
        owes: Minor units and due date of its invoices.
        custom: Values of custom fields in Upflow, by name.
        right: What its Account must hold, where that is not `UNKNOWN`.
        before: What each of its Accounts holds at first, where that is not right.
    """

    key: str
    owes: tuple[tuple[int, str], ...] = ()
    custom: dict[str, Any] = field(default_factory=dict)
    right: dict[str, Any] = field(default_factory=dict)
    before: tuple[dict[str, Any], ...] = ({},)


PEOPLE = {
    "right": Person(
        "2001",
        owes=((12_345, SOON),),
        custom={
            "Segment": f"{SECRET} R&D <Labs> Zoë",
            "Tier": {"label": "Gold"},
            "Regions": [{"label": "West"}, {"label": "North"}],
            "Since": "2024-02-29",
            "VIP": True,
            "Score": 7.25,
        },
        right={
            "Outstanding__c": Decimal("123.45"),
            "Due__c": Decimal("123.45"),
            "Due_Count__c": 1,
            "Segment__c": f"{SECRET} R&D <Labs> Zoë",
            "Tier__c": "Gold",
            "Regions__c": "North;West",
            "Since__c": "2024-02-29",
            "Vip__c": True,
            "Score__c": Decimal("7.3"),
        },
    ),
    "new": Person(
        "2002",
        owes=((5_000, LONG_AGO), (2_550, SOON), (1, SOON)),
        custom={
            "Segment": f'{SECRET}, a&b; "c"',
            "Tier": {"label": "Silver"},
            "Regions": [{"label": "South"}],
            "Since": "2026-11-01",
            "VIP": True,
            "Score": -1.25,
        },
        right={
            "Outstanding__c": Decimal("75.51"),
            "Overdue__c": Decimal(50),
            "Due__c": Decimal("25.51"),
            "Overdue_Count__c": 1,
            "Due_Count__c": 2,
            "Segment__c": f'{SECRET}, a&b; "c"',
            "Tier__c": "Silver",
            "Regions__c": "South",
            "Since__c": "2026-11-01",
            "Vip__c": True,
            "Score__c": Decimal("-1.3"),
        },
        before=(BLANK,),
    ),
    "stale": Person(
        "2003",
        owes=((100, LONG_AGO),),
        custom={"Segment": SECRET, "Tier": {"label": "Silver"}, "Regions": [{"label": "North"}], "Score": 0},
        right={
            "Outstanding__c": 1,
            "Overdue__c": 1,
            "Overdue_Count__c": 1,
            "Segment__c": SECRET,
            "Tier__c": "Silver",
            "Regions__c": "North",
            "Score__c": 0,
        },
        before=(OLD,),
    ),
    "to be cleared": Person("2010", before=({name: OLD[name] for name in CUSTOM},)),
    "to be unchecked": Person("2005", before=({"Vip__c": True},)),
    "right, and nothing": Person("2100"),
    "owing": Person(
        "2007",
        owes=((999, SOON),),
        right={"Outstanding__c": Decimal("9.99"), "Due__c": Decimal("9.99"), "Due_Count__c": 1},
        before=(BLANK,),
    ),
    "late": Person(
        "2008",
        owes=((999, LONG_AGO),),
        right={"Outstanding__c": Decimal("9.99"), "Overdue__c": Decimal("9.99"), "Overdue_Count__c": 1},
        before=({"Overdue__c": 0, "Overdue_Count__c": 0, "Due__c": Decimal("9.99"), "Due_Count__c": 1},),
    ),
    "owing too much": Person(
        "2009",
        owes=((HUGE, SOON),),
        custom={"Segment": f"{SECRET} Group"},
        right={"Segment__c": f"{SECRET} Group", "Due_Count__c": 1},
        before=(BLANK,),
    ),
    "with two Accounts": Person("2011", before=(BLANK, OLD)),
    "claiming": Person("2012", before=(OLD,)),
    "claiming too": Person("2012", before=()),
    "without an Account": Person("2013", before=()),
    "without a key": Person("", before=()),
}

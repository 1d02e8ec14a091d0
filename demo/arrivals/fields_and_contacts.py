"""Custom fields and additional contacts of the demonstration, which come with the history."""

from __future__ import annotations

from typing import Any

from demo.errors import DemoError
from demo.screen import Screen
from demo.vendors import Stripe, Upflow

FIELD = "Billing e-mail"
SETTINGS = f"""\
    # A custom field of Upflow, filled from a field of Stripe's customers.
    custom_fields:
      customers:
        - {{native: Account email, field: {FIELD}}}
    # Addresses in the metadata of customers become further contacts.
    additional_contacts: contacts
"""
"""What organizations.yaml says about them."""


def show_fields(screen: Screen, stripe: Stripe, upflow: Upflow) -> None:
    """
    Print how many customers have their custom field in Upflow.

    Raises:
        DemoError: One shows another value than Stripe.
    """
    [field] = [each["id"] for each in upflow.records("custom_fields") if each["name"] == FIELD]
    shown = {customer["externalId"]: _value(customer, field) for customer in upflow.records("customers")}
    wanted = {each["id"]: each["email"] for each in stripe.records("customers") if each["id"] in shown}
    if wrong := [each for each, value in wanted.items() if shown[each] != value]:
        raise DemoError(f"{len(wrong)} customers show another value of {FIELD!r} in Upflow than in Stripe")
    screen.done(f"The custom field {FIELD!r} has arrived with all {len(wanted)} customers")


def _value(customer: dict[str, Any], field: str) -> Any:  # noqa: ANN401 - any JSON
    return next((each["value"] for each in customer["customFields"] if each["id"] == field), None)


def show_contacts(screen: Screen, stripe: Stripe, upflow: Upflow) -> None:
    """
    Print how many customers have an additional contact in Upflow.

    Raises:
        DemoError: One lacks it.
    """
    shown = {
        customer["externalId"]: {each["email"] for each in customer["contacts"] if not each["isMain"]}
        for customer in upflow.records("customers")
    }
    copies = {each["id"]: each["metadata"].get("additional_emails_cc") for each in stripe.records("customers")}
    wanted = {each: address for each, address in copies.items() if address and each in shown}
    if missing := [each for each, address in wanted.items() if address not in shown[each]]:
        raise DemoError(f"{len(missing)} customers lack their additional contact in Upflow")
    screen.done(f"The additional contacts of {len(wanted)} customers have arrived, beside their main contacts")

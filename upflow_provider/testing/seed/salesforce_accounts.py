"""The fake Salesforce as it begins: an Account for every customer of a seed, with fields for what Upflow knows."""

from upflow_provider.testing.salesforce.fake import FakeSalesforce
from upflow_provider.testing.salesforce.org.fields import (
    currency_field,
    long_text_field,
    number_field,
    picklist_field,
    text_field,
    url_field,
)
from upflow_provider.testing.seed.seed import Seed

KEY = "Billing_Id__c"
"""Field of Account that holds Stripe's id of the customer."""
CURRENCY = "CurrencyIsoCode"
CURRENCIES = ("EUR", "USD", "GBP", "JPY", "KWD", "ISK")
"""Of the seeded invoices; an Account's amounts are in the Account's own."""
MAPPED = {
    # Three decimals, because dinars have them.
    "outstanding": currency_field("Upflow_Outstanding__c", scale=3),
    "overdue": currency_field("Upflow_Overdue__c", scale=3),
    "due": currency_field("Upflow_Due__c", scale=3),
    "overdue_count": number_field("Upflow_Overdue_Count__c"),
    "due_count": number_field("Upflow_Due_Count__c"),
    "average_payment_delay": number_field("Upflow_Payment_Delay__c", scale=1),
    "rating": text_field("Upflow_Rating__c"),
    "details_url": url_field("Upflow_Page__c"),
    "portal_url": long_text_field("Upflow_Portal__c"),
    "payment_method": text_field("Upflow_Payment_Method__c"),
    "payment_method_status": text_field("Upflow_Payment_Method_Status__c"),
}
"""
Fields of Account for what Upflow knows, by the name that the setting ``salesforce.fields`` has for it.

They are those of the documented example, so that its ``organizations.yaml`` works with the fake.
"""
FIELDS = (
    text_field(KEY, 255, externalId=True, unique=True, label="Billing id"),
    picklist_field(CURRENCY, CURRENCIES, label="Account Currency", length=3, byteLength=9, defaultedOnCreate=True),
    *MAPPED.values(),
)
"""Fields of Account beside the standard ones."""


def field_of(upflow: str) -> str:
    """Return the API name of the field of Account for what Upflow knows, such as ``outstanding``."""
    return str(MAPPED[upflow]["name"])


def sales(seed: Seed) -> FakeSalesforce:
    """Return a fake Salesforce of many currencies, with an Account for every customer of a seed."""
    salesforce = FakeSalesforce(fields=FIELDS, seed=seed.seed)
    for number in range(seed.customers):
        customer = seed.customer(number)
        salesforce.add_account(Name=customer["name"], **{KEY: customer["id"], CURRENCY: customer["currency"].upper()})
    return salesforce

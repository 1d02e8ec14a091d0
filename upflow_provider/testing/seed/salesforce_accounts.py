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
PAGE, PORTAL = "Upflow_Page__c", "Customer_Portal__c"
"""Fields of Account for links: to the customer's page in Upflow, and to the customer's portal."""
CURRENCIES = ("EUR", "USD", "GBP", "JPY", "KWD", "ISK")
"""Of the seeded invoices; an Account's amounts are in the Account's own."""
FIELDS = (
    text_field(KEY, 40, externalId=True, unique=True, label="Billing id"),
    picklist_field(CURRENCY, CURRENCIES, label="Account Currency", length=3, byteLength=9, defaultedOnCreate=True),
    # Three decimals, because dinars have them.
    currency_field("Outstanding__c", scale=3),
    currency_field("Overdue__c", scale=3),
    currency_field("Due__c", scale=3),
    number_field("Overdue_Invoices__c"),
    number_field("Due_Invoices__c"),
    number_field("Average_Payment_Delay__c", scale=1),
    text_field("Rating__c", 40),
    text_field("Payment_Method__c", 40),
    text_field("Payment_Method_Status__c", 40),
    url_field(PAGE),
    long_text_field(PORTAL),
)
"""Fields of Account beside the standard ones."""


def sales(seed: Seed) -> FakeSalesforce:
    """Return a fake Salesforce of many currencies, with an Account for every customer of a seed."""
    salesforce = FakeSalesforce(fields=FIELDS, seed=seed.seed)
    for number in range(seed.customers):
        customer = seed.customer(number)
        salesforce.add_account(Name=customer["name"], **{KEY: customer["id"], CURRENCY: customer["currency"].upper()})
    return salesforce

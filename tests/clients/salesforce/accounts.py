"""Accounts of the fake Salesforce."""

RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
"""The code of a refusal by a validation rule."""


def accounts(salesforce, number, **values):
    """Make Accounts; return their Ids."""
    return [salesforce.add_account(Name=f"Account {each}", **values) for each in range(number)]

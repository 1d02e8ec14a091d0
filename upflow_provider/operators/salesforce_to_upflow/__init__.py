"""Operators that bring what Salesforce knows about customers into Upflow."""

from upflow_provider.operators.salesforce_to_upflow.account_import import SalesforceToUpflowOperator

__all__ = ["SalesforceToUpflowOperator"]

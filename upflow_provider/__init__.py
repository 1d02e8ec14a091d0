"""Upflow for Apache Airflow: Stripe Billing into Upflow, and Upflow into Salesforce."""

# Airflow imports this module before its configuration is ready: keep it free of imports.
__version__ = "0.1.0"

"""Airflow DAGs, one for each organization. Upflow to Stripe: payments of the portal."""

from upflow_provider.dags import each_organization, upflow_payments_to_stripe

globals().update(each_organization(upflow_payments_to_stripe, beside=__file__))

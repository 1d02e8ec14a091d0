"""Airflow DAGs, one for each organization. Stripe to Upflow: sync."""

from upflow_provider.dags import each_organization, stripe_to_upflow_sync

globals().update(each_organization(stripe_to_upflow_sync, beside=__file__))

"""Airflow DAGs, one for each organization: Stripe -> Upflow, what changed."""

from upflow_provider.dags import each_organization, stripe_to_upflow_sync

globals().update(each_organization(stripe_to_upflow_sync, beside=__file__))

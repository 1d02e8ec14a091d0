"""Airflow DAGs, one for each organization: Stripe -> Upflow, history."""

from upflow_provider.dags import each_organization, stripe_to_upflow_backfill

globals().update(each_organization(stripe_to_upflow_backfill, beside=__file__))

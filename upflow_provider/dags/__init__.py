"""
Airflow DAGs to import: one function for each DAG, named after its DAG id.

A file in a DAG folder needs three lines; ``python -m upflow_provider dags`` writes them all::

    '''Airflow DAGs: what changed in Stripe, into Upflow.'''

    from upflow_provider.dags import each_organization, stripe_to_upflow_sync

    globals().update(each_organization(stripe_to_upflow_sync, beside=__file__, tags=["finance"]))

The docstring matters: Airflow ignores files that contain neither the word *airflow* nor the word *dag*.
"""

from __future__ import annotations

from upflow_provider.dags.backfill import stripe_to_upflow_backfill
from upflow_provider.dags.customer_file import upflow_customer_file
from upflow_provider.dags.export import upflow_to_salesforce
from upflow_provider.dags.organizations import each_organization
from upflow_provider.dags.portal_links import upflow_portal_links
from upflow_provider.dags.rebuild import upflow_ledger_rebuild
from upflow_provider.dags.salesforce_import import salesforce_to_upflow
from upflow_provider.dags.sync import stripe_to_upflow_sync
from upflow_provider.dags.write_back import upflow_payments_to_stripe

__all__ = [
    "each_organization",
    "salesforce_to_upflow",
    "stripe_to_upflow_backfill",
    "stripe_to_upflow_sync",
    "upflow_customer_file",
    "upflow_ledger_rebuild",
    "upflow_payments_to_stripe",
    "upflow_portal_links",
    "upflow_to_salesforce",
]

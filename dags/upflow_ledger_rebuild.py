"""Airflow DAGs, one for each organization. Upflow: rebuild the ledger."""

from upflow_provider.dags import each_organization, upflow_ledger_rebuild

globals().update(each_organization(upflow_ledger_rebuild, beside=__file__))

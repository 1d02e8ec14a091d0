"""Airflow DAGs, one for each organization: The ledger, rebuilt from Upflow."""

from upflow_provider.dags import each_organization, upflow_ledger_rebuild

globals().update(each_organization(upflow_ledger_rebuild, beside=__file__))

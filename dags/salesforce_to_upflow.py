"""Airflow DAGs, one for each organization. Salesforce to Upflow."""

from upflow_provider.dags import each_organization, salesforce_to_upflow

globals().update(each_organization(salesforce_to_upflow, beside=__file__))

"""Airflow DAGs, one for each organization. Upflow to Salesforce."""

from upflow_provider.dags import each_organization, upflow_to_salesforce

globals().update(each_organization(upflow_to_salesforce, beside=__file__))

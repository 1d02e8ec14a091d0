"""Airflow DAGs, one for each organization. Upflow: customer file."""

from upflow_provider.dags import each_organization, upflow_customer_file

globals().update(each_organization(upflow_customer_file, beside=__file__))

"""Airflow DAGs, one for each organization. Upflow to Salesforce: portal links."""

from upflow_provider.dags import each_organization, upflow_portal_links

globals().update(each_organization(upflow_portal_links, beside=__file__))

"""Airflow DAGs, one for each organization: Upflow -> Salesforce, links to the customer portal."""

from upflow_provider.dags import each_organization, upflow_portal_links

globals().update(each_organization(upflow_portal_links, beside=__file__))

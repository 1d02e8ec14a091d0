"""
### Upflow -> Salesforce, links to the customer portal

Every Account that is matched to a customer holds a link to the customer's portal that is valid for at least 30 more
days, at any time. Links are renewed about every 30 days, each on a day of its own, those that expire first before
the others; `link_margin_days` in `organizations.yaml` says for how long renewals may fail.

* **Clear it at any time:** a link counts as renewed only when Salesforce has confirmed it.
* **The first run** makes all links, at the pace of Upflow's limit: 10,000 take about 17 minutes. Whatever ends it,
  the next goes on where it was.
* `dry_run` counts the links that would be made.

Links are secrets, for whoever has one is let in: they are in no log, no XCom and no table of ours.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, CronTriggerTimetable, Param

from upflow_provider.operators.preflight import PreflightOperator
from upflow_provider.operators.upflow_to_salesforce import UpflowPortalLinksOperator
from upflow_provider.settings import Entry, read_organizations

DAILY = CronTriggerTimetable("37 3 * * *", timezone="UTC")


def portal_links(entry: Entry) -> DAG:
    """Return the DAG of one organization's portal links."""
    organization = entry.organization
    with DAG(
        dag_id=organization.dag_id("upflow_portal_links"),
        dag_display_name=f"Upflow to Salesforce: portal links ({organization.name})",
        schedule=DAILY,
        start_date=datetime(2011, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        render_template_as_native_obj=True,
        default_args={"owner": "finance", "retries": 3, "retry_delay": timedelta(minutes=30)},
        params={"dry_run": Param(default=False, type="boolean", description="Report only, make no link")},
        doc_md=__doc__,
        tags=["upflow", "salesforce"],
    ) as dag:
        PreflightOperator(
            task_id="preflight", organization=organization, systems=("upflow", "salesforce"), access_task="renew"
        )
        UpflowPortalLinksOperator(
            task_id="renew",
            organization=organization,
            is_dry_run="{{ params.dry_run }}",
            execution_timeout=timedelta(days=2),
        )
    return dag


for each in read_organizations(Path(__file__).with_name("organizations.yaml")):
    # What is wrong with an organization's settings is said by its sync.
    if each.organization.salesforce and "portal_url" in each.organization.salesforce.fields:
        globals()[each.organization.dag_id("upflow_portal_links")] = portal_links(each)

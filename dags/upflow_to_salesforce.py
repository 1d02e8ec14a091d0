"""
### Upflow -> Salesforce

Gives every Account what Upflow knows of its customer: amounts, counts, links, custom fields, as mapped in
`organizations.yaml`. Both sides are read and compared; only fields that differ are written, by the Account's Id: no
Account is ever made. Runs when the sync has changed something in Upflow, and hourly.

* **Clear it at any time:** Salesforce itself says what it holds, so that nothing is written twice for nothing.
* **Something is refused?** The task fails at its end and names the first of them; all are in the ledger with
  Salesforce's words. The next run tries them again.
* `full` writes all mapped fields of all matched Accounts, whatever they hold.
* `dry_run` compares only, and shows how many Accounts differ in which field.

Links to the customer portal come from `upflow_portal_links`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import DAG, Asset, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, Param

from upflow_provider.operators.preflight import PreflightOperator
from upflow_provider.operators.upflow_to_salesforce import UpflowToSalesforceOperator
from upflow_provider.settings import Entry, read_organizations
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

HOURLY = CronTriggerTimetable("7 * * * *", timezone="UTC")


def export(entry: Entry) -> DAG:
    """Return the export DAG of one organization."""
    organization = entry.organization
    from_stripe = {"payment_method", "payment_method_status"} & organization.salesforce.fields.keys()
    streams = [Asset(f"upflow://{organization.name}/{name}") for name in STREAMS]
    with DAG(
        dag_id=organization.dag_id("upflow_to_salesforce"),
        dag_display_name=f"Upflow to Salesforce ({organization.name})",
        schedule=AssetOrTimeSchedule(timetable=HOURLY, assets=AssetAny(*streams)),
        start_date=datetime(2011, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        render_template_as_native_obj=True,
        default_args={"owner": "finance", "retries": 2, "retry_delay": timedelta(minutes=2)},
        params={
            "full": Param(default=False, type="boolean", description="Write all fields of all matched Accounts"),
            "dry_run": Param(default=False, type="boolean", description="Report only, write nothing"),
        },
        doc_md=__doc__,
        tags=["upflow", "salesforce"],
    ) as dag:
        PreflightOperator(
            task_id="preflight",
            organization=organization,
            systems=("upflow", "salesforce", *(("stripe",) if from_stripe else ())),
            access_task="export",
        )
        UpflowToSalesforceOperator(
            task_id="export",
            organization=organization,
            full="{{ params.full }}",
            is_dry_run="{{ params.dry_run }}",
            execution_timeout=timedelta(hours=12),
        )
    return dag


for each in read_organizations(Path(__file__).with_name("organizations.yaml")):
    # What is wrong with an organization's settings is said by its sync.
    if each.organization.salesforce:
        globals()[each.organization.dag_id("upflow_to_salesforce")] = export(each)

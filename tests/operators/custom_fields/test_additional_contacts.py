"""Additional contacts as tasks of a DAG bring them, in each of the ways, from the settings to Upflow."""

import pytest

from upflow_provider.dags import stripe_to_upflow_backfill, stripe_to_upflow_sync
from upflow_provider.operators.custom_fields import UpflowCustomFieldsOperator
from upflow_provider.operators.stripe_to_upflow import StripeCustomersToUpflowOperator
from upflow_provider.settings import Entry, Organization

WINDOW = {"start": "2026-01-01", "end": "2027-01-01"}


@pytest.mark.parametrize("way", ["fields", "contacts"])
def test_addresses_in_metadata_become_contacts(connections, context, fake_stripe, fake_upflow, way):
    """With fields, the task for custom fields makes them first, and is in both DAGs; contacts need none."""
    metadata = {"additional_emails_to": "Ann Lee <a@example.com>", "additional_emails_cc": "c@example.com"}
    fake_stripe.create_customer(
        id="cus_1", name="Alder", email="m@example.com", created=1_768_435_200, metadata=metadata
    )
    organization = Organization(additional_contacts=way)
    dags = [build(Entry(organization)) for build in (stripe_to_upflow_backfill, stripe_to_upflow_sync)]
    if way == "fields":
        UpflowCustomFieldsOperator(task_id="custom_fields", organization=organization).execute(context)
        fake_upflow.people.manage_contacts("Additional emails to", "Additional emails cc")
    StripeCustomersToUpflowOperator(task_id="customers", organization=organization, **WINDOW).execute(context)

    assert ["custom_fields" in dag.task_dict for dag in dags] == [way == "fields"] * 2
    contacts = {each["email"]: each for each in fake_upflow.answer("customers", "cus_1")["contacts"]}
    assert sorted(contacts) == ["a@example.com", "c@example.com", "m@example.com"]
    assert contacts["a@example.com"]["firstName"] == (None if way == "fields" else "Ann")
    assert (contacts["a@example.com"]["externalId"] is None) == (way == "fields")

"""The DAG folder of the demonstration: the DAGs of the checkout, with other settings."""

from __future__ import annotations

import shutil
from pathlib import Path

from demo.arrivals.fields_and_contacts import SETTINGS as FIELDS_AND_CONTACTS
from upflow_provider.testing.seed.salesforce_accounts import KEY, MAPPED

SETTINGS = f"""\
# Created by `make demo`: dags/organizations.yaml, with all that the demonstration shows.
organizations:
  default:
    upflow_conn_id: upflow_default
    stripe_conn_id: stripe_default
    time_zone: UTC
    # PDFs of open invoices, after the money.
    pdfs: open
{FIELDS_AND_CONTACTS}    # Payments of Upflow's portal are written back to Stripe.
    write_back: {{}}
    salesforce:
      conn_id: salesforce_default
      # The id of the customer in Stripe, which is its external id in Upflow, is in this field of its Account.
      match: {{upflow: external_id, salesforce: {KEY}}}
      # What Upflow knows about the customer, and its field of the Account.
      fields:
""" + "".join(f"        {upflow}: {field['name']}\n" for upflow, field in MAPPED.items())


def lay_out(dags: Path, folder: Path) -> Path:
    """
    Copy the DAGs of a checkout to a new folder, and write its ``organizations.yaml``.

    The checkout's own settings are not used: they may name real accounts.

    Returns:
        The folder.
    """
    folder.mkdir()
    for each in dags.glob("*.py"):
        shutil.copy(each, folder)
    (folder / "organizations.yaml").write_text(SETTINGS, encoding="utf-8")
    return folder

"""
The fake Upflow and the fake Salesforce of the benchmark `export`, filled, in a process of their own.

``python -m benchmarks.export_vendors FOLDER CUSTOMERS`` writes what Accounts should hold to ``rows.json``, that of
customers that have changed to ``changed.json`` too, and prints where the fakes are as JSON once they answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.vendors import LATENCY_S
from upflow_provider import testing
from upflow_provider.testing.salesforce.org.fields import (
    currency_field,
    date_field,
    number_field,
    picklist_field,
    text_field,
    url_field,
)
from upflow_provider.testing.upflow.records import answers
from upflow_provider.testing.wire.certificates import Certificates

CHANGED_EVERY = 100
"""One customer in so many has changed since Salesforce was told."""
TIERS = ("Bronze", "Silver", "Gold")
FIELDS = (
    text_field("Billing_Id__c", 40, externalId=True, unique=True),
    currency_field("Outstanding__c"),
    currency_field("Overdue__c"),
    currency_field("Due__c"),
    number_field("Overdue_Count__c"),
    number_field("Due_Count__c"),
    url_field("Upflow_Page__c"),
    picklist_field("Tier__c", TIERS),
    date_field("Since__c"),
)
DEFINITIONS = {"Tier": "SELECT", "Since": "DATE"}
"""Custom fields of Upflow's customers, and their types."""
SETTINGS: dict[str, Any] = {
    "match": {"salesforce": "Billing_Id__c"},
    "fields": {
        "outstanding": "Outstanding__c",
        "overdue": "Overdue__c",
        "due": "Due__c",
        "overdue_count": "Overdue_Count__c",
        "due_count": "Due_Count__c",
        "details_url": "Upflow_Page__c",
    },
    "custom_fields": {name: f"{name}__c" for name in DEFINITIONS},
}
"""The organization's part ``salesforce``."""
STALE: dict[str, Any] = {"Outstanding__c": 0, "Due__c": 0, "Due_Count__c": 0}
"""What an Account holds of a customer that has changed since."""


def main(folder: str, customers: str) -> None:
    """Fill both fakes, and serve them until standard input ends, as it does with the process at its other end."""
    upflow = testing.FakeUpflow(enforce_limits=False)
    salesforce = testing.FakeSalesforce(fields=FIELDS, daily_requests=1_000_000)
    _fill(upflow, int(customers))
    rows = [_moved(salesforce, number, row) for number, row in enumerate(_rows(upflow))]
    for name, written in {"rows.json": rows, "changed.json": rows[::CHANGED_EVERY]}.items():
        (Path(folder) / name).write_text(json.dumps(written), encoding="utf-8")
    upflow.faults.latency_s = salesforce.faults.latency_s = LATENCY_S
    certificates = Certificates.of(Path(folder) / "certificates")
    with (
        testing.serve(upflow.app) as at_upflow,
        testing.serve(salesforce.app, tls=certificates.server) as at_salesforce,
    ):
        upflow.url, salesforce.url, accepted = at_upflow.url, at_salesforce.url, salesforce.credentials
        said = {
            "upflow": [upflow.url, upflow.api_key, upflow.api_secret],
            "salesforce": [salesforce.url, accepted.client_id, accepted.client_secret],
            "authority": str(certificates.authority),
            "bundle": str(certificates.bundle),
        }
        print(json.dumps(said), flush=True)
        sys.stdin.read()


def _fill(upflow: Any, customers: int) -> None:  # noqa: ANN401 - imported late, by its package
    """Give Upflow customers, two custom fields, and an invoice each."""
    store, today = upflow.store, datetime.now(UTC).date()
    defined = {
        name: store.put(
            "custom_fields",
            {"externalId": name, "name": name, "entityType": "CUSTOMER", "dataType": kind, "options": []},
        )
        for name, kind in DEFINITIONS.items()
    }
    for number in range(customers):
        values = {"Tier": {"label": TIERS[number % 3]}, "Since": f"2024-01-{1 + number % 28:02}"}
        held = [{"id": defined[name]["id"], "externalId": name, "value": value} for name, value in values.items()]
        customer = store.put(
            "customers",
            {"externalId": f"C-{number:06}", "name": f"Customer {number}", "contacts": [], "customFields": held},
        )
        due = today.replace(year=today.year + (-1 if number % 2 else 1), day=1)
        invoice = {"externalId": f"I-{number:06}", "customId": f"I-{number:06}", "currency": "EUR"}
        amounts = {"grossAmount": 10_000 + number, "netAmount": 10_000 + number}
        dates = {"issuedAt": "2024-06-01", "dueDate": due.isoformat()}
        store.put("invoices", {**invoice, **amounts, **dates, "customerId": customer["id"]})


def _rows(upflow: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - as above
    """Yield what each Account should hold."""
    for record in upflow.store.customers.values():
        customer = answers.customer(upflow.store, record)
        tier, since = (each["value"] for each in customer["customFields"])
        yield {
            "Billing_Id__c": customer["externalId"],
            "Outstanding__c": customer["balance"] / 100,
            "Overdue__c": customer["amountOverdue"] / 100,
            "Due__c": customer["amountDue"] / 100,
            "Overdue_Count__c": customer["countInvoicesOverdue"],
            "Due_Count__c": customer["countInvoicesDue"],
            "Upflow_Page__c": customer["directUrl"],
            "Tier__c": tier["label"],
            "Since__c": since,
        }


def _moved(salesforce: Any, number: int, row: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Make the Account, stale if its customer has changed, and return the row with its Id."""
    old = STALE if number % CHANGED_EVERY == 0 else {}
    return {"Id": salesforce.add_account(Name=f"Account {number}", **{**row, **old}), **row}


if __name__ == "__main__":
    main(*sys.argv[1:])

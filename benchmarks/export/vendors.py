"""
The fake Upflow and the fake Salesforce of the benchmark `export`, with data, in a process of their own.

``python -m benchmarks.export.vendors FOLDER CUSTOMERS`` writes the values that all Accounts should have to
``rows.json``, and those of customers that have changed to ``changed.json``. Once the fakes answer, it prints their
addresses and credentials as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import answer
from benchmarks.vendors import LATENCY_S
from upflow_provider.testing.salesforce.fake import FakeSalesforce
from upflow_provider.testing.salesforce.org.fields import (
    currency_field,
    date_field,
    number_field,
    picklist_field,
    text_field,
    url_field,
)
from upflow_provider.testing.upflow.fake import FakeUpflow
from upflow_provider.testing.upflow.records import answers
from upflow_provider.testing.wire.certificates import Certificates
from upflow_provider.testing.wire.server import serve

CHANGED_EVERY = 100
"""One customer in so many has changed since the last export."""
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
"""The part ``salesforce`` of the organization's settings."""
STALE: dict[str, Any] = {"Outstanding__c": 0, "Due__c": 0, "Due_Count__c": 0}
"""Outdated values on the Account of a customer that has changed."""


def main(folder: str, customers: str) -> None:
    """Fill both fakes, and serve them until standard input ends, as it does when the benchmark ends."""
    upflow = FakeUpflow(enforce_limits=False)
    salesforce = FakeSalesforce(fields=FIELDS, daily_requests=1_000_000)
    _fill(upflow, int(customers))
    rows = [_added(salesforce, number, row) for number, row in enumerate(_rows(upflow))]
    for name, written in {"rows.json": rows, "changed.json": rows[::CHANGED_EVERY]}.items():
        (Path(folder) / name).write_text(json.dumps(written), encoding="utf-8")
    upflow.faults.latency_s = salesforce.faults.latency_s = LATENCY_S
    certificates = Certificates.of(Path(folder) / "certificates")
    with (
        serve(upflow.app) as at_upflow,
        serve(salesforce.app, tls=certificates.server) as at_salesforce,
    ):
        upflow.url, salesforce.url, accepted = at_upflow.url, at_salesforce.url, salesforce.credentials
        addresses = {
            "upflow": [upflow.url, upflow.api_key, upflow.api_secret],
            "salesforce": [salesforce.url, accepted.client_id, accepted.client_secret],
            "authority": str(certificates.authority),
            "bundle": str(certificates.bundle),
        }
        answer(addresses)
        sys.stdin.read()


def _fill(upflow: FakeUpflow, customers: int) -> None:
    """Create customers in Upflow, with two custom fields and one invoice each."""
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


def _rows(upflow: FakeUpflow) -> Iterator[dict[str, Any]]:
    """Yield the values that each Account should have."""
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


def _added(salesforce: FakeSalesforce, number: int, row: dict[str, Any]) -> dict[str, Any]:
    """Create the Account, outdated if its customer has changed, and return the row with its Id."""
    old = STALE if number % CHANGED_EVERY == 0 else {}
    return {"Id": salesforce.add_account(Name=f"Account {number}", **{**row, **old}), **row}


if __name__ == "__main__":
    main(*sys.argv[1:])

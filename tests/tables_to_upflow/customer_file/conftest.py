"""A fake Upflow with a few customers, and files that are imported into it."""

import csv
import io
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.dry_run import DryRun
from upflow_provider.delivery.importer import Importer
from upflow_provider.hooks.upflow import UpflowAuth
from upflow_provider.ledger import Ledger
from upflow_provider.tables_to_upflow.customer_file.error_file import write_error_file
from upflow_provider.tables_to_upflow.customer_file.file_import import FileImport, FileOptions
from upflow_provider.tables_to_upflow.customer_file.input_file import InputFile
from upflow_provider.tables_to_upflow.customer_file.report import FileReport
from upflow_provider.tables_to_upflow.customer_file.settings import CustomerFileSettings
from upflow_provider.tables_to_upflow.mapping.cells import CellOptions
from upflow_provider.tables_to_upflow.parents import TableParents
from upflow_provider.tables_to_upflow.sources.csv_file import CsvFile
from upflow_provider.testing.upflow.records import custom_fields, imports
from upflow_provider.testing.upflow.records.schemas import CustomerImport, CustomFieldCreate, InvoiceImport

CELLS = CellOptions("major", ZoneInfo("Europe/Paris"), {})


class Kept(io.BytesIO):
    """What is written stays readable after it is closed."""

    content = b""

    def close(self):
        """Keep what was written."""
        if not self.closed:
            self.content = self.getvalue()
        super().close()


@dataclass
class Files:
    """Imports files into a fake Upflow; every import is a run of its own."""

    upflow: Any
    ledger: Ledger
    settings: dict[str, Any] = field(default_factory=dict)
    runs: int = 0
    sleeps: list[float] = field(default_factory=list)
    sleep: Any = None
    errors: str = ""

    def client(self):
        """Return a client of the fake."""
        session = requests.Session()
        session.auth = UpflowAuth(self.upflow.api_key, self.upflow.api_secret)
        return UpflowClient(UpflowHttp(session, self.upflow.base_url, sleep=self.sleeps.append))

    def import_(self, text, kind="customers", *, threads=2, dry_run=False, source=None, **options):
        """Import a file, given as text or bytes, and return its report; keep its error file."""
        data = text.encode() if isinstance(text, str) else text
        self.runs += 1
        client, report = self.client(), FileReport(kind, "file.csv", "")
        settings = CustomerFileSettings.model_validate(self.settings)
        options = FileOptions(kind, CELLS, settings, **options)
        self.upflow.requests.clear()
        with InputFile(lambda: io.BytesIO(data), "file.csv") as copy:
            source = source or CsvFile(copy.open)
            made = {"upflow": client, "ledger": self.ledger, "deliverer": self.deliverer(client, dry_run=dry_run)}
            with FileImport(source, options, threads=threads, sleep=self.sleep or self.sleeps.append, **made) as file:
                file.run(report)
                kept = Kept()
                write_error_file(source, file.notes, lambda: kept)
        self.errors = kept.content.decode("utf-8-sig")
        assert report.read == report.accepted + report.rejected + report.blank
        assert report.records.read == report.records.handled
        return report

    def deliverer(self, client, *, dry_run=False):
        """Return what makes an importer, or a dry run."""

        def made(destination):
            if dry_run:
                plan = self.ledger.plan(f"run-{self.runs}", "me")
                return DryRun(self.ledger, TableParents(client, self.ledger, plan), plan)
            parents = TableParents(client, self.ledger)
            return Importer(upflow=destination, ledger=self.ledger, parents=parents, owner="me", run="r")

        return made

    def customer(self, external_id, **fields):
        """Let Upflow have a customer."""
        body = CustomerImport.model_validate({"externalId": external_id, "name": external_id, **fields})
        return imports.import_customer(self.upflow.store, self.upflow.behaviour, body)[0]

    def invoice(self, external_id, customer, **fields):
        """Let Upflow have an invoice of 120.00 EUR."""
        whole = {
            "externalId": external_id,
            "customId": f"2026-{external_id}",
            "issuedAt": "2026-01-15",
            "dueDate": "2026-02-14",
            "currency": "EUR",
            "grossAmount": 12_000,
            "netAmount": 10_000,
            "customer": {"externalId": customer},
            **fields,
        }
        return imports.import_document(
            self.upflow.store, self.upflow.behaviour, "invoices", InvoiceImport.model_validate(whole)
        )[0]

    def field(self, name, kind, *options):
        """Let Upflow have a custom field of customers."""
        body = CustomFieldCreate.model_validate({"name": name, "entityType": "CUSTOMER", "dataType": kind})
        definition = custom_fields.define(self.upflow.store, body)
        definition["options"] += [{"label": each} for each in options]
        self.upflow.behaviour.custom_field_options = "labels"

    def shown(self, external_id):
        """Return a customer as Upflow shows it."""
        return self.upflow.answer("customers", external_id)

    def contacts(self, external_id):
        """Return the contacts of a customer by address."""
        return {each["email"]: each for each in self.shown(external_id)["contacts"]}

    def values(self, external_id):
        """Return the values of the custom fields of a customer, by name."""
        names = {each["id"]: each["name"] for each in self.upflow.store.custom_fields.values()}
        return {names[each["id"]]: each["value"] for each in self.shown(external_id)["customFields"]}

    def writes(self):
        """Return the writes of the last import: method, path and body."""
        sent = [each for each in self.upflow.requests if each.method != "GET"]
        return [(each.method, each.path.removeprefix("/v1"), each.json) for each in sent]

    def reasons(self):
        """Return the reasons in the last error file."""
        separator = ";" if ";" in self.errors.splitlines()[0] else ","
        return [cells[-1] for cells in csv.reader(io.StringIO(self.errors, newline=""), delimiter=separator)][1:]


@pytest.fixture
def files(fake_upflow, ledger_engine):
    """Give the test a fake Upflow to import files into."""
    fake_upflow.limits.enforced = False
    return Files(fake_upflow, Ledger(ledger_engine, "default"))

"""One task process for `test_kill`: imports every table, may be killed any time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import requests
import sqlalchemy as sa

from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.importer import Importer
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.tables_to_upflow.directory import UpflowDirectory
from upflow_provider.tables_to_upflow.known_customers import KnownCustomers
from upflow_provider.tables_to_upflow.mapping.cells import CellOptions
from upflow_provider.tables_to_upflow.mapping.rows import RowReader
from upflow_provider.tables_to_upflow.parents import TableParents
from upflow_provider.tables_to_upflow.sources.records import ReceivedRecords
from upflow_provider.tables_to_upflow.staging import Staging
from upflow_provider.tables_to_upflow.table_import import TableImport

OPTIONS = CellOptions("minor", ZoneInfo("UTC"), {})


def import_all(config, tables, reports):
    """Import every table, one after the other; send word of the start, then the report of each table."""
    session = requests.Session()
    session.headers.update({"X-Api-Key": config["key"], "X-Api-Secret": config["secret"]})
    later = timedelta(seconds=config["later_s"])
    ledger = Ledger(prepare(sa.create_engine(config["ledger"])), "default", now=lambda: datetime.now(UTC) + later)
    upflow = UpflowClient(UpflowHttp(session, config["upflow_url"]))
    reports.send("started")
    for collection, records in tables.items():
        importer = Importer(upflow=upflow, ledger=ledger, parents=TableParents(upflow, ledger), owner="task")
        reader = RowReader(collection, {}, OPTIONS, UpflowDirectory(upflow, collection))
        with Staging() as staging:
            tables_import = TableImport(
                collection,
                "erp",
                reader=reader,
                staging=staging,
                deliverer=importer,
                ledger=ledger,
                known=KnownCustomers(upflow),
                threads=4,
            )
            check = tables_import.check(ReceivedRecords(records).rows())
            reports.send(tables_import.run(check, ledger.clock.tick()).as_dict())

"""One task process for `test_kill`: syncs every stream, keeps its cursors in a file, may be killed any time."""

import json
from datetime import UTC, datetime
from pathlib import Path

import requests
import sqlalchemy as sa

from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.importer import Importer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.parents import StripeParents
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS


def sync_everything(config, reports):
    """Sync every stream from where an earlier try ended; send word of the start, then the report of each stream."""
    window = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    session = requests.Session()
    session.headers.update({"X-Api-Key": config["key"], "X-Api-Secret": config["secret"]})
    ledger = Ledger(prepare(sa.create_engine(config["ledger"])), "default")
    sdk = open_sdk(config["stripe_key"], base_url=config["stripe_url"])
    reader = Reader(StripeSource(sdk, requests_per_second=1000, tick=ledger.clock.tick))
    upflow = UpflowClient(UpflowHttp(session, config["upflow_url"]))
    reports.send("started")
    for name, stream in STREAMS.items():
        state = Path(config["state"]) / name
        cursor, report = json.loads(state.read_text()) if state.exists() else (None, None)

        def keep(cursor, report, state=state):
            part = state.with_suffix(".part")
            part.write_text(json.dumps([cursor, report.as_dict()]))
            part.replace(state)

        sync = StreamSync(
            stream=stream.delivery_stream(Options()),
            deliverer=Importer(
                upflow=upflow,
                ledger=ledger,
                parents=StripeParents(reader, ledger, Options()),
                owner=f"task-{name}",
            ),
            ledger=ledger,
            threads=4,
        )
        total = sync.run(
            reader.pages(stream, window, cursor),
            progress=Progress(name, window),
            report=SyncReport.from_dict(report) if report else None,
            checkpoint=keep,
        )
        reports.send(total.as_dict())

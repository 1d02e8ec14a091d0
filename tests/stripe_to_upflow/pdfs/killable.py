"""One task process for `test_kill`: brings the PDFs of a window, may be killed any time."""

from datetime import UTC, datetime

import requests
import sqlalchemy as sa

from upflow_provider.clients.stripe.files import StripeFiles
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.ledger import Ledger, prepare
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.pdfs.queue import PDF_STREAMS, PdfQueue
from upflow_provider.stripe_to_upflow.pdfs.upload import PdfUpload


def bring_all(config, reports):
    """Queue and upload the PDFs of all time; send word of the start, then the report."""
    window = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    session = requests.Session()
    session.headers.update({"X-Api-Key": config["key"], "X-Api-Secret": config["secret"]})
    ledger = Ledger(prepare(sa.create_engine(config["ledger"])), "default")
    sdk = open_sdk(config["stripe_key"], base_url=config["stripe_url"])
    source = StripeSource(sdk, requests_per_second=1000, tick=ledger.clock.tick)
    report = SyncReport()
    reports.send("started")
    PdfQueue(source, ledger, "load", "load", "all", report).add_created(window, PDF_STREAMS.values())
    files = StripeFiles(config["stripe_url"])
    files._pace._interval_s = 0.0
    PdfUpload(
        source=source,
        files=files,
        upflow=UpflowClient(UpflowHttp(session, config["upflow_url"])),
        ledger=ledger,
        owner="load/pdfs",
        wanted="all",
        threads=4,
    ).run("load", report, Progress("pdfs", window))
    reports.send(report.as_dict())

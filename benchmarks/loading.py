"""One stream through the sync, as a task does it, without Airflow."""

from __future__ import annotations

from benchmarks.vendors import client_of, source_of
from upflow_provider.importing import Importer
from upflow_provider.ledger import Ledger
from upflow_provider.mapping.options import Options
from upflow_provider.progress import Progress
from upflow_provider.report import SyncReport
from upflow_provider.streams import STREAMS
from upflow_provider.sync import StreamSync
from upflow_provider.window import Window

THREADS = 4
"""The default of the setting ``threads``."""


def load(name: str, stripe_url: str, upflow_base_url: str, ledger: Ledger, window: Window) -> SyncReport:
    """Sync one stream's window between two fakes; return its report."""
    stream, options, source = STREAMS[name], Options(), source_of(stripe_url)
    importer = Importer(source=source, upflow=client_of(upflow_base_url), ledger=ledger, options=options, owner="bench")
    sync = StreamSync(stream=stream, importer=importer, ledger=ledger, options=options, owner="bench", threads=THREADS)
    pages = source.pages(stream.resource, start=window.start, end=window.end, expand=stream.expand)
    return sync.run(pages, progress=Progress(name, window))

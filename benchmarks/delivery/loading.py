"""The sync of one stream as a task does it, without Airflow."""

from __future__ import annotations

from functools import cached_property

from benchmarks.vendors import client_of, source_of
from upflow_provider.delivery.custom_fields.definitions import FieldDefinitions
from upflow_provider.delivery.importer import Importer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.ledger import Ledger
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.changes_report import ChangesReport
from upflow_provider.stripe_to_upflow.custom_fields.declared_fields import DeclaredFields
from upflow_provider.stripe_to_upflow.custom_fields.native_reads import native_reads
from upflow_provider.stripe_to_upflow.custom_fields.settings import CustomFieldSettings
from upflow_provider.stripe_to_upflow.incremental import Incremental
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.outstanding_check import OutstandingCheck, OutstandingReport
from upflow_provider.stripe_to_upflow.parents import StripeParents
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.stripe_to_upflow.streams.stream import StripeStream

THREADS = 4
"""Requests under way at once."""


class Loading:
    """
    Loads windows from the fake Stripe into the fake Upflow.

    Args:
        stripe_url: Root URL of the fake Stripe.
        upflow_base_url: Base URL of the fake Upflow.
        ledger: The ledger.
        links: How documents are linked.
        custom_fields: The custom fields that are declared; they are created.
        options: The organization's other mapping options.
    """

    def __init__(
        self,
        stripe_url: str,
        upflow_base_url: str,
        ledger: Ledger,
        links: str = "inline",
        custom_fields: CustomFieldSettings | None = None,
        options: Options | None = None,
    ) -> None:
        self._upflow, self._ledger, self._links = client_of(upflow_base_url), ledger, links
        declared = DeclaredFields(custom_fields or CustomFieldSettings(), ledger.findings)
        if custom_fields:
            declared.complete(FieldDefinitions(self._upflow, ledger, "bench"), source_of(stripe_url).refusal).check()
        self._options = declared.options(options or Options(), ledger.clock.now())
        further = native_reads(self._options.custom_fields)
        self._source = source_of(stripe_url, ledger.clock.tick, further)
        self._reader = Reader(self._source)

    def load(self, name: str, window: Window) -> SyncReport:
        """Sync one stream's window; return its report."""
        stream = STREAMS[name]
        return self._sync(stream).run(self._reader.pages(stream, window), progress=Progress(name, window))

    def catch_up(self, run: str, window: Window | None = None) -> tuple[ChangesReport, dict[str, SyncReport]]:
        """Do one run of the incremental sync; return the report of its changes, and that of each stream."""
        incremental = Incremental(source=self._source, reader=self._reader, ledger=self._ledger, run=run)
        changes, reports = incremental.open_window(window), {}
        for name, stream in STREAMS.items():
            progress = Progress(name, incremental.window())
            reports[name] = self._sync(stream).run(incremental.pages(stream), progress=progress)
            incremental.stream_done(stream)
        incremental.finish()
        return changes, reports

    def close(self, window: Window) -> OutstandingReport:
        """Do the check of outstanding amounts that ends a run."""
        check = OutstandingCheck(
            reader=self._reader,
            upflow=self._upflow,
            ledger=self._ledger,
            importer=self._importer,
            options=self._options,
            window=window,
            threads=THREADS,
        )
        return check.run()

    @cached_property
    def _importer(self) -> Importer:
        return Importer(
            upflow=self._upflow,
            ledger=self._ledger,
            parents=StripeParents(self._reader, self._ledger, self._options),
            owner="bench",
            links=self._links,
        )

    def _sync(self, stream: StripeStream) -> StreamSync:
        return StreamSync(
            stream=stream.delivery_stream(self._options),
            deliverer=self._importer,
            ledger=self._ledger,
            threads=THREADS,
        )

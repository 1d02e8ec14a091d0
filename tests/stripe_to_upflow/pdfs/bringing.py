"""What the tests of PDFs share: a run that queues PDFs, and one that uploads them."""

from tests.bridge import ALL
from upflow_provider.clients.stripe.files import StripeFiles
from upflow_provider.ledger.pdfs import NEXT_SYNC
from upflow_provider.runs.progress import Progress
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.stripe_to_upflow.pdfs.queue import PDF_STREAMS, PdfQueue
from upflow_provider.stripe_to_upflow.pdfs.upload import PdfUpload


class Pdfs:
    """
    PDFs on a bridge.

    Attributes:
        wanted: Which are brought.
        options: Those of `PdfUpload` that differ from the usual.
    """

    def __init__(self, bridge, wanted="all"):
        self.bridge, self.wanted, self.options = bridge, wanted, {}
        self.files = StripeFiles(bridge.stripe.url, sleep=bridge.sleeps.append)

    def load(self, run="load", *, window=ALL, streams=tuple(PDF_STREAMS), dry_run=False, **client):
        """Bring the PDFs of a window, as a backfill does; return the report."""
        report = SyncReport(dry_run=dry_run)
        self.queue(run, run, report, dry_run=dry_run).add_created(window, [PDF_STREAMS[name] for name in streams])
        return report if dry_run else self.upload(run, report, f"{run}/pdfs", **client)

    def follow(self, run="sync/1", *, window=ALL, dry_run=False, **client):
        """Bring the PDFs of what changed in a run of the sync; return the report."""
        report = SyncReport(dry_run=dry_run)
        self.queue(run, NEXT_SYNC, report, dry_run=dry_run).add_changed(window)
        return report if dry_run else self.upload(NEXT_SYNC, report, f"{run}/pdfs", **client)

    def queue(self, run, uploads_in, report, *, dry_run=False):
        """Return the queue of a run."""
        bridge = self.bridge
        plan = bridge.ledger.plan(run, f"{run}/pdfs") if dry_run else None
        return PdfQueue(bridge.source(), bridge.ledger, run, uploads_in, self.wanted, report, plan)

    def upload(self, run, report=None, owner="me", **client):
        """Upload what is queued for a run; return the report."""
        report = report or SyncReport()
        self.uploader(owner, **client).run(run, report, Progress("pdfs", ALL))
        assert report.read == report.handled
        return report

    def uploader(self, owner="me", **client):
        """Return what uploads."""
        bridge = self.bridge
        usual = {"threads": 2, "sleep": bridge.sleeps.append}
        return PdfUpload(
            source=bridge.source(),
            files=self.files,
            upflow=bridge.client(**client),
            ledger=bridge.ledger,
            owner=owner,
            wanted=self.wanted,
            **{**usual, **self.options},
        )

    def shown(self):
        """Return what the PDFs in Upflow show, by collection and external id."""
        found = {}
        for document, content in self.bridge.upflow.store.pdfs.items():
            record = self.bridge.upflow.store.table(document.collection)[document.id]
            found[document.collection, record["externalId"]] = content.partition(b"Tf 72 720 Td (")[2].partition(
                b") Tj"
            )[0]
        return found

    def uploads(self):
        """Return how often the PDF of each document was uploaded, by external id."""
        return {external_id: times for (_, external_id), times in self.bridge.upflow.store.pdf_uploads.items()}

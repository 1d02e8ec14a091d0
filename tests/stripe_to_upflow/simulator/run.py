"""A run of a simulated Airflow: what it is about, and its tasks in order."""

from dataclasses import dataclass
from datetime import UTC, datetime

from upflow_provider.runs.window import Window
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    """
    A run.

    Attributes:
        name: Its name.
        kind: ``sync``, ``replay``, ``backfill``, or ``rebuild`` of a lost ledger.
        window: What is replayed or loaded.
        retry_all: Whether all rejected records are tried again.
        is_dry: Whether nothing is written.
        streams: Names of the streams that a backfill loads.
        with_pdfs: Whether it brings PDFs, last.
    """

    name: str
    kind: str = "sync"
    window: Window | None = None
    retry_all: bool = False
    is_dry: bool = False
    streams: tuple[str, ...] = tuple(STREAMS)
    with_pdfs: bool = False

    @property
    def steps(self):
        """Its tasks in order."""
        if self.kind == "rebuild":
            return ("inventory",)
        pdfs = ("pdfs",) if self.with_pdfs else ()
        if self.kind == "backfill":
            return (*self.streams, "closing", *pdfs)
        after = () if self.is_dry else ("closing", "inventory", *pdfs)
        return ("take", *STREAMS, *after, "finish")

    @property
    def loads_all(self):
        """Whether it loads all streams."""
        return self.kind == "backfill" and len(self.streams) == len(STREAMS)

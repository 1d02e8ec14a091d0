"""Processes of tasks, which stop before every read and request, and when an answer arrives."""

import requests

from tests.bridge import ALL
from tests.delivery.explorer.vendors import Wire
from upflow_provider.clients.budget import Reservation
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.importer import Importer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.hooks.upflow import UpflowAuth
from upflow_provider.records.page import Page
from upflow_provider.runs.progress import Progress
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.parents import StripeParents
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

OPTIONS = Options()


class Process:
    """
    One try of a task that imports one record.

    Args:
        world: Where everything is.
        task: What it does.
        name: Its name.
        stop: Called at each stop with its kind: ``read``, ``queue`` for a slot of the budget, ``send``, ``answer``,
            or ``busy`` when it waits for another task; before a request is sent, also with a function by which it
            arrives. What it raises is raised there.
    """

    def __init__(self, world, task, name, stop):
        self.world, self.task, self.name, self.stop = world, task, name, stop
        waits = {"clock": world.clock.monotonic, "sleep": world.clock.sleep, "dice": lambda: 0.0}
        self.importer = Importer(
            upflow=UpflowClient(UpflowHttp(self._session(), world.upflow.base_url, budget=self, **waits)),
            ledger=world.ledger,
            parents=StripeParents(self, world.ledger, OPTIONS),
            owner=task.name,
        )

    def run(self):
        """Read the record, and import it."""
        stream = STREAMS[self.task.stream]
        sync = StreamSync(
            stream=stream.delivery_stream(OPTIONS),
            deliverer=self.importer,
            ledger=self.world.ledger,
            sleep=lambda _: self.stop("busy"),
        )
        sync.run(self._pages(), progress=Progress(stream.name, ALL), checkpoint=self._page_done)

    def retrieve(self, stream, record_id):
        """Read a record that another one needs, as `Reader.retrieve` does."""
        return self._read(stream.name, record_id)

    def reserve(self):
        """Wait for a slot of the budget, as `Budget.reserve` does: at once, unless time passes here."""
        self.stop("queue")
        return Reservation(granted=True, wait_s=0.0)

    def _pages(self):
        read_at = self.world.ledger.clock.tick()
        # What changes from here on belongs to the window of a later run, whether this one reads it or not.
        cursor = {"state": self.world.state}
        record = self._read(self.task.stream, self.task.record_id)
        yield Page([record], cursor, read_at, read_at)

    def _read(self, stream, record_id):
        self.stop("read")
        self.world.trace.add(self.name, f"reads {record_id} in state {self.world.state}", sees=["stripe"])
        return self.world.case.states[self.world.state][stream, record_id]

    def _page_done(self, cursor, _):
        if self.task.is_sync:
            self.world.mark_handled(self.task.stream, self.task.record_id, cursor["state"])

    def _session(self):
        made = requests.Session()
        made.trust_env = False
        made.auth = UpflowAuth(self.world.upflow.api_key, self.world.upflow.api_secret)
        made.adapters.clear()
        made.mount("http://", _Line(self))
        return made


class _Line(Wire):
    """The line of a process to Upflow."""

    def __init__(self, process):
        super().__init__(process.world.upflow.app, lambda: None, lambda: None)
        self._process = process

    def send(self, request, **_):
        process, arrive = self._process, super().send
        what = f"{request.method} {request.path_url.removeprefix('/v1')}"

        def arrives(who):
            process.world.trace.add(who, what, changes=["upflow"])
            return arrive(request)

        process.stop("send", arrives)
        answer = arrives(process.name)
        process.stop("answer")
        return answer

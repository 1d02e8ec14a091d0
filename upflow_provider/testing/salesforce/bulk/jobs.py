"""
What both kinds of Bulk API 2.0 jobs of the fake Salesforce share: their life, and how they are looked after.

See https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_0.htm.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from starlette.responses import Response

from upflow_provider.testing.salesforce.answers import answer
from upflow_provider.testing.salesforce.bulk.csv import Dialect
from upflow_provider.testing.salesforce.org.ids import USER_ID, numbered
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError, not_found
from upflow_provider.testing.salesforce.org.trouble import Stop
from upflow_provider.testing.salesforce.request import Asked, Handler

ENDED = frozenset({"JobComplete", "Failed", "Aborted"})
"""States that a job never leaves."""
_numbers = itertools.count(1)


@dataclass(slots=True, kw_only=True)
class Job:
    """
    A job.

    Its work is done at once when it starts, which is when its upload is closed, or later where jobs are postponed; its
    state tells so only after some looks at it, as with a real one.

    Attributes:
        id: Its Id.
        operation: What it does.
        path: Path of the job below ``/services/data``, as its ``contentUrl`` has it.
        dialect: How its files are written.
        created: When it was made, ISO 8601.
        looks: How many looks at it show it in progress.
        waits: Whether it is queued behind the jobs of others, and has done nothing yet.
        state: ``Open``, ``UploadComplete``, ``InProgress`` or one of `ENDED`.
        end: The state after ``InProgress``.
        message: Why it failed; shown once it has.
        processed: How many rows were processed, failed ones included.
        failed: How many of those failed.
        details: Other attributes that its answers show.
    """

    id: str
    operation: str
    path: str
    dialect: Dialect
    created: str
    looks: int
    waits: bool = False
    state: str = "Open"
    end: str = "JobComplete"
    message: str = ""
    processed: int = 0
    failed: int = 0
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether the job never changes again."""
        return self.state in ENDED

    @property
    def kind(self) -> str:
        """Salesforce's name for jobs of this kind."""
        return "V2Query" if self.operation.startswith("query") else "V2Ingest"

    @property
    def basics(self) -> dict[str, Any]:
        """What answers to changes of the job show."""
        return {
            "id": self.id,
            "operation": self.operation,
            "object": "Account",
            "createdById": USER_ID,
            "createdDate": self.created,
            "systemModstamp": self.created,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.path.split("/")[0].removeprefix("v")),
            "lineEnding": self.dialect.ending,
            "columnDelimiter": self.dialect.delimiter,
            **self.details,
        }

    @property
    def progress(self) -> dict[str, Any]:
        """What looks at the job show besides."""
        told = {
            "jobType": self.kind,
            "numberRecordsProcessed": self.processed if self.ended else 0,
            "retries": 0,
            "totalProcessingTime": 0,
        }
        if self.kind == "V2Ingest":
            told |= {
                "numberRecordsFailed": self.failed if self.ended else 0,
                "apiActiveProcessingTime": 0,
                "apexProcessingTime": 0,
            }
        return told | ({"errorMessage": self.message} if self.ended and self.message else {})

    def stop(self, stop: Stop | None) -> None:
        """Let the job end as *stop* says, if it does."""
        if stop:
            self.end, self.message = stop.state, stop.message

    def look(self) -> None:
        """Move on, as time would make it."""
        if self.waits:
            return
        if self.state == "UploadComplete":
            self.state = "InProgress"
        elif self.state == "InProgress" and self.looks <= 1:
            self.state = self.end
        elif self.state == "InProgress":
            self.looks -= 1


JobT = TypeVar("JobT", bound=Job)


class Jobs(Generic[JobT]):
    """
    The jobs of one kind.

    Args:
        org: The org.
        kind: ``ingest`` or ``query``, as in the path.
        start: Called when a job starts.
    """

    def __init__(self, org: Org, kind: str, start: Callable[[JobT], None]) -> None:
        self._org, self._kind, self._start = org, kind, start
        self._jobs: dict[str, JobT] = {}

    @property
    def routes(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of each endpoint that both kinds have."""
        path = f"/jobs/{self._kind}"
        return [
            ("GET", path, self._list),
            ("GET", f"{path}/{{job}}", self._look),
            ("PATCH", f"{path}/{{job}}", self._change),
            ("DELETE", f"{path}/{{job}}", self._delete),
        ]

    def new(self, asked: Asked, body: dict[str, Any]) -> dict[str, Any]:
        """Return what a new job of this kind begins with."""
        if body.get("contentType", "CSV") != "CSV":
            raise SalesforceRefusalError(400, "INVALID_INPUT", "contentType must be CSV")
        job_id = numbered("750", next(_numbers))
        return {
            "id": job_id,
            "operation": body["operation"],
            "path": f"{asked.version}/jobs/{self._kind}/{job_id}",
            "dialect": Dialect(body.get("lineEnding", "LF"), body.get("columnDelimiter", "COMMA")),
            "created": datetime.fromtimestamp(self._org.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "looks": self._org.looks,
        }

    def add(self, job: JobT) -> Response:
        """Keep a new job, and answer with it."""
        self._jobs[job.id] = job
        return answer(job.basics)

    def find(self, asked: Asked) -> JobT:
        """
        Return the job that a request is about.

        Raises:
            SalesforceRefusalError: There is none.
        """
        job = self._jobs.get(asked.part("job"))
        if job is None:
            raise not_found()
        return job

    def _list(self, _: Asked) -> Response:
        records = [{**job.basics, "jobType": job.kind} for job in reversed(self._jobs.values())]
        return answer({"done": True, "records": records, "nextRecordsUrl": None})

    def _look(self, asked: Asked) -> Response:
        job = self.find(asked)
        job.look()
        return answer({**job.basics, **job.progress})

    def _change(self, asked: Asked) -> Response:
        job, wanted = self.find(asked), asked.json("state").get("state")
        if wanted == "Aborted" and not job.ended:
            job.state = "Aborted"
        elif wanted == "UploadComplete" and job.state == "Open":
            job.waits = True
            self._org.trouble.start_job(lambda: self._run(job))
            job.state = "UploadComplete"
        else:
            raise wrong_state(job)
        return answer(job.basics)

    def _run(self, job: JobT) -> None:
        job.waits = False
        if not job.ended:
            self._start(job)

    def _delete(self, asked: Asked) -> Response:
        job = self.find(asked)
        if not job.ended:
            raise wrong_state(job)
        del self._jobs[job.id]
        return Response(status_code=204)


def wrong_state(job: Job) -> SalesforceRefusalError:
    """Return the refusal of what cannot be done with a job in its state."""
    return SalesforceRefusalError(400, "INVALIDJOBSTATE", f"Not possible for a job that is {job.state}")

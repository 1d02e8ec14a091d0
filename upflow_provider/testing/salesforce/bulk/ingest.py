"""Bulk API 2.0 jobs of the fake Salesforce that write Accounts from a CSV file."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from upflow_provider.testing.salesforce.bulk.csv import CsvError
from upflow_provider.testing.salesforce.bulk.jobs import Job, Jobs, wrong_state
from upflow_provider.testing.salesforce.org.ids import SHORT, long_id
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError, not_found
from upflow_provider.testing.salesforce.org.trouble import Stop
from upflow_provider.testing.salesforce.org.values import Value, from_csv
from upflow_provider.testing.salesforce.org.writer import Writer
from upflow_provider.testing.salesforce.request import Asked, Handler

INSERTS = ("insert", "upsert")
"""Operations that make Accounts; the fake notes and refuses them."""
TOGETHER = 200
"""Rows that are written in one transaction, in which an Id may occur only once."""
_KEYS = ("object", "operation", "contentType", "lineEnding", "columnDelimiter", "externalIdFieldName")


@dataclass(slots=True, kw_only=True)
class IngestJob(Job):
    """
    A job that writes.

    Attributes:
        upload: The file; None until it has arrived.
        header: Names of its columns.
        results: Rows by what became of them: ``successfulresults``, ``failedresults`` and ``unprocessedrecords``;
            before the cells of the file, the first two have an Id, and whether it was made or the error.
    """

    upload: bytes | None = None
    header: list[str] = field(default_factory=list)
    results: dict[str, list[list[str]]] = field(
        default_factory=lambda: {"successfulresults": [], "failedresults": [], "unprocessedrecords": []}
    )


_FIRST_COLUMNS = {
    "successfulresults": ["sf__Id", "sf__Created"],
    "failedresults": ["sf__Id", "sf__Error"],
    "unprocessedrecords": [],
}


class IngestJobs:
    """
    Answers requests about those jobs.

    Args:
        org: The org.
    """

    def __init__(self, org: Org) -> None:
        self._org, self._writer = org, Writer(org)
        self._jobs = Jobs[IngestJob](org, "ingest", self._start)

    @property
    def routes(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of each endpoint."""
        return [
            ("POST", "/jobs/ingest", self._create),
            *self._jobs.routes,
            ("PUT", "/jobs/ingest/{job}/batches", self._upload),
            ("GET", "/jobs/ingest/{job}/{results}", self._results),
        ]

    def _create(self, asked: Asked) -> Response:
        body = asked.json(*_KEYS)
        operation = body.get("operation")
        if operation in INSERTS:
            raise self._writer.refuse_insert(f"POST {asked.request.url.path} {operation}")
        if body.get("object") != "Account" or operation != "update":
            raise SalesforceRefusalError(400, "INVALIDJOB", f"{operation} of {body.get('object')} is not supported")
        if body.get("externalIdFieldName"):
            raise SalesforceRefusalError(400, "INVALIDJOB", "externalIdFieldName is for upserts")
        job = IngestJob(**self._jobs.new(asked, body))
        job.details["contentUrl"] = f"services/data/{job.path}/batches"
        return self._jobs.add(job)

    def _upload(self, asked: Asked) -> Response:
        job = self._jobs.find(asked)
        if job.state != "Open" or job.upload is not None:
            raise wrong_state(job)
        if asked.request.headers.get("content-type", "").partition(";")[0].strip() != "text/csv":
            raise SalesforceRefusalError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv")
        if len(asked.body) > self._org.max_upload_bytes:
            message = f"The upload is larger than {self._org.max_upload_bytes} bytes"
            raise SalesforceRefusalError(413, "REQUEST_ENTITY_TOO_LARGE", message)
        job.upload = asked.body
        return Response(status_code=201)

    def _results(self, asked: Asked) -> Response:
        job, kind = self._jobs.find(asked), asked.part("results").lower()
        if kind not in job.results:
            raise not_found()
        if not job.ended:
            raise wrong_state(job)
        rows = list(job.results[kind])
        if self._org.trouble.shuffled:
            random.Random(f"{self._org.seed} {kind}").shuffle(rows)
        file = job.dialect.write([*_FIRST_COLUMNS[kind], *job.header], rows)
        return Response(file, media_type="text/csv")

    def _start(self, job: IngestJob) -> None:
        """Write the rows of a job, or as many as it is given."""
        if job.upload is None:
            raise wrong_state(job)
        self._org.trouble.intervene()
        stop = self._org.trouble.next_stop("ingest")
        rows: list[list[str]] = []
        try:
            job.header, rows = job.dialect.read(job.upload)
            self._check_columns(job.header)
        except CsvError as error:
            stop = Stop("Failed", 0, str(error))
        end = stop.after_rows if stop else len(rows)
        for start in range(0, end, TOGETHER):
            self._write(job, rows[start : min(start + TOGETHER, end)])
        job.results["unprocessedrecords"] = rows[end:]
        job.stop(stop)

    def _check_columns(self, header: list[str]) -> None:
        visible = self._org.visible
        for number, name in enumerate(header):
            if name not in visible or name in header[:number]:
                raise CsvError(f"InvalidBatch : Field name not found : {name}")

    def _write(self, job: IngestJob, rows: list[list[str]]) -> None:
        """Write rows in one transaction."""
        at = job.header.index("Id") if "Id" in job.header else None
        ids = ["" if at is None else row[at] for row in rows]
        counts = Counter(each[:SHORT] for each in ids if each)
        self._org.automation.begin([long_id(each) if len(each) == SHORT else each for each in ids])
        for given_id, row in zip(ids, rows, strict=True):
            job.processed += 1
            try:
                cells = dict(zip(job.header, row, strict=True))
                written = self._write_one(cells, twice=counts[given_id[:SHORT]] > 1)
            except RowRefusalError as error:
                job.failed += 1
                job.results["failedresults"].append([given_id, error.text, *row])
            else:
                job.results["successfulresults"].append([written, "false", *row])

    def _write_one(self, cells: Mapping[str, str], *, twice: bool) -> str:
        """Write one row, in which an empty cell says nothing, and return the Id."""
        if twice:
            raise RowRefusalError("DUPLICATE_VALUE", f"Duplicate id specified: {cells['Id']}")
        fields = self._org.fields
        values: dict[str, Value] = {name: from_csv(fields[name], cell) for name, cell in cells.items() if cell}
        given_id = values.pop("Id", None)
        return self._writer.update(None if given_id is None else str(given_id), values)

"""
As much of the old Bulk API of the fake Salesforce as updates in JSON need: Airflow's own operator speaks it.

A job is opened, takes batches of records, and is closed; each batch has a state and, once it is completed,
results in the order of its records. See
https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/asynch_api_intro.htm.
"""

import itertools
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from upflow_provider.testing.salesforce.answers import answer
from upflow_provider.testing.salesforce.org.ids import numbered
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import RowRefusalError, SalesforceRefusalError
from upflow_provider.testing.salesforce.org.values import Value, from_json
from upflow_provider.testing.salesforce.org.writer import Writer

MAX_RECORDS, MAX_BYTES = 10_000, 10_000_000
"""Records and bytes of a batch, at most."""


@dataclass(slots=True)
class _Batch:
    """Records, and what became of them; the work is done at once, and its state tells so some looks later."""

    id: str
    job_id: str
    looks: int
    request: bytes
    state: str = "Queued"
    end: str = "Completed"
    message: str = ""
    results: list[dict[str, Any]] = field(default_factory=list)

    def look(self) -> None:
        if self.looks:
            self.state, self.looks = "InProgress", self.looks - 1
        else:
            self.state = self.end

    @property
    def told(self) -> dict[str, Any]:
        ended = self.state == self.end
        return {
            "id": self.id,
            "jobId": self.job_id,
            "state": self.state,
            "stateMessage": self.message if ended and self.message else None,
            "numberRecordsProcessed": len(self.results) if ended else 0,
            "numberRecordsFailed": sum(not each["success"] for each in self.results) if ended else 0,
        }


@dataclass(slots=True)
class _Job:
    id: str
    state: str = "Open"
    batches: dict[str, _Batch] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "operation": "update",
            "object": "Account",
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "JSON",
            "numberBatchesTotal": len(self.batches),
        }


class BulkV1:
    """
    Answers those requests.

    Args:
        org: The org.
        admit: Checks token, version, path and body of a request, and what goes wrong on demand.
    """

    def __init__(self, org: Org, admit: Callable[[str, str, Request], None]) -> None:
        self._org, self._writer, self._admit = org, Writer(org), admit
        self._jobs: dict[str, _Job] = {}
        self._numbers = itertools.count(1)

    @property
    def routes(self) -> list[Route]:
        """The endpoints."""
        job = "/services/async/{version}/job"
        batch = f"{job}/{{job}}/batch"
        return [
            Route(job, self._route(self._create), methods=["POST"]),
            Route(f"{job}/{{job}}", self._route(self._look_or_close), methods=["GET", "POST"]),
            Route(batch, self._route(self._add), methods=["POST"]),
            Route(f"{batch}/{{batch}}", self._route(self._look), methods=["GET"]),
            Route(f"{batch}/{{batch}}/result", self._route(self._results), methods=["GET"]),
            Route(f"{batch}/{{batch}}/request", self._route(self._request), methods=["GET"]),
        ]

    def _route(self, handler: Callable[[Request, bytes], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            body = await request.body()
            try:
                token = request.headers.get("x-sfdc-session", "")
                self._admit(token, f"v{request.path_params['version']}", request)
                return handler(request, body)
            except SalesforceRefusalError as error:
                name = _camel(error.code) if error.code.isupper() else error.code
                status = 400 if error.status == 401 else error.status  # noqa: PLR2004 - it knows no 401
                return answer({"exceptionCode": name, "exceptionMessage": error.message}, status)

        return handle

    def _create(self, request: Request, body: bytes) -> Response:
        wanted = _parsed(body)
        operation = wanted.get("operation") if isinstance(wanted, dict) else None
        if operation in {"insert", "upsert"}:
            raise self._writer.refuse_insert(f"POST {request.url.path} {operation}")
        if operation != "update" or wanted.get("object") != "Account" or wanted.get("contentType") != "JSON":
            raise SalesforceRefusalError(400, "InvalidJob", f"{operation} is not supported here")
        job = _Job(numbered("750", 10**9 + next(self._numbers)))
        self._jobs[job.id] = job
        return answer(job.told, 201)

    def _look_or_close(self, request: Request, body: bytes) -> Response:
        job = self._job(request)
        if request.method == "POST":
            wanted = _parsed(body)
            state = wanted.get("state") if isinstance(wanted, dict) else None
            if job.state != "Open" or state not in {"Closed", "Aborted"}:
                raise SalesforceRefusalError(400, "InvalidJobState", f"{state} is not possible: {job.state}")
            job.state = state
        return answer(job.told)

    def _add(self, request: Request, body: bytes) -> Response:
        job = self._job(request)
        if job.state != "Open":
            raise SalesforceRefusalError(400, "InvalidJobState", f"the job is {job.state}")
        records = _parsed(body)
        if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
            raise SalesforceRefusalError(400, "InvalidBatch", "a batch must be a list of objects")
        if len(records) > MAX_RECORDS or len(body) > MAX_BYTES:
            raise SalesforceRefusalError(400, "ExceededQuota", "the batch is too large")
        batch = _Batch(numbered("751", next(self._numbers)), job.id, self._org.looks, body)
        job.batches[batch.id] = batch
        told = answer(batch.told, 201)
        self._work(batch, records)
        return told

    def _work(self, batch: _Batch, records: list[dict[str, Any]]) -> None:
        self._org.trouble.intervene()
        visible = self._org.visible
        unknown = sorted({name for each in records for name in each if name not in visible})
        if unknown:
            batch.end, batch.message = "Failed", f"InvalidBatch : Field name not found : {unknown[0]}"
            return
        batch.results += [self._written(each) for each in records]

    def _written(self, record: dict[str, Any]) -> dict[str, Any]:
        try:
            values = self._values(record)
            given_id = values.pop("Id", None)
            account_id = self._writer.update(None if given_id is None else str(given_id), values)
        except RowRefusalError as error:
            return {"success": False, "created": False, "id": None, "errors": [error.json]}
        return {"success": True, "created": False, "id": account_id, "errors": []}

    def _values(self, record: dict[str, Any]) -> dict[str, Value]:
        """Return the values of a record, of which one that is of the wrong type refuses only this record."""
        try:
            return {name: from_json(self._org.fields[name], value) for name, value in record.items()}
        except SalesforceRefusalError as error:
            raise RowRefusalError("INVALID_TYPE_ON_FIELD_IN_RECORD", error.message) from None

    def _look(self, request: Request, _: bytes) -> Response:
        batch = self._batch(request)
        batch.look()
        return answer(batch.told)

    def _results(self, request: Request, _: bytes) -> Response:
        batch = self._batch(request)
        if batch.state != "Completed":
            raise SalesforceRefusalError(400, "InvalidBatch", "Batch not completed")
        return answer(batch.results)

    def _request(self, request: Request, _: bytes) -> Response:
        return Response(self._batch(request).request, media_type="application/json")

    def _job(self, request: Request) -> _Job:
        job = self._jobs.get(request.path_params["job"])
        if job is None:
            raise SalesforceRefusalError(404, "InvalidJob", "there is no such job")
        return job

    def _batch(self, request: Request) -> _Batch:
        batch = self._job(request).batches.get(request.path_params["batch"])
        if batch is None:
            raise SalesforceRefusalError(404, "InvalidBatch", "there is no such batch")
        return batch


def _parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(body, parse_float=Decimal)
    except ValueError:
        raise SalesforceRefusalError(400, "InvalidBatch", "the body is no JSON") from None


def _camel(code: str) -> str:
    """Return a code of the other APIs in this one's spelling."""
    return "".join(each.capitalize() for each in code.split("_"))

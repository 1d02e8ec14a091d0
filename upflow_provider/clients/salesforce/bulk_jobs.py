"""
Bulk API 2.0: many Accounts read or updated by a job.

https://developer.salesforce.com, Bulk API 2.0 and Bulk API Developer Guide. A job is
``Open -> UploadComplete -> InProgress -> JobComplete | Failed | Aborted``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from upflow_provider.clients.redaction import redact
from upflow_provider.clients.salesforce import answers
from upflow_provider.clients.salesforce.answers import REMEDY, member
from upflow_provider.clients.salesforce.bulk_files import CsvRecord, refusal_of, uploads
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.clients.salesforce.updates import UpdateOutcome
from upflow_provider.errors import NotFoundError, ProtocolError, RefusedError, RetriableError, UpflowSyncError

log = logging.getLogger(__name__)

UPLOAD_BYTES_MAX = 90_000_000
"""Size of one job's CSV: Salesforce takes 150 MB, measured after base64 has made it a third larger."""
RESULT_PAGE_SIZE = 50_000
"""Records of one page of a query's results."""
FIRST_POLL_S, MAX_POLL_S = 1.0, 20.0
"""Seconds between two polls of a job: at first, and at most."""
DEADLINE_S = 6 * 3600.0
"""Seconds after which a job that has not ended is aborted."""
ENDED = frozenset({"JobComplete", "Failed", "Aborted"})
JOB_ID = re.compile(r"\w{1,40}")
UNPROCESSED = "UNPROCESSED"
"""Code of a record that a job did not get to before it failed or was aborted."""


class SalesforceJobs:
    """
    Runs jobs.

    Args:
        http: Sends the requests.
        upload_bytes: Largest size of one job's CSV, in bytes.
    """

    def __init__(self, http: SalesforceHttp, *, upload_bytes: int = UPLOAD_BYTES_MAX) -> None:
        self._http, self._upload_bytes = http, upload_bytes

    def query(self, soql: str) -> Iterator[Sequence[CsvRecord]]:
        """
        Yield the pages of a query's result; values are texts, and an empty one stands for null.

        Raises:
            RefusedError: The query is wrong.
            ProtocolError: An answer is not one of the Bulk API.
            RetriableError: The job failed, or did not end, or fewer records came than it found.
        """
        wanted = {"operation": "query", "query": soql, "lineEnding": "LF"}
        path = f"/jobs/query/{_id(self._http.post('/jobs/query', wanted), 'POST /jobs/query')}"
        ended = self._wait(path)
        try:
            if ended["state"] != "JobComplete":
                raise RetriableError(f"{path}: {_state(ended)}")
            number, total = 0, ended.get("numberRecordsProcessed")
            for page in self._result_pages(f"{path}/results"):
                number += len(page)
                yield page
            if isinstance(total, int) and number < total:
                raise RetriableError(f"{path}: got {number} of {total} records, although this was the last page")
        finally:
            self._delete(path)

    def _result_pages(self, path: str) -> Iterator[Sequence[CsvRecord]]:
        """Yield the pages of a query's result; only the last one says that there is none after it."""
        locator: str | None = ""
        seen: set[str] = set()
        while locator != "null":
            params = {"maxRecords": RESULT_PAGE_SIZE, **({"locator": locator} if locator else {})}
            response = self._http.request("GET", path, params=params, accept="text/csv")
            page = answers.records(response, f"GET {path}")
            locator = response.headers.get("Sforce-Locator")
            if not locator:
                raise ProtocolError(
                    f"GET {path}: the answer does not say where the next page is (Sforce-Locator); {REMEDY}"
                )
            if locator in seen:
                raise ProtocolError(f"GET {path}: the answer names the same next page again (Sforce-Locator); {REMEDY}")
            seen.add(locator)
            yield page

    def update(
        self,
        fields: Sequence[str],
        records: Iterable[tuple[str, Sequence[str]]],
        note: Callable[[str], object] = lambda _: None,
    ) -> Iterator[Sequence[UpdateOutcome]]:
        """
        Update Accounts, and yield the outcomes of each job.

        A record that no result names is reported as unprocessed: the job failed or was aborted before it got to that
        record, which is as it was.

        Args:
            fields: Names of the fields.
            records: Id of an Account, and its values in the order of *fields*: ``#N/A`` clears a field, an empty
                text leaves it unchanged.
            note: Keeps the path of a job before it starts, and an empty text when its results are known; see `end`.

        Raises:
            RetriableError, QuotaError, AuthenticationError: Updates whose outcome was not yielded may or may not have
                been done.
        """
        for ids, upload in uploads(fields, records, self._upload_bytes):
            yield self._ingest(ids, upload, note)

    def end(self, path: str) -> None:
        """
        See to it that a job writes nothing any more: its process died, and what it was to write may be old by now.

        Args:
            path: What was noted of the job.

        Raises:
            UpflowSyncError: It may still write something.
        """
        try:
            self._abort(path)
            state = self._wait(path)["state"]
        except NotFoundError:
            log.info("%s: an earlier run left this job, and Salesforce has deleted it", path)
            return
        log.warning("%s: an earlier run left this job; it is %s now and writes nothing more", path, state)
        self._delete(path)

    def _abort(self, path: str) -> None:
        """Abort a job; Salesforce refuses that if it has ended."""
        try:
            self._http.request("PATCH", path, json={"state": "Aborted"}, writes=True)
        except NotFoundError:
            raise
        except RefusedError:
            if self._job(path)["state"] not in ENDED:
                raise

    def _job(self, path: str) -> Mapping[str, Any]:
        job = self._http.get(path)
        member(job, "state", str, f"GET {path}")
        return job

    def _ingest(self, ids: Sequence[str], upload: bytes, note: Callable[[str], object]) -> Sequence[UpdateOutcome]:
        path = self._http.repeat(self._upload, upload)
        log.info("%s: %d Accounts, %d bytes", path, len(ids), len(upload))
        note(path)
        self._close(path)
        ended = self._wait(path)
        if ended["state"] != "JobComplete":
            log.warning("%s: %s; the Accounts that it did not get to are sent again", path, _state(ended))
        written = self._results(path, "successfulResults", "sf__Id")
        outcomes = {each["sf__Id"]: UpdateOutcome(each["sf__Id"]) for each in written}
        for result in self._results(path, "failedResults", "Id", "sf__Error"):
            outcomes[result["Id"]] = UpdateOutcome(result["Id"], refusal_of(result))
        note("")
        self._delete(path)
        unprocessed = Refusal(UNPROCESSED, _state(ended))
        return [outcomes.get(account_id) or UpdateOutcome(account_id, unprocessed) for account_id in ids]

    def _upload(self, upload: bytes) -> str:
        """
        Return the path of a new job that has the CSV.

        Both requests have to be repeated together: a job takes one upload, and if its answer is lost, it may have
        arrived.
        """
        wanted = {"object": "Account", "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
        job = self._http.post("/jobs/ingest", wanted, writes=True, retry=False)
        path = f"/jobs/ingest/{_id(job, 'POST /jobs/ingest')}"
        self._http.request("PUT", f"{path}/batches", data=upload, writes=True, retry=False)
        return path

    def _close(self, path: str) -> None:
        """Close the upload; a job refuses that if it is closed already, because an earlier answer was lost."""
        try:
            self._http.request("PATCH", path, json={"state": "UploadComplete"}, writes=True)
        except RefusedError:
            if self._job(path)["state"] == "Open":
                raise

    def _wait(self, path: str) -> Mapping[str, Any]:
        """Poll a job until it has ended."""
        pause_s, started_s = FIRST_POLL_S, self._http.clock()
        while True:
            job = self._job(path)
            if job["state"] in ENDED:
                return job
            if self._http.clock() - started_s > DEADLINE_S:
                # Abort the job, so that it does not overwrite newer values later.
                self._http.request("PATCH", path, json={"state": "Aborted"})
                raise RetriableError(f"{path}: still {job['state']} after {DEADLINE_S / 3600:.0f} hours")
            self._http.sleep(pause_s)
            pause_s = min(pause_s * 1.5, MAX_POLL_S)

    def _results(self, path: str, kind: str, *columns: str) -> list[dict[str, str]]:
        call = f"{path}/{kind}"
        return answers.records(self._http.request("GET", call, accept="text/csv"), f"GET {call}", *columns)

    def _delete(self, path: str) -> None:
        """Delete a job if possible; if not, Salesforce deletes it after a week."""
        try:
            self._http.request("DELETE", path, retry=False)
        except UpflowSyncError as error:
            log.info("the job remains until Salesforce deletes it: %s", error)


def _id(job: Mapping[str, Any], call: str) -> str:
    """Return the Id of a new job, which becomes a part of paths."""
    job_id = member(job, "id", str, call)
    if not JOB_ID.fullmatch(job_id):
        raise ProtocolError(f"{call}: the answer has an invalid id; {REMEDY}")
    return job_id


def _state(job: Mapping[str, Any]) -> str:
    return f"the job is {job['state']}" + (f": {redact(str(job['errorMessage']))}" if job.get("errorMessage") else "")

"""
Bulk API 2.0: many Accounts read or updated by a job.

https://developer.salesforce.com, Bulk API 2.0 and Bulk API Developer Guide. A job is
``Open -> UploadComplete -> InProgress -> JobComplete | Failed | Aborted``.
"""

from __future__ import annotations

import csv
import io
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from upflow_provider.clients.redaction import redact
from upflow_provider.clients.salesforce import answers
from upflow_provider.clients.salesforce.answers import Refusal
from upflow_provider.clients.salesforce.client import UpdateOutcome
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.errors import RefusedError, RetriableError, UpflowSyncError

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
FIELDS = re.compile(r"(.*):([^:]*)--", re.DOTALL)
"""An error without its code: message and fields."""
UNPROCESSED = "UNPROCESSED"
"""Code of a record that a job did not get to before it failed or was aborted."""

CsvRecord = Mapping[str, str]


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
            RetriableError: The job failed, or did not end.
        """
        job = self._http.post("/jobs/query", {"operation": "query", "query": soql, "lineEnding": "LF"})
        path = f"/jobs/query/{job['id']}"
        ended = self._wait(path)
        try:
            if ended["state"] != "JobComplete":
                raise RetriableError(f"{path}: {_state(ended)}")
            locator = ""
            while locator != "null":
                params = {"maxRecords": RESULT_PAGE_SIZE, **({"locator": locator} if locator else {})}
                call = f"{path}/results"
                response = self._http.request("GET", call, params=params, accept="text/csv")
                locator = response.headers.get("Sforce-Locator", "null")
                yield answers.records(response, f"GET {call}")
        finally:
            self._delete(path)

    def update(
        self, fields: Sequence[str], records: Iterable[tuple[str, Sequence[str]]]
    ) -> Iterator[Sequence[UpdateOutcome]]:
        """
        Update Accounts, and yield the outcomes of each job.

        A record that no result names is reported as unprocessed: the job failed or was aborted before it got to that
        record, which is as it was.

        Args:
            fields: Names of the fields.
            records: Id of an Account, and its values in the order of *fields*: ``#N/A`` clears a field, an empty
                text leaves it unchanged.

        Raises:
            RetriableError, QuotaError, AuthenticationError: Updates whose outcome was not yielded may or may not have
                been done.
        """
        for ids, upload in self._uploads(fields, records):
            yield self._ingest(ids, upload)

    def _uploads(
        self, fields: Sequence[str], records: Iterable[tuple[str, Sequence[str]]]
    ) -> Iterator[tuple[list[str], bytes]]:
        """Yield for each job the Ids of its Accounts and its CSV."""
        head = _csv_line(["Id", *fields])
        lines, ids, size = [head], list[str](), len(head)
        for account_id, values in records:
            line = _csv_line([account_id, *values])
            if ids and size + len(line) > self._upload_bytes:
                yield ids, b"".join(lines)
                lines, ids, size = [head], [], len(head)
            lines.append(line)
            ids.append(account_id)
            size += len(line)
        if ids:
            yield ids, b"".join(lines)

    def _ingest(self, ids: Sequence[str], upload: bytes) -> Sequence[UpdateOutcome]:
        path = self._http.repeat(self._upload, upload)
        log.info("%s: %d Accounts, %d bytes", path, len(ids), len(upload))
        self._close(path)
        ended = self._wait(path)
        if ended["state"] != "JobComplete":
            log.warning("%s: %s; the Accounts that it did not get to are sent again", path, _state(ended))
        outcomes = {each["sf__Id"]: UpdateOutcome(each["sf__Id"]) for each in self._results(path, "successfulResults")}
        for result in self._results(path, "failedResults"):
            outcomes[result["Id"]] = UpdateOutcome(result["Id"], _refusal(result))
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
        path = f"/jobs/ingest/{self._http.post('/jobs/ingest', wanted, writes=True, retry=False)['id']}"
        self._http.request("PUT", f"{path}/batches", data=upload, writes=True, retry=False)
        return path

    def _close(self, path: str) -> None:
        """Close the upload; a job refuses that if it is closed already, because an earlier answer was lost."""
        try:
            self._http.request("PATCH", path, json={"state": "UploadComplete"}, writes=True)
        except RefusedError:
            if self._http.get(path)["state"] == "Open":
                raise

    def _wait(self, path: str) -> Mapping[str, Any]:
        """Poll a job until it has ended."""
        pause_s, started_s = FIRST_POLL_S, self._http.clock()
        while True:
            job: Mapping[str, Any] = self._http.get(path)
            if job["state"] in ENDED:
                return job
            if self._http.clock() - started_s > DEADLINE_S:
                # Abort the job, so that it does not overwrite newer values later.
                self._http.request("PATCH", path, json={"state": "Aborted"})
                raise RetriableError(f"{path}: still {job['state']} after {DEADLINE_S / 3600:.0f} hours")
            self._http.sleep(pause_s)
            pause_s = min(pause_s * 1.5, MAX_POLL_S)

    def _results(self, path: str, kind: str) -> list[dict[str, str]]:
        call = f"{path}/{kind}"
        return answers.records(self._http.request("GET", call, accept="text/csv"), f"GET {call}")

    def _delete(self, path: str) -> None:
        """Delete a job if possible; if not, Salesforce deletes it after a week."""
        try:
            self._http.request("DELETE", path, retry=False)
        except UpflowSyncError as error:
            log.info("the job stays until Salesforce deletes it: %s", error)


def _csv_line(values: Sequence[str]) -> bytes:
    """Return one line of CSV; every value is in quotes, so that none is taken for a formula, null or a number."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
        [value.replace("\r\n", "\n").replace("\r", "\n") for value in values]
    )
    return text.getvalue().encode()


def _refusal(result: CsvRecord) -> Refusal:
    """Return why a record failed, from ``CODE:message:fields --``."""
    code, _, rest = result["sf__Error"].partition(":")
    match = FIELDS.fullmatch(rest)
    message, fields = match.groups() if match else (rest, "")
    sent = {name: value for name, value in result.items() if name not in {"sf__Id", "sf__Error", "Id"}}
    return Refusal(
        code or "UNKNOWN_ERROR",
        redact(message, answers.personal(sent)),
        tuple(each.strip() for each in fields.split(",") if each.strip()),
    )


def _state(job: Mapping[str, Any]) -> str:
    return f"the job is {job['state']}" + (f": {redact(job['errorMessage'])}" if job.get("errorMessage") else "")

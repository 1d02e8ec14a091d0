"""Bulk API 2.0 jobs of the fake Salesforce that query Accounts into CSV files."""

from dataclasses import dataclass, field

from starlette.responses import Response

from upflow_provider.testing.salesforce.bulk.jobs import Job, Jobs, wrong_state
from upflow_provider.testing.salesforce.org.org import Org
from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError
from upflow_provider.testing.salesforce.org.soql import parse, sobject_in
from upflow_provider.testing.salesforce.org.values import to_csv
from upflow_provider.testing.salesforce.request import Asked, Handler

_KEYS = ("operation", "query", "contentType", "columnDelimiter", "lineEnding")


@dataclass(slots=True, kw_only=True)
class QueryJob(Job):
    """
    A job that reads.

    Attributes:
        header: Names of the selected fields.
        rows: What was found.
    """

    header: list[str]
    rows: list[list[str]] = field(default_factory=list)


class QueryJobs:
    """
    Answers requests about those jobs.

    Args:
        org: The org.
    """

    def __init__(self, org: Org) -> None:
        self._org = org
        self._jobs = Jobs[QueryJob](org, "query", lambda _: None)

    @property
    def routes(self) -> list[tuple[str, str, Handler]]:
        """Method, path and handler of each endpoint."""
        return [
            ("POST", "/jobs/query", self._create),
            *self._jobs.routes,
            ("GET", "/jobs/query/{job}/results", self._results),
        ]

    def _create(self, asked: Asked) -> Response:
        body = asked.json(*_KEYS)
        if (operation := body.get("operation")) not in {"query", "queryAll"}:
            raise SalesforceRefusalError(400, "INVALIDJOB", f"{operation} is not supported")
        text = str(body.get("query", ""))
        sobject, fields, accounts = self._org.readable(sobject_in(text))
        selection = parse(text, fields, sobject)
        if not selection.fields:
            raise SalesforceRefusalError(400, "INVALIDJOB", "Aggregate functions are not supported")
        job = QueryJob(
            header=[each["name"] for each in selection.fields],
            state="UploadComplete",
            **self._jobs.new(asked, body),
        )
        for account_id in selection.ids(accounts, deleted=operation == "queryAll", unshared=self._org.unshared):
            job.rows.append([to_csv(each, accounts[account_id].get(each["name"])) for each in selection.fields])
        job.processed = len(job.rows)
        job.stop(self._org.trouble.next_stop("query"))
        return self._jobs.add(job)

    def _results(self, asked: Asked) -> Response:
        job, asking = self._jobs.find(asked), asked.request.query_params
        if job.state != "JobComplete":
            raise wrong_state(job)
        start, most = asking.get("locator", "0"), asking.get("maxRecords", str(self._org.result_size))
        if not start.isdecimal() or not most.isdecimal() or not int(most):
            raise SalesforceRefusalError(400, "INVALID_QUERY_LOCATOR", "invalid query locator or maxRecords")
        end = int(start) + int(most)
        rows = job.rows[int(start) : end]
        headers = {
            "Sforce-Locator": str(end) if end < len(job.rows) else "null",
            "Sforce-NumberOfRecords": str(len(rows)),
        }
        return Response(job.dialect.write(job.header, rows), headers=headers, media_type="text/csv")

"""What the operators for records that a DAG names have in common, and how a DAG names them."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from airflow.sdk import BaseOperator

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.airflow_errors import airflow_errors
from upflow_provider.hooks.organization import OpenOrganization
from upflow_provider.operators.pool_watch import with_slots
from upflow_provider.operators.stream_sync import publish
from upflow_provider.records.text import is_id
from upflow_provider.runs.switches import is_on
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from airflow.sdk import Context

    from upflow_provider.runs.sync_report import SyncReport
    from upflow_provider.tables_to_upflow.record_requests import RecordRequests

REMEDY = "pass the output of a task itself, or let the DAG use render_template_as_native_obj"


class _NamedRecordsOperator(BaseOperator):
    """
    The common part: records are handled one by one, and the report is logged, kept in the ledger and returned.

    :param organization: the Upflow organization
    :param is_dry_run: read and report, but write nothing, as in test mode (templated; a DAG that sets it by a template
        needs ``render_template_as_native_obj``)
    :param lane: ``live`` work takes its share of Upflow's request budget before ``history``, and no slot of the pool
    """

    template_fields: Sequence[str] = ("is_dry_run",)
    ui_color = "#e3f4e6"
    report_name: str

    def __init__(
        self,
        *,
        organization: Organization | None = None,
        is_dry_run: bool = False,
        lane: Literal["live", "history"] = "history",
        **kwargs: Any,
    ) -> None:
        super().__init__(**with_slots(lane, 1, kwargs))
        self.organization = organization or Organization()
        self.is_dry_run = is_dry_run
        self.lane: Literal["live", "history"] = lane
        self._requests: RecordRequests | None = None

    def on_kill(self) -> None:
        """Send nothing more, and give the turns of customers back; Airflow calls this before it kills the task."""
        if self._requests:
            self._requests.stop()

    def execute(self, context: Context) -> dict[str, Any]:
        """Do the work, and return the report as JSON; see the class."""
        from upflow_provider.runs.sync_report import SyncReport
        from upflow_provider.tables_to_upflow.record_requests import RecordRequests

        with airflow_errors():
            opened = OpenOrganization(
                self.organization, context, lane=self.lane, is_dry_run=is_on("is_dry_run", self.is_dry_run)
            )
            report = SyncReport(dry_run=opened.is_dry_run)
            self._requests = RecordRequests(opened.ledger, opened.owner)
            try:
                with self._requests:
                    self._run(opened, self._requests, report)
            finally:
                opened.save_report(self.report_name, report.as_dict())  # what was done until then is known
            if report.dry_run:
                report.minutes = report.writes / opened.slots_per_minute
            return publish(context, self.organization, self.report_name, report)

    @abstractmethod
    def _run(self, opened: OpenOrganization, requests: RecordRequests, report: SyncReport) -> None:
        """Do the work, and count it."""


def ids_in(given: object, name: str) -> list[str]:
    """
    Return the external ids that a parameter names, each once.

    :param given: a list of texts or whole numbers, or its JSON
    :param name: name of the parameter
    :raises ConfigurationError: it is no such list
    """
    found = _parsed(given, name)
    if isinstance(found, Sequence) and not isinstance(found, str):
        return list(dict.fromkeys(_id_in(each, name, position) for position, each in enumerate(found, 1)))
    raise ConfigurationError(f"{name} must be a list of external ids, not {type(found).__name__}; {REMEDY}")


def names_by_id(given: object, name: str) -> dict[str, str | None]:
    """
    Return the names that a parameter assigns to external ids.

    :param given: a mapping from external id to a name or ``None``, or its JSON
    :param name: name of the parameter
    :raises ConfigurationError: it is no such mapping
    """
    found = _parsed(given, name)
    if not isinstance(found, dict):
        raise ConfigurationError(
            f"{name} must be a mapping from external id to name, not {type(found).__name__}; {REMEDY}"
        )
    for position, value in enumerate(found.values(), 1):
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(f"{name}, entry {position}: the name must be text or None")
    return {_id_in(each, name, position): value for position, (each, value) in enumerate(found.items(), 1)}


def _parsed(given: object, name: str) -> object:
    """Return what a text, such as that of a rendered template, says in JSON."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise ConfigurationError(f"{name} is text that is no JSON; {REMEDY}") from None


def _id_in(each: object, name: str, position: int) -> str:
    text = str(each) if isinstance(each, int) and not isinstance(each, bool) else each
    if not is_id(text):
        raise ConfigurationError(
            f"{name}, entry {position}: an external id must be one line of text without outer blanks"
        )
    return text

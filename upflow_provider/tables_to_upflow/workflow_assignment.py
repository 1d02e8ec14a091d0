"""The assignment of collection workflows (dunning plans in Upflow's API) to customers, by exact name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from upflow_provider.clients.upflow.client import external
from upflow_provider.errors import MappingError, NotFoundError
from upflow_provider.records.text import is_id
from upflow_provider.runs.suggestion import closest
from upflow_provider.runs.sync_report import SyncReport
from upflow_provider.tables_to_upflow.record_requests import RecordRequests, reject

if TYPE_CHECKING:
    from upflow_provider.clients.upflow.client import UpflowClient

ASKED_ONE_BY_ONE_MAX = 100
"""
Customers that are asked for one by one. For more, all customers are listed, which takes a request for each thousand
that the organization has.
"""
FIELD: Final = "dunningPlanId"
UNKNOWN = object()
"""Stands for the workflow of a customer that Upflow shows without one or the lack of one."""


class Workflows:
    """
    The workflows of an organization.

    Args:
        listed: Upflow's list of them.
    """

    def __init__(self, listed: Iterable[Mapping[str, Any]]) -> None:
        self._ids: dict[str, list[str]] = defaultdict(list)
        for each in listed:
            if is_id(each.get("id")) and isinstance(each.get("name"), str):
                self._ids[each["name"]].append(each["id"])

    def problem(self, name: str) -> str:
        """Return why a name stands for no workflow; empty if it stands for one. Case and blanks count."""
        found = self._ids.get(name, [])
        if len(found) > 1:
            return f"is ambiguous: {len(found)} workflows in Upflow have this name; rename all but one"
        if found:
            return ""
        near = closest(name, self._ids)
        hint = f"; did you mean {near!r}? Case and blanks count" if near else "; create it in Upflow first"
        return f"is unknown: no workflow in Upflow has exactly this name{hint}"

    def id_of(self, name: str) -> str:
        """Return the id of a workflow; its name must have no problem."""
        return self._ids[name][0]


class WorkflowAssignment:
    """
    Assigns workflows to customers; one that has its workflow already costs no write.

    Args:
        upflow: Has customers and workflows.
        requests: Sends requests one by one.
    """

    def __init__(self, *, upflow: UpflowClient, requests: RecordRequests) -> None:
        self._upflow, self._requests = upflow, requests

    def run(self, assignments: Mapping[str, str | None], report: SyncReport) -> None:
        """
        Assign workflows, or in a dry run count what would be assigned.

        Args:
            assignments: Name of a workflow by external id of a customer; ``None`` for no workflow.
            report: The counts are added to it.

        Raises:
            RetriableError, FatalError: Something stops the whole assignment.
        """
        report.read += len(assignments)
        wanted = dict(self._workflow_ids(assignments, report))
        listed = self._listed(wanted) if len(wanted) > ASKED_ONE_BY_ONE_MAX else {}
        for external_id, workflow_id in wanted.items():
            assign = partial(self._assign, external_id, workflow_id, listed, is_dry_run=report.dry_run)
            if counted_as := self._requests.attempted(external_id, report, assign):
                report.count(counted_as)

    def _workflow_ids(
        self, assignments: Mapping[str, str | None], report: SyncReport
    ) -> Iterator[tuple[str, str | None]]:
        """Yield the id of the workflow of each customer; a name that stands for none rejects the customer."""
        workflows = Workflows(self._upflow.dunning_plans()) if any(assignments.values()) else Workflows(())
        for external_id, name in assignments.items():
            problem = "" if name is None else workflows.problem(name)
            if problem:
                reject(MappingError(external_id, "the workflow", problem), external_id, report)
            else:
                yield external_id, None if name is None else workflows.id_of(name)

    def _listed(self, wanted: Mapping[str, str | None]) -> dict[str, Any]:
        """Return the workflows that these customers have, as Upflow lists them."""
        return {
            each["externalId"]: each.get(FIELD, UNKNOWN)
            for each in self._upflow.list("customers")
            if each.get("externalId") in wanted
        }

    def _assign(self, customer: str, workflow_id: str | None, listed: Mapping[str, Any], *, is_dry_run: bool) -> str:
        """Assign one workflow, and return how to count it."""
        # A list that changes while it is read may hide a customer, so that one it lacks is asked for.
        current = listed[customer] if customer in listed else self._current(customer)
        if current == workflow_id:
            return "unchanged"
        if not is_dry_run:
            answer = self._requests.in_turn(
                customer,
                lambda begin: self._upflow.update_customer(external(customer), {FIELD: workflow_id}, before_send=begin),
            )
            if answer.get(FIELD, workflow_id) != workflow_id:
                raise MappingError(customer, "the workflow", "was not taken: Upflow answered with another one")
        return "updated"

    def _current(self, customer: str) -> Any:  # noqa: ANN401 - an id, None, or UNKNOWN
        try:
            return self._upflow.get("customers", external(customer)).get(FIELD, UNKNOWN)
        except NotFoundError:
            raise MappingError(customer, "the customer", "is not in Upflow; import it first") from None

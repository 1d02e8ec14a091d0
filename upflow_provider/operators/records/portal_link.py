"""The operator that makes links to the customer portal, and hands them to a function of the user's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from upflow_provider.operators.records.named_records import _NamedRecordsOperator, ids_in

if TYPE_CHECKING:
    from upflow_provider.hooks.organization import OpenOrganization
    from upflow_provider.runs.sync_report import SyncReport
    from upflow_provider.tables_to_upflow.record_requests import RecordRequests

DAY_S = 86_400
"""Seconds of a day: Upflow's own default, and its advice for links that are used immediately."""

Deliver = Callable[[str, str], object]
"""Takes the external id of a customer, and the link to its portal; its result is ignored."""


class UpflowPortalLinkOperator(_NamedRecordsOperator):
    """
    Make links to the portal of customers, and hand each to a function of yours.

    A link is a secret: anyone who has it can open the portal until it expires, and nothing revokes it. Airflow keeps
    XComs and logs for a long time and shows them to everybody with access, so that the task returns no link and logs
    none. Instead it calls ``deliver(external_id, url)`` for one customer after the other, in the worker. The function
    puts the link where it belongs, such as into your CRM or an e-mail, and must neither print nor log it; Airflow's
    database hooks log the parameters of statements.

    A customer whose link Upflow does not give, or *deliver* does not take, is rejected; the reason names the kind of
    error only. A retry makes new links for all customers, so *deliver* must replace the link of a customer that it has
    had before. A dry run makes no link: it looks the customers up.

    The task does all its work first and then fails if more customers were rejected than the organization's
    ``max_rejected`` allows. Its return value (XCom) is the report: counts and ids.

    :param external_ids: the customers, such as the XCom of another task (templated)
    :param deliver: a function that takes the external id of a customer, and the link
    :param expires_in_s: seconds that a link is valid: a day by default, for links that are used immediately; Upflow
        advises 25 days for links in messages
    :param frame_ancestors: domains that may show the portal in a frame
    """

    template_fields: Sequence[str] = ("external_ids", "is_dry_run")
    ui_color = "#dcefff"
    report_name = "portal_link"

    def __init__(
        self,
        *,
        external_ids: Sequence[str] | str,
        deliver: Deliver,
        expires_in_s: int = DAY_S,
        frame_ancestors: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(deliver) or inspect.iscoroutinefunction(deliver):
            raise TypeError(f"{self.task_id}: deliver must be a plain function of an external id and a link")
        if not isinstance(expires_in_s, int) or expires_in_s < 1:
            raise ValueError(f"{self.task_id}: expires_in_s must be a whole number of seconds, at least 1")
        domains = [frame_ancestors] if isinstance(frame_ancestors, str) else list(frame_ancestors)
        self.external_ids = external_ids
        self.deliver, self.expires_in_s, self.frame_ancestors = deliver, expires_in_s, domains

    def _run(self, opened: OpenOrganization, requests: RecordRequests, report: SyncReport) -> None:
        opened.log_start(f"{self.task_id}: making links to the portal of customers")
        for external_id in ids_in(self.external_ids, "external_ids"):
            report.read += 1
            link = partial(self._look_up if report.dry_run else self._deliver, opened, requests, external_id)
            if requests.attempted(external_id, report, link):
                report.count("created")

    def _look_up(self, opened: OpenOrganization, _: RecordRequests, external_id: str) -> bool:
        from upflow_provider.clients.upflow.client import external

        return bool(opened.upflow.get("customers", external(external_id)))

    def _deliver(self, opened: OpenOrganization, requests: RecordRequests, external_id: str) -> bool:
        """Make one link, and hand it over; nothing that is raised here contains it."""
        from upflow_provider.clients.upflow.client import external
        from upflow_provider.errors import RecordError
        from upflow_provider.shown_ids import shown_id

        ref, frames = external(external_id), " ".join(self.frame_ancestors) or None
        url = requests.in_turn(
            external_id,
            lambda begin: opened.upflow.portal_url(ref, self.expires_in_s, frames, before_send=begin),
        )
        try:
            self.deliver(external_id, url)
        except Exception as error:  # noqa: BLE001 - it is the user's function, and its messages may contain the link
            problem = f"{shown_id(external_id)}: deliver raised {type(error).__name__}; see where it takes the link to"
        else:
            return True
        raise RecordError(problem)  # out here, so that the error that may contain the link is not its context

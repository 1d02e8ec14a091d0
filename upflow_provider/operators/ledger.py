"""The operator that rebuilds a lost ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from upflow_provider.hooks.organization import POOL, OpenOrganization
from upflow_provider.operators.airflow_errors import airflow_errors
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from airflow.sdk import Context


class LedgerRebuildOperator(BaseOperator):
    """
    List the records that Upflow has and add them to the ledger, unless it knows them from the source.

    Its return value (XCom) is the number of records that Upflow has, by stream.

    :param organization: the Upflow organization
    """

    ui_color = "#e8e4ff"

    def __init__(self, *, organization: Organization, **kwargs: Any) -> None:
        kwargs.setdefault("pool", POOL)
        super().__init__(**kwargs)
        self.organization = organization

    def execute(self, context: Context) -> dict[str, int]:
        """Run the rebuild; see the class."""
        from upflow_provider.stripe_to_upflow.ledger_rebuild import rebuild

        with airflow_errors():
            opened = OpenOrganization(self.organization, context, lane="history", is_dry_run=True)  # it reads only
            return rebuild(opened.ledger, opened.upflow)

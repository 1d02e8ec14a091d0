"""Operator that writes a lost ledger again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from upflow_provider.hooks.organization import POOL
from upflow_provider.operators.airflow_errors import airflow_errors
from upflow_provider.settings import Organization

if TYPE_CHECKING:
    from airflow.sdk import Context


class LedgerRebuildOperator(BaseOperator):
    """
    List what Upflow holds and write it into the ledger, where the ledger does not know better.

    Returns (XCom) how many records of each stream Upflow has.

    :param organization: the Upflow organization
    """

    ui_color = "#e8e4ff"

    def __init__(self, *, organization: Organization, **kwargs: Any) -> None:
        kwargs.setdefault("pool", POOL)
        super().__init__(**kwargs)
        self.organization = organization

    def execute(self, context: Context) -> dict[str, int]:  # noqa: ARG002 - Airflow calls it so
        """Run the rebuild."""
        from upflow_provider.hooks.upflow import UpflowHook
        from upflow_provider.stripe_to_upflow.ledger_rebuild import rebuild

        organization = self.organization
        with airflow_errors():
            hook = UpflowHook(organization.upflow_conn_id, ledger_conn_id=organization.ledger_conn_id)
            return rebuild(hook.open_ledger(organization.name), hook.get_client(lane="history", read_only=True))

"""A button on a task instance that opens Upflow."""

from __future__ import annotations

from airflow.sdk import BaseOperator, BaseOperatorLink
from airflow.sdk.types import TaskInstanceKey

APP_URL = "https://app.upflow.io"


class UpflowLink(BaseOperatorLink):
    """Open the Upflow application, which shows what the task imported."""

    name = "Upflow"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:  # noqa: ARG002 - Airflow's signature
        """Return the address of Upflow's application; it holds no record and no secret."""
        return APP_URL

"""What the tests of the operators for named records share: an Upflow with records, and how a task runs."""

import pytest
import requests

from tests.testing.upflow.plain import Api
from upflow_provider.hooks.upflow import UpflowHook


class Desk:
    """
    An Upflow with records, and tasks that work on them.

    Attributes:
        api: Plain requests to it.
        upflow: The fake itself.
        context: The context of the task; the same for each retry.
    """

    def __init__(self, upflow, session, context):
        self.api, self.upflow, self.context = Api(upflow, session), upflow, context

    @property
    def ledger(self):
        """The organization's ledger."""
        return UpflowHook().open_ledger("default")

    def run(self, operator, **options):
        """Run a task, and return what it returns."""
        self.upflow.requests.clear()
        return operator(task_id="task", **options).execute(self.context)

    def writes(self):
        """Return method and path of every request of the last task that was no read."""
        return [(each.method, each.path) for each in self.upflow.requests if each.method != "GET"]

    def reads(self):
        """Return the paths of the reads of the last task."""
        return [each.path for each in self.upflow.requests if each.method == "GET"]

    def external_ids(self, collection):
        """Return the external ids of a collection."""
        return {each["externalId"] for each in self.upflow.store.table(collection).values()}

    def test_mode(self, set_connection):
        """Put the connection into test mode."""
        set_connection("upflow_default", extra={"test_mode": True, "requests_per_minute": 60_000})


@pytest.fixture
def desk(connections, fake_upflow, context):
    """Give the test such an Upflow, without limits, with two customers."""
    with requests.Session() as session:
        desk = Desk(fake_upflow, session, context)
        for name in ("C-1", "C-2"):
            desk.api.customer(name)
        yield desk

"""What the tests of the fake Upflow share."""

from datetime import UTC, datetime

import pytest
import requests

from tests.testing.upflow.plain import Api
from upflow_provider.testing import FakeUpflow, serve

TODAY = datetime(2025, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def upflow():
    """Serve a fake Upflow whose today is 15 June 2025."""
    fake = FakeUpflow(now=lambda: TODAY)
    with serve(fake.app) as server:
        fake.url = server.url
        yield fake


@pytest.fixture
def api(upflow):
    """Return a client of the fake Upflow."""
    with requests.Session() as session:
        yield Api(upflow, session)

"""A fake that counts its requests."""

import pytest
from starlette.responses import JSONResponse

from upflow_provider.testing.wire.faults import Faults
from upflow_provider.testing.wire.front import Front
from upflow_provider.testing.wire.request_log import RequestLog
from upflow_provider.testing.wire.server import serve


class Counter:
    """A fake of an API that counts its requests."""

    def __init__(self):
        self.requests = RequestLog()
        self.faults = Faults()
        self.committed = 0
        self.app = Front(self, self.count, refuse=self.refuse, customer_of=lambda *_: None, date=lambda: None)

    async def count(self, scope, receive, send):
        """Commit something and answer with how often that happened."""
        self.committed += 1
        await JSONResponse({"committed": self.committed})(scope, receive, send)

    def refuse(self, status, message):
        """Answer with an error."""
        return JSONResponse({"message": message}, status_code=status)

    def summary(self):
        """Say what was committed."""
        return {"committed": self.committed}

    def reset(self):
        """Forget it."""
        self.committed = 0

    def configure(self, settings):
        """Know no settings."""
        if settings:
            raise ValueError(f"unknown settings: {sorted(settings)}")


@pytest.fixture
def fake():
    """Serve a counter."""
    fake = Counter()
    with serve(fake.app) as server:
        fake.url = server.url
        yield fake

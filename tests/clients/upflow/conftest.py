"""Clients of the fake Upflow, and of a server that gives scripted answers; neither waits on the real clock."""

import pytest
import requests
from starlette.applications import Starlette
from starlette.routing import Route

from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.testing import serve


@pytest.fixture
def connect(fake_upflow, clock):
    """Return a function that makes a client of the fake."""

    def make(**options):
        session = requests.Session()
        session.headers.update({"X-Api-Key": fake_upflow.api_key, "X-Api-Secret": fake_upflow.api_secret})
        usual = {"sleep": clock.sleep, "clock": clock, "dice": lambda: 0.0}
        return UpflowClient(UpflowHttp(session, fake_upflow.base_url, **{**usual, **options}))

    return make


@pytest.fixture
def client(connect):
    """Give the test a client of the fake."""
    return connect()


@pytest.fixture
def answering(clock):
    """Return a function that serves the given answers, one a request, and makes a client of that server."""
    answers = []

    async def answer(_):
        return answers.pop(0) if len(answers) > 1 else answers[0]

    app = Starlette(routes=[Route("/v1/{path:path}", answer, methods=["GET", "POST"])])
    with serve(app) as server:

        def make(*scripted):
            answers.extend(scripted)
            waits = {"sleep": clock.sleep, "clock": clock, "dice": lambda: 0.0}
            return UpflowClient(UpflowHttp(requests.Session(), f"{server.url}/v1", **waits))

        yield make

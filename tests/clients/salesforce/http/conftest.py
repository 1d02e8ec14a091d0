"""Clients of the fake Salesforce, and of servers that answer as a test says."""

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.clients.salesforce.http.samples import TOKEN
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.testing import serve


@pytest.fixture
def connect(salesforce_http):
    """Return a function that makes a client of the fake."""
    return salesforce_http


@pytest.fixture
def http(connect):
    """Give the test a client of the fake."""
    return connect()


@pytest.fixture
def answering(connect):
    """Return a function that serves the given answers, one a request, and makes a client of that server."""
    answers, asked = [], []

    async def answer(request):
        asked.append(request)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "PATCH"])])
    with serve(app) as server:

        def make(*scripted):
            answers.extend(scripted)
            return connect(lambda: Login(server.url, TOKEN, "59.0")), asked

        yield make

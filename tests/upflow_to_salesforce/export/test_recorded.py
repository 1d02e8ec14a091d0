"""What was recorded between Salesforce and another client is what goes between Salesforce and ours."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from upflow_provider.clients.salesforce.client import SalesforceClient
from upflow_provider.clients.salesforce.http import SalesforceHttp
from upflow_provider.clients.salesforce.login import Login
from upflow_provider.clients.salesforce.updates import Update, UpdateOutcome
from upflow_provider.testing import serve

VERSION = re.compile(r"/v[\dx.]+/")


@pytest.fixture
def recorded(shared_data):
    """Return the exchanges that were recorded, by method and the last part of the path."""
    path = shared_data / "salesforce" / "collections_update_exchange.json"
    exchanges = json.loads(path.read_text(encoding="utf-8"))
    return {(each["method"], path_of(each["uri"]).rpartition("/")[2]): each for each in exchanges}


def path_of(uri):
    """Return the path of an address without its version and its last slash."""
    return VERSION.sub("/", urlsplit(uri).path).rstrip("/")


@pytest.fixture
def played(recorded):
    """Answer requests as it was recorded; return a client and the requests that arrived."""
    arrived = []

    async def play(request):
        body = await request.body()
        arrived.append((request.method, str(request.url), json.loads(body) if body else None))
        exchange = recorded[request.method, path_of(str(request.url)).rpartition("/")[2]]
        return JSONResponse(exchange["response_body"], exchange["status"]["code"])

    app = Starlette(routes=[Route("/{path:path}", play, methods=["GET", "PATCH"])])
    with serve(app) as server:
        login = Login(server.url, "token", "59.0")
        yield SalesforceClient(SalesforceHttp(lambda: login, requests.Session())), arrived


def updates_of(exchange):
    """Return the updates that a recorded request asks for, as ours would be asked for."""
    return [
        Update(record["Id"], {name: value for name, value in record.items() if name not in {"Id", "attributes"}})
        for record in exchange["request_body"]["records"]
    ]


def test_the_same_updates_are_sent_the_same_way(recorded, played):
    """Method, path and body, but for the spelling of ``id``, which Salesforce takes either way."""
    client, arrived = played
    exchange = recorded["PATCH", "sobjects"]
    list(client.update(updates_of(exchange)))

    [(method, url, body)] = arrived
    assert (method, path_of(url)) == (exchange["method"], path_of(exchange["uri"]))
    for record in body["records"]:
        record["Id"] = record.pop("id")
    assert body == exchange["request_body"]


def test_the_recorded_answer_is_understood(recorded, played):
    """All six Accounts are confirmed, in the order of the request."""
    client, _ = played
    updates = updates_of(recorded["PATCH", "sobjects"])

    assert list(client.update(updates)) == [[UpdateOutcome(each.account_id) for each in updates]]
    assert len(updates) == 6


def test_the_recorded_query_is_understood(recorded, played):
    """One page, its records as they are."""
    client, arrived = played
    exchange = recorded["GET", "query"]
    [soql] = parse_qs(urlsplit(exchange["uri"]).query)["q"]

    assert list(client.query(soql)) == [exchange["response_body"]["records"]]
    [(_, url, _)] = arrived
    assert path_of(url) == path_of(exchange["uri"])
    assert parse_qs(urlsplit(url).query) == {"q": [soql]}


def test_the_export_sends_what_was_recorded(scene, recorded):
    """Its requests have the recorded one's shape, and the fake answers in that of the recorded answer."""
    exchange = recorded["PATCH", "sobjects"]
    for number in range(6):
        scene.customer(f"cus_{number}", owes=100)
    scene.export()

    [request] = scene.salesforce.requests.matching("PATCH", "composite")
    assert path_of(request.path) == path_of(exchange["uri"])
    wanted = exchange["request_body"]
    assert {**request.json, "records": []} == {**wanted, "records": []}
    assert len(request.json["records"]) == len(wanted["records"])
    for ours, theirs in zip(request.json["records"], wanted["records"], strict=True):
        assert ours["attributes"] == theirs["attributes"]
        assert (type(ours["id"]), len(ours["id"])) == (type(theirs["Id"]), len(theirs["Id"]))
        assert all(
            value is None or isinstance(value, str | int | float) for name, value in ours.items() if "__c" in name
        )
    answer = requests.patch(
        scene.salesforce.url + request.path,
        json=request.json,
        headers={"Authorization": f"Bearer {scene.log_in().token}"},
        timeout=10,
    ).json()
    assert [each.keys() for each in answer] == [each.keys() for each in exchange["response_body"]]

"""Lists that do not behave: pages that shift, stand still, or are no pages."""

import pytest
import requests
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.errors import ProtocolError
from upflow_provider.testing import serve


@pytest.fixture
def listing():
    """Return a function that serves the given answers, one a request, and lists invoices from them."""
    answers, asked = [], []

    async def answer(request):
        asked.append(dict(request.query_params))
        return JSONResponse(answers[min(len(asked), len(answers)) - 1])

    app = Starlette(routes=[Route("/v1/invoices", answer)])
    with serve(app) as server:

        def run(*scripted):
            answers.extend(scripted)
            found = [
                each["id"] for each in UpflowClient(UpflowHttp(requests.Session(), f"{server.url}/v1")).list("invoices")
            ]
            return found, asked

        yield run


def page(first, count, total, key="invoices"):
    """Return one page of records with consecutive ids."""
    return {"offset": 0, "limit": 500, "total": total, key: [{"id": f"i{n}"} for n in range(first, first + count)]}


def test_records_that_shift_to_the_next_page_come_once(listing):
    """Somebody inserts while we read: the last record of a page is the first of the next."""
    found, asked = listing(page(0, 500, 900), page(499, 400, 899))

    assert found == [f"i{n}" for n in range(899)]
    assert [each["offset"] for each in asked] == ["0", "500"]


def test_a_list_that_repeats_itself_is_an_error(listing):
    """Otherwise the listing would never end."""
    with pytest.raises(ProtocolError, match="nothing new at offset 500"):
        listing(page(0, 500, 5000), page(0, 500, 5000))


@pytest.mark.parametrize("key", ["invoices", "items", "data"])
def test_the_list_is_found_whatever_it_is_called(listing, key):
    """Each endpoint names it differently."""
    assert listing(page(0, 2, 2, key))[0] == ["i0", "i1"]


def test_a_list_may_come_without_an_envelope(listing):
    """Then it is the answer itself."""
    assert listing([{"id": "i1"}])[0] == ["i1"]


@pytest.mark.parametrize("answer", [pytest.param({"total": 0}, id="none"), pytest.param({"a": [], "b": []}, id="two")])
def test_an_answer_without_exactly_one_list_is_an_error(listing, answer):
    """A wrong guess would look like an empty list."""
    with pytest.raises(ProtocolError, match="expected one list"):
        listing(answer)


def test_a_total_that_is_not_told_means_reading_to_the_last_page(listing):
    """A short page ends the list."""
    found, asked = listing({"invoices": page(0, 500, 0)["invoices"]}, {"invoices": page(500, 3, 0)["invoices"]})

    assert (len(found), len(asked)) == (503, 2)

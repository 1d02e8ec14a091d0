"""Portal links, account managers and summaries of customers in the fake Upflow."""

import pytest


@pytest.mark.parametrize(
    ("body", "seconds", "ancestors"),
    [
        pytest.param(None, 86_400, None, id="defaults"),
        pytest.param({"expiresIn": 5_184_000}, 5_184_000, None, id="60-days"),
        pytest.param({"frameAncestors": "a.example b.example"}, 86_400, "a.example b.example", id="framed"),
    ],
)
def test_portal_url(api, body, seconds, ancestors):
    """Each request mints a new URL, valid as long as was asked for."""
    customer = api.customer()

    urls = [api.done("POST", "/customers/external:cus_1/portal", body)["url"] for _ in range(2)]

    link = api.fake.store.portal_links[0]
    assert urls[0] != urls[1]
    assert all(url.startswith("https://") for url in urls)
    assert (link["customerId"], link["url"], link["frameAncestors"]) == (customer["id"], urls[0], ancestors)
    assert (link["expiresAt"] - api.fake.store.now()).total_seconds() == seconds


@pytest.mark.parametrize("body", [{"expiresIn": 0}, {"expiresIn": "1"}, {"frameAncestors": ["a"]}, {"x": 1}], ids=str)
def test_refused_portal_requests(api, body):
    """The wishes for a portal URL are checked."""
    api.customer()

    assert api.refused("POST", "/customers/external:cus_1/portal", body).startswith(next(iter(body)))


def test_portal_key(api):
    """The key of the portal URL is a switch."""
    api.fake.behaviour.portal_key = "portalUrl"
    api.customer()

    assert list(api.done("POST", "/customers/external:cus_1/portal")) == ["portalUrl"]


def test_account_managers(api):
    """Users are put in charge of a customer, in a body of any shape, and listed."""
    users = list(api.fake.store.organization.users)
    path = "/customers/external:cus_1/account-managers"
    api.customer()

    assigned = api("POST", path, {"accountManagers": [{"id": user} for user in users]})
    listed = api.done("GET", path)

    assert assigned.status_code == 201
    assert [user["id"] for user in listed["items"]] == users
    assert api.refused("POST", path, {"accountManagers": [{"id": "nobody"}]}).startswith("body:")
    assert api.refused("POST", path, {"accountManagers": 1}).startswith("body:")


def test_customer_summary(api):
    """The endpoint exists; what it does is not on record."""
    api.customer()

    assert api("POST", "/customers/external:cus_1/customer_summary").status_code == 200
    assert api("POST", "/customers/external:cus_2/customer_summary").status_code == 404

"""What can be read from a fake Upflow: state and snapshot; and how it is steered from outside."""

import pytest
import requests

from upflow_provider.testing import FakeUpflow, serve


def fill(api, order):
    """Import the same records in one of two orders, some of them twice."""
    api.customer("parent")
    steps = [
        lambda: api.customer(
            "cus_1", parent={"externalId": "parent"}, contacts=[{"email": "b@x.fr"}, {"email": "a@x.fr"}]
        ),
        lambda: api.customer("cus_2", contacts=[]),
    ]
    for step in steps[::order]:
        step()
    for name in ["in_1", "in_2"][::order]:
        api.invoice(name)
    api.payment(linkedInvoices=[{"externalId": "in_1", "amountLinked": 100}])
    api.payment(linkedInvoices=[{"externalId": "in_1", "amountLinked": 1200}])
    api.done("POST", "/invoices/external:in_2/pdf", files={"file": ("a.pdf", b"%PDF-1")})


def filled(order, seed, **changes):
    """Return the snapshot of a filled fake."""
    from tests.testing.upflow.plain import Api  # noqa: PLC0415 - the helpers of this folder

    fake = FakeUpflow(seed=seed)
    with serve(fake.app) as server, requests.Session() as session:
        fake.url = server.url
        api = Api(fake, session)
        fill(api, order)
        for external_id, fields in changes.items():
            api.invoice(external_id, **fields)
        return fake.snapshot()


def test_snapshots_compare_content():
    """Two runs that import the same in another order, under other ids, end in equal snapshots."""
    first, second = filled(1, seed=1), filled(-1, seed=2)

    assert first == second
    assert first["customers"]["cus_1"]["parent"] == "parent"
    assert first["invoices"]["in_1"]["unlinked"] == 0
    assert first["links"] == {
        "payments/pay_1/linkedInvoices": [("invoices", "in_1", 1200), ("payments", "pay_1", 1200)]
    }
    assert len(first["pdfs"]) == 1


def test_snapshots_differ_where_content_does():
    """A single other field makes another snapshot."""
    first, second = filled(1, seed=1), filled(1, seed=1, in_2={"name": "other"})

    assert first != second
    assert first["invoices"]["in_1"] == second["invoices"]["in_1"]


def test_summary(api):
    """Counts and sums per currency and state, and what the writes did."""
    api.customer(contacts=[{"email": "a@example.com"}])
    api.invoice("in_1")
    api.invoice("in_1")
    api.invoice("in_2", dueDate="2025-06-02", grossAmount=300)
    api.invoice("in_3", currency="JPY", grossAmount=5000)
    api.payment(linkedInvoices=[{"externalId": "in_1", "amountLinked": 1200}])

    summary = requests.get(f"{api.fake.url}/_fake/state", timeout=5).json()

    expected = {
        "customers": {"count": 1},
        "contacts": {"count": 1},
        "invoices": {
            "EUR": {
                "count": 2,
                "amount": 1500,
                "outstanding": 300,
                "states": {
                    "PAID": {"count": 1, "amount": 1200, "outstanding": 0},
                    "OVERDUE": {"count": 1, "amount": 300, "outstanding": 300},
                },
            },
            "JPY": {
                "count": 1,
                "amount": 5000,
                "outstanding": 5000,
                "states": {"DUE": {"count": 1, "amount": 5000, "outstanding": 5000}},
            },
        },
        "credit_notes": {},
        "payments": {"EUR": {"count": 1, "amount": 1200}},
        "refunds": {},
        "links": {"count": 1},
        "pdfs": {"count": 0},
        "portal_links": {"count": 0},
        "writes": {
            "customers": {"created": 1},
            "invoices": {"created": 3, "unchanged": 1},
            "payments": {"created": 1},
        },
    }

    others = {name: summary[name] for name in summary.keys() - expected.keys()}
    assert {name: summary[name] for name in expected} == expected
    assert not any(count for kind in others.values() for count in kind.values())


def test_control_routes_need_no_credentials_and_count_for_nothing(api):
    """Looking inside leaves no trace."""
    for _ in range(3):
        assert requests.get(f"{api.fake.url}/_fake/requests", timeout=5).json()["count"] == 0


def test_settings_from_outside(api):
    """Limits and behaviour can be changed over HTTP."""
    settings = {
        "enforce_limits": False,
        "requests_per_minute": 60,
        "max_concurrency": 2,
        "behaviour": {"portal_key": "portalUrl", "import_statuses": [200, 200]},
    }

    answer = requests.put(f"{api.fake.url}/_fake/settings", json=settings, timeout=5)

    limits = api.fake.limits
    assert answer.status_code == 204
    assert (limits.enforced, limits.requests_per_minute, limits.max_concurrency) == (False, 60, 2)
    assert api("POST", "/customers", {"externalId": "cus_1", "name": "X"}).status_code == 200
    assert list(api.done("POST", "/customers/external:cus_1/portal")) == ["portalUrl"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"speed": 1}, "unknown settings: speed", id="setting"),
        pytest.param({"behaviour": {"portalKey": "x"}}, "portalKey", id="behaviour"),
        pytest.param({"behaviour": {"void_import": "refuse"}}, "void_import", id="value"),
    ],
)
def test_unknown_settings(api, settings, message):
    """A misspelt setting is refused."""
    answer = requests.put(f"{api.fake.url}/_fake/settings", json=settings, timeout=5)

    assert answer.status_code == 400
    assert message in answer.json()["message"]


def test_reset(api):
    """A reset leaves an empty fake that works."""
    api.customer()
    api.fake.faults.add("status")

    requests.post(f"{api.fake.url}/_fake/reset", timeout=5)

    assert (api.fake.store.customers, len(api.fake.requests), api.fake.faults.pending()) == ({}, 0, [])
    assert api("POST", "/customers", {"externalId": "cus_1", "name": "X"}).status_code == 201


def test_answer_of_nothing(upflow):
    """Asking for a record that is not there is an error."""
    with pytest.raises(KeyError, match="cus_1"):
        upflow.answer("customers", "cus_1")

"""Faults of a fake are added, shown and forgotten from another process."""

import pytest
import requests


def test_control_routes(fake):
    """Another process adds faults, changes the latency, and reads log and state."""
    control = f"{fake.url}/_fake"

    added = requests.post(f"{control}/faults", json={"kind": "status", "status": 500}, timeout=5)
    pending = requests.get(f"{control}/faults", timeout=5).json()["faults"]
    failed = requests.get(f"{fake.url}/things?a=1", timeout=5)
    requests.put(f"{control}/settings", json={"latency_s": [0.01, 0.02]}, timeout=5)
    requests.post(f"{fake.url}/things", timeout=5)
    log = requests.get(f"{control}/requests", timeout=5).json()

    assert (added.status_code, pending[0]["kind"], failed.status_code) == (201, "status", 500)
    assert log["count"] == 2
    assert log["statuses"] == {"500": 1, "200": 1}
    assert [(seen["method"], seen["path"], seen["query"]) for seen in log["requests"]] == [
        ("GET", "/things", "a=1"),
        ("POST", "/things", ""),
    ]
    assert fake.faults.latency_s == (0.01, 0.02)
    assert requests.get(f"{control}/state", timeout=5).json() == {"committed": 1}


def test_control_routes_take_parameters_and_bodies(fake):
    """Another process says which parameters a fault is meant for, and what it answers."""
    wanted = {"kind": "status", "status": 200, "parameters": {"limit": "100"}, "body": {"object": "list"}}
    added = requests.post(f"{fake.url}/_fake/faults", json=wanted, timeout=5).json()

    answers = [requests.get(fake.url, params={"limit": limit}, timeout=5).json() for limit in (20, 100, 100)]

    assert wanted.items() <= added.items()
    assert answers == [{"committed": 1}, {"object": "list"}, {"committed": 2}]


def test_control_routes_forget(fake):
    """Faults, log and records can be forgotten from outside."""
    fake.faults.add("status")
    requests.get(f"{fake.url}/things", timeout=5)
    requests.get(f"{fake.url}/things", timeout=5)
    fake.faults.add("status")

    for method, path in (("DELETE", "faults"), ("DELETE", "requests"), ("POST", "reset")):
        assert requests.request(method, f"{fake.url}/_fake/{path}", timeout=5).status_code == 204

    assert (fake.faults.pending(), len(fake.requests), fake.committed) == ([], 0, 0)


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        pytest.param("POST", "faults", {"kind": "rest"}, "unknown kind", id="kind"),
        pytest.param("POST", "faults", {"kind": "slow", "wait": 1}, "wait", id="argument"),
        pytest.param("POST", "faults", {"kind": "slow", "path": "("}, "missing )", id="path"),
        pytest.param("POST", "faults", {"kind": "slow", "parameters": {"limit": "("}}, "missing )", id="parameter"),
        pytest.param("PUT", "settings", {"speed": 1}, "speed", id="setting"),
        pytest.param("PUT", "settings", {"latency_s": 1}, "iterable", id="latency"),
    ],
)
def test_control_routes_refuse_mistakes(fake, method, path, body, message):
    """What is misspelt in a request to a control route is said, not ignored."""
    answer = requests.request(method, f"{fake.url}/_fake/{path}", json=body, timeout=5)

    assert answer.status_code == 400
    assert message in answer.json()["message"]

"""
Airflow's connections to the fakes, in the form of Airflow's REST API.

Each has port 0, which is what Airflow's UI sends for an empty port: its Test button refuses a connection that is
stored without one ("The host or port to test differs from the stored connection").
"""

import json
import shlex
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

NO_PORT = 0


def to_upflow(url: str, key: str, secret: str) -> dict[str, Any]:
    """Return the connection to a fake Upflow at a root URL, by its API key and secret; test mode is off."""
    kind = {"connection_id": "upflow_default", "conn_type": "upflow"}
    return {**kind, "host": f"{url}/v1", "port": NO_PORT, "login": key, "password": secret}


def to_stripe(url: str, key: str) -> dict[str, Any]:
    """Return the connection to a fake Stripe at a root URL, by its secret key."""
    return {
        "connection_id": "stripe_default",
        "conn_type": "stripe",
        "host": url,
        "port": NO_PORT,
        "password": key,
    }


def to_salesforce(url: str, key: str, secret: str) -> dict[str, Any]:
    """
    Return the connection to a fake Salesforce at a root URL, which logs in with client credentials.

    Airflow's hook appends ``.salesforce.com/...`` to the domain; the question mark turns that into a parameter, which
    the fake ignores. For a real Salesforce the domain is that of the organization, such as ``acme.my``.

    Args:
        url: Root URL.
        key: Consumer key.
        secret: Consumer secret.
    """
    domain = f"{urlsplit(url).netloc}/services/oauth2/token?x="
    extra = json.dumps({"consumer_key": key, "consumer_secret": secret, "domain": domain})
    return {"connection_id": "salesforce_default", "conn_type": "salesforce", "port": NO_PORT, "extra": extra}


def command(connection: Mapping[str, Any]) -> str:
    """Return the shell command that creates a connection in Airflow."""
    words = ["airflow", "connections", "add", connection["connection_id"]]
    for name, value in connection.items():
        if name != "connection_id":
            words += [f"--conn-{name.removeprefix('conn_')}", str(value)]
    return shlex.join(words)

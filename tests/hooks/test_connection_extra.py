"""The extra of a Salesforce connection: Airflow's own hook ignores what it does not know, so that we refuse it."""

import json

import pytest
from airflow.sdk import Connection

from upflow_provider.errors import ConfigurationError
from upflow_provider.hooks.connection_extra import SalesforceConnectionExtra, UpflowConnectionExtra, read_extra


def read(extra):
    """Read the extra of a connection."""
    connection = Connection(conn_id="salesforce_default", conn_type="salesforce", extra=json.dumps(extra))
    return read_extra(connection, SalesforceConnectionExtra)


@pytest.mark.parametrize(
    "extra",
    [
        {"consumer_key": "k", "consumer_secret": "s", "domain": "acme.my"},
        {"extra__salesforce__consumer_key": "k", "extra__salesforce__domain": ""},
        {"version": "66.0", "proxies": '{"https": "http://proxy:3128"}'},
        {"version": 66.0, "proxies": {"https": "http://proxy:3128"}, "organization_id": "00D"},
    ],
)
def test_what_airflows_hook_knows_is_accepted(extra):
    """Under its names, with the prefix of older versions, and as their forms store it."""
    assert read(extra)


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"consumer_kye": "secret-1"}, "consumer_kye is unknown; did you mean 'consumer_key'?"),
        ({"extra__salesforce__domian": "acme.my"}, "domian is unknown; did you mean 'domain'?"),
        ({"version": "v66.0"}, "version must be a version of Salesforce's API, such as 66.0"),
        ({"version": 66}, "version is 66, but must be a version of Salesforce's API, such as 66.0"),
        ({"domain": "acme.my.salesforce.com"}, "domain must be the part before .salesforce.com, such as acme.my"),
        ({"domain": "https://acme.my"}, "domain must be the part before .salesforce.com, such as acme.my"),
        ({"proxies": ["secret-1"]}, "proxies must be a mapping"),
    ],
)
def test_what_it_would_ignore_is_refused(extra, says):
    """The field is named with the reason and what to write; its value is not, because it may be secret."""
    with pytest.raises(ConfigurationError) as raised:
        read(extra)

    assert f"connection 'salesforce_default': extra: {says}" in str(raised.value)
    assert "secret-1" not in str(raised.value)


@pytest.mark.parametrize("name", ["test_mode", "extra__upflow__test_mode"])
def test_test_mode_is_never_null(name):
    """Whoever writes null may mean on or off; a task that writes must not depend on it."""
    connection = Connection(conn_id="upflow_default", conn_type="upflow", extra=json.dumps({name: None}))
    with pytest.raises(ConfigurationError, match="extra: test_mode is null, but must be true or false"):
        read_extra(connection, UpflowConnectionExtra)


def test_another_field_that_is_null_means_its_default():
    """As the form of the connection stores it."""
    connection = Connection(conn_id="upflow_default", conn_type="upflow", extra=json.dumps({"timeout_s": None}))
    assert read_extra(connection, UpflowConnectionExtra).timeout_s == 30

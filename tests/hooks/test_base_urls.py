"""Secrets travel by https, or stay on the local network."""

import pytest

from upflow_provider.hooks.base_urls import api_host, is_safe


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://api.upflow.io/v1", True),
        ("http://127.0.0.1:9001/v1", True),
        ("http://localhost:9001/v1", True),
        ("http://[::1]:9001/v1", True),
        ("http://fakes:9001/v1", True),
        ("http://api.upflow.io/v1", False),
        ("http://10.0.0.1/v1", False),
        ("http://[2001:db8::1]/v1", False),
        ("ftp://fakes/v1", False),
        ("http://134744072/v1", False),
        ("http://2130706433/v1", False),
        ("http://0x08080808/v1", False),
        ("http://0X08080808/v1", False),
        ("http://0x/v1", False),
        ("http://0/v1", False),
        ("http://010/v1", False),
        ("http://010.8.8.8/v1", False),
        ("http://127.1/v1", False),
        ("http://\uff11\uff13\uff14\uff17\uff14\uff14\uff10\uff17\uff12/v1", False),
        ("http://[::ffff:8.8.8.8]/v1", False),
        ("http://[::ffff:808:808]/v1", False),
        ("http://[64:ff9b::808:808]/v1", False),
        ("http://fakes./v1", False),
        ("https://134744072/v1", True),
        ("http://3scale/v1", True),
        ("http://0xfake/v1", True),
        ("http://deadbeef/v1", True),
        ("nonsense", False),
    ],
)
def test_plain_http_goes_to_local_hosts_only(url, safe):
    """A name without a dot is a container or a machine on the local network; a number is an address of the world."""
    assert is_safe(url) is safe


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.upflow.io/v1", "api.upflow.io"),
        ("https://api.upflow.io:443/v1", "api.upflow.io"),
        ("HTTPS://API.Upflow.io./v1", "api.upflow.io"),
        ("https://api.upflow.io.:443/v1", "api.upflow.io"),
        ("https://api.upflow.io:8443/v1", "api.upflow.io:8443"),
        ("http://localhost:80/v1", "localhost"),
        ("http://127.0.0.1:9001/v1", "127.0.0.1:9001"),
        ("http://[::1]:9001/v1", "[::1]:9001"),
        ("http://[::1]/v1", "[::1]"),
    ],
)
def test_a_host_has_one_name(url, host):
    """However it is written."""
    assert api_host(url) == host

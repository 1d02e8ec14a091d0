"""What the tests of organizations.yaml share: a file that is read."""

from upflow_provider.settings import read_organizations

ACME = "acme_corp: {upflow_conn_id: u, stripe_conn_id: s}"
"""A usable entry."""


def read(tmp_path, text):
    """Read *text* as the file."""
    path = tmp_path / "organizations.yaml"
    path.write_text(text, encoding="utf-8")
    return read_organizations(path)

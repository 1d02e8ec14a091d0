"""PDFs on a bridge."""

import pytest

from tests.stripe_to_upflow.pdfs.bringing import Pdfs


@pytest.fixture
def pdfs(bridge):
    """Return PDFs on the bridge, of all documents."""
    return Pdfs(bridge)

"""Exports of portal links alone."""

import pytest

from tests.upflow_to_salesforce.portal_links.renewal.links import START


@pytest.fixture
def scene(scene):
    """Export links and nothing else, on the first of March."""
    scene.configure(fields={"portal_url": "Portal__c"})
    scene.move_to(START)
    return scene

"""Exports that match by a field of the test's own."""

import pytest


@pytest.fixture
def scene(scene):
    """Export what customers owe, and match by a field of the test's own."""
    scene.configure(fields={"outstanding": "Outstanding__c"}, match={"salesforce": "Key__c"})
    return scene

"""An export that could write something."""

import pytest


@pytest.fixture
def scene(scene):
    """Have a customer who owes something, with an Account that could be written."""
    scene.customer("cus_1", owes=100)
    return scene

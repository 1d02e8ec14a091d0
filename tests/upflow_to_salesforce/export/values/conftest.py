"""Exports of values, on both ways to write."""

import pytest


@pytest.fixture(params=[2_000, 1], ids=["collections", "bulk"])
def scene(scene, request):
    """Write the Accounts of the scene one way, then the other."""
    scene.define_custom_fields()
    scene.configure(bulk_from=request.param, fields={}, custom_fields={})
    return scene

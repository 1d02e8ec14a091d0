"""The problems for which an export refuses to write."""

import pytest

from upflow_provider.errors import ConfigurationError

UNTOLD = ("average_payment_delay", "rating", "collection_status", "payment_method", "payment_method_status")
"""What no answer of the fake Upflow carries."""


def problems(scene):
    """Run the export, which must refuse to write; return the sentences that tell why."""
    with pytest.raises(ConfigurationError) as error:
        scene.export()
    assert scene.salesforce.updates == []
    assert not [each for each in scene.salesforce.requests if each.method in {"PATCH", "PUT"}]
    head, *found = str(error.value).split("\n- ")
    assert head == "before anything is written to Salesforce:"
    return found

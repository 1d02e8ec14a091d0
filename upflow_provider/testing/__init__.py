"""
Stateful fakes of Salesforce, Stripe and Upflow, for tests, demonstrations and benchmarks.

    pip install "upflow-provider[testing]"

brings what they need, and three pytest fixtures, ``fake_upflow``, ``fake_stripe`` and ``fake_salesforce``.
``python -m upflow_provider.testing`` serves all three on loopback. Without pytest:

    from upflow_provider.testing import FakeUpflow, serve

    fake = FakeUpflow(requests_per_minute=60)
    with serve(fake.app) as server:
        ...  # requests to server.url + "/v1", then a look at fake.store, fake.requests, fake.faults

The fakes share no code with the rest of the package: a fake that shared code with the client it
tests would prove nothing. They are as strict as public evidence on the vendors' APIs allows, and
stricter where a vendor ignores a mistake in silence.

A kind of record that no logic looks at is one row in each fake: `RESOURCES` in ``stripe/billing/resources.py`` and
`DOCUMENTS` in ``upflow/records/document_types.py``. ``FakeStripe.create`` and ``FakeStripe.update`` then make its
objects and their events.
"""

import importlib
from typing import Any

_HOMES = {
    "Behaviour": "upflow.behaviour",
    "FakeSalesforce": "salesforce.fake",
    "FakeStripe": "stripe.fake",
    "FakeUpflow": "upflow.fake",
    "Faults": "wire.faults",
    "Seed": "seed.seed",
    "serve": "wire.server",
}
_EXTRA = ("python_multipart", "starlette", "uvicorn")

__all__ = ["Behaviour", "FakeSalesforce", "FakeStripe", "FakeUpflow", "Faults", "Seed", "serve"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the attribute asked for
    """
    Import what is asked for, at its first use: the pytest plugin is loaded where no fake is wanted.

    Raises:
        ModuleNotFoundError: The extra ``testing`` is not installed.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing not in _EXTRA:
            raise
        message = f'the fakes need {missing}: pip install "upflow-provider[testing]"'
        raise ModuleNotFoundError(message, name=missing) from error

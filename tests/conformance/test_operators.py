"""Every operator keeps the promises of an operator: documented parameters, template fields, the right pool."""

import importlib
import inspect
import pkgutil
import re

import pytest
from airflow.sdk import BaseOperator

from upflow_provider import operators
from upflow_provider.hooks.organization import POOL
from upflow_provider.operators.custom_fields import UpflowCustomFieldsOperator
from upflow_provider.operators.ledger import InventoryOperator
from upflow_provider.operators.preflight import PreflightOperator
from upflow_provider.operators.stripe_to_upflow_sync import (
    StripeChangesOperator,
    StripeChangesToUpflowOperator,
    WatermarkOperator,
)
from upflow_provider.operators.tables_to_upflow import UpflowCloseWindowOperator, UpflowOpenWindowOperator
from upflow_provider.operators.updated_assets import UpdatedAssetsOperator
from upflow_provider.operators.upflow_to_salesforce import UpflowToSalesforceOperator
from upflow_provider.operators.upflow_to_stripe import UpflowPaymentsToStripeOperator
from upflow_provider.settings import Organization

LIVE = {
    InventoryOperator,
    StripeChangesOperator,
    StripeChangesToUpflowOperator,
    UpflowCloseWindowOperator,
    UpflowCustomFieldsOperator,
    UpflowOpenWindowOperator,
    UpflowPaymentsToStripeOperator,
    UpflowToSalesforceOperator,
    WatermarkOperator,
}
"""Live work, which must not wait for history."""
WITHOUT_REQUESTS_TO_UPFLOW = {PreflightOperator, UpdatedAssetsOperator}
REQUIRED = {
    "stream": "invoices",
    "start": "2026-01-01",
    "end": "2026-02-01",
    "organization": Organization(threads=3),
    "collection": "invoices",
    "source": "erp",
    "records": [],
    "amounts": "minor",
    "conn_id": "erp",
    "window": {},
    "external_ids": ["IN-1"],
    "assignments": {"C-1": "Default"},
    "deliver": print,
    "folder": "/pdfs",
}
"""Values of the parameters that have no default."""


def _operators():
    """Return every public operator of the package."""
    modules = (
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(operators.__path__, f"{operators.__name__}.")
    )
    return {
        value.__name__: value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, BaseOperator) and value.__module__ == module.__name__
        if not value.__name__.startswith("_")
    }


OPERATORS = _operators()

every_operator = pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)


def _parameters(operator):
    """Return the parameters that an operator and its bases within the package take."""
    found = {}
    for base in operator.__mro__:
        if base.__module__.startswith(operators.__name__):
            found |= inspect.signature(base.__init__).parameters
    return {name for name in found if name not in ("self", "kwargs")}


def _documented(operator):
    """Return what the docstrings of an operator and its bases within the package say, by parameter."""
    text = "\n".join(
        inspect.cleandoc(base.__doc__ or "")
        for base in operator.__mro__
        if base.__module__.startswith(operators.__name__)
    )
    return {name: " ".join(words.split()) for name, words in re.findall(r":param (\w+):((?:.|\n)*?)(?=\n:|\Z)", text)}


def _made(operator):
    """Return an instance with defaults for all that has one."""
    taken = inspect.signature(operator.__init__).parameters
    is_open = any(each.kind is inspect.Parameter.VAR_KEYWORD for each in taken.values())
    wanted = _parameters(operator) if is_open else set(taken)
    fixed = {"stream", "collection"} - taken.keys()  # an operator that is named by its stream or collection
    return operator(
        task_id="task",
        **{name: value for name, value in REQUIRED.items() if name in wanted - fixed},
    )


@every_operator
def test_every_parameter_is_documented(operator):
    """By `:param:`, in the class or its base; and nothing is documented that does not exist."""
    assert inspect.cleandoc(operator.__doc__ or "").splitlines()[0].endswith((".", ";")), operator.__doc__
    assert _documented(operator).keys() == _parameters(operator)


@every_operator
def test_template_fields_are_attributes_and_say_so(operator):
    """Each exists on the instance and is marked "(templated)"; nothing else is."""
    made = _made(operator)
    marked = {name for name, words in _documented(operator).items() if "(templated" in words}

    assert set(operator.template_fields) == marked
    assert all(hasattr(made, name) for name in operator.template_fields)


@every_operator
def test_history_takes_slots_of_the_pool(operator):
    """All others stay in Airflow's default pool."""
    made = _made(operator)

    assert (made.pool == POOL) == (operator not in LIVE | WITHOUT_REQUESTS_TO_UPFLOW)
    assert operator.ui_color != BaseOperator.ui_color

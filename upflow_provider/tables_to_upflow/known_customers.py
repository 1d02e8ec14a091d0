"""What Upflow has of customers that the ledger does not know, because another source or somebody has brought them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Protocol

from upflow_provider.clients.upflow.client import external
from upflow_provider.errors import NotFoundError
from upflow_provider.records.payloads import Collection
from upflow_provider.records.text import is_id, mapping_in


class CustomerReader(Protocol):
    """The part of Upflow's client that reads customers."""

    def get(self, collection: Collection, ref: str) -> Mapping[str, Any]:
        """Return one record; `NotFoundError` if there is none."""

    def list(self, collection: Collection) -> Iterator[Mapping[str, Any]]:
        """Yield every record of a collection."""


class KnownCustomers:
    """
    Customers that Upflow has.

    Args:
        upflow: Reads them.
    """

    def __init__(self, upflow: CustomerReader) -> None:
        self._upflow = upflow

    def has(self, customer: str) -> bool:
        """Return whether Upflow has a customer; one request for each, but none while Upflow is empty."""
        return self._has_any and self._find(customer) is not None

    def parent_of(self, customer: str) -> str:
        """Return the external id of the customer above one; empty if none is, or if Upflow lacks the customer."""
        parent = mapping_in((self._find(customer) or {}).get("parent")).get("externalId")
        return parent if is_id(parent) else ""

    @cached_property
    def _has_any(self) -> bool:
        return next(iter(self._upflow.list("customers")), None) is not None

    def _find(self, customer: str) -> Mapping[str, Any] | None:
        try:
            return self._upflow.get("customers", external(customer))
        except NotFoundError:
            return None

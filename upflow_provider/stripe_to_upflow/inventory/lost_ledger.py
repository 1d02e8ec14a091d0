"""A lost ledger is noticed before anything is imported."""

from __future__ import annotations

from collections.abc import Iterator

from upflow_provider.errors import ConfigurationError
from upflow_provider.ledger import Ledger
from upflow_provider.ledger.findings import UNFINISHED, UPFLOW_LISTED_AT
from upflow_provider.records.payloads import Collection
from upflow_provider.records.text import is_id
from upflow_provider.stripe_to_upflow.inventory.lists import Lister
from upflow_provider.stripe_to_upflow.inventory.origins import StripeCustomers, is_any_of_stripe
from upflow_provider.stripe_to_upflow.streams.registry import document_stream_of


def check_ledger(ledger: Ledger, upflow: Lister, source: StripeCustomers, *, is_dry_run: bool = False) -> None:
    """
    Check that the ledger knows what was imported before.

    Only while the ledger is empty, two lists show whether Upflow has records of Stripe; which customers are Stripe's is
    for Stripe's own list to say. If there are none, the ledger keeps that finding, and nobody is asked again.

    Args:
        ledger: The organization's ledger.
        upflow: Lists records.
        source: Lists Stripe's customers.
        is_dry_run: Keep no finding.

    Raises:
        ConfigurationError: The ledger was lost, or has not been rebuilt completely.
        RetriableError, FatalError: Raised by the client.
    """
    listed_at = ledger.findings.get(UPFLOW_LISTED_AT)
    if listed_at == UNFINISHED:
        raise ConfigurationError(f"the ledger {ledger.organization!r} has not been rebuilt completely. {_REMEDY}")
    if listed_at or not ledger.inventory.is_ledger_empty():
        return
    if _has_invoices(upflow) or _has_customers(upflow, source):
        if not ledger.inventory.is_ledger_empty():  # another task, which began meanwhile, has imported or adopted them
            check_ledger(ledger, upflow, source, is_dry_run=is_dry_run)
            return
        raise ConfigurationError(
            f"the ledger {ledger.organization!r} is empty, but Upflow has records of Stripe: the ledger was lost, or "
            f"its connection leads to another database. Without it, what was imported before cannot be corrected or "
            f"removed. {_REMEDY}"
        )
    if not is_dry_run:
        ledger.findings.keep(UPFLOW_LISTED_AT, ledger.clock.now().isoformat())


def _has_invoices(upflow: Lister) -> bool:
    """Return whether any invoice is Stripe's; all are looked at, because those of other systems may come first."""
    return any(document_stream_of(each) for each in _external_ids(upflow, "invoices"))


def _has_customers(upflow: Lister, source: StripeCustomers) -> bool:
    return is_any_of_stripe(frozenset(_external_ids(upflow, "customers")), source)


def _external_ids(upflow: Lister, collection: Collection) -> Iterator[str]:
    for entity in upflow.list(collection, with_unnamed=True):
        external_id = entity.get("externalId")
        if is_id(external_id):
            yield external_id


_REMEDY = (
    "Trigger the DAG upflow_ledger_rebuild, which only reads Upflow, wait until it has finished, and clear this task. "
    "If the connection to the ledger is wrong, correct it instead"
)

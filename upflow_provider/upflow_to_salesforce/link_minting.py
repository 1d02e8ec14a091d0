"""Links to Upflow's customer portal, minted by several threads. A link is a secret, and shows in no log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from upflow_provider.clients.salesforce.refusals import Refusal
from upflow_provider.errors import RecordError, UpflowSyncError
from upflow_provider.ledger.salesforce_accounts import MatchedAccount
from upflow_provider.upflow_to_salesforce.customers import UNFIT
from upflow_provider.upflow_to_salesforce.mapping.link_expiry import expiry
from upflow_provider.upflow_to_salesforce.mapping.values import UnfitError, Value, from_upflow

if TYPE_CHECKING:
    from upflow_provider.clients.upflow.client import UpflowClient
    from upflow_provider.records.salesforce.fields import SalesforceField

NOT_MINTED = "NOT_MINTED"
"""Code of a link that Upflow did not give; ours, not Salesforce's."""


@dataclass(frozen=True, slots=True)
class DueLink:
    """
    A link that has to be made.

    Attributes:
        account_id: Id of the Account.
        matched: The Account and its customer.
        replaced: When the link that it replaces expires; ``None`` for an Account without a usable link.
        current: What the field was read to hold, which may be a secret; ``None`` when its link need not be renewed yet.
    """

    account_id: str
    matched: MatchedAccount
    replaced: datetime | None
    current: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class MintedLink:
    """
    A link on its way.

    Attributes:
        value: What the field is to hold; a secret.
        expires_at: When the link expires, UTC.
    """

    value: Value = field(repr=False)
    expires_at: datetime


@dataclass(slots=True)
class Minting:
    """
    What became of minting some links.

    Attributes:
        links: The links, by the Id of the Account.
        refused: Reasons why others were not minted, by the Id of the Account.
        error: What kept the rest from being minted, if anything.
    """

    links: dict[str, MintedLink] = field(default_factory=dict)
    refused: dict[str, Refusal] = field(default_factory=dict)
    error: UpflowSyncError | None = None


class LinkMint:
    """
    Mints links.

    Args:
        upflow: Mints them.
        field: The field of Account that is to hold them.
        margin: How long renewals may fail.
        threads: Links minted concurrently.
        clock: Current time, aware.
    """

    def __init__(
        self,
        upflow: UpflowClient,
        field: SalesforceField,
        *,
        margin: timedelta,
        threads: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._upflow, self._field = upflow, field
        self._margin, self._threads, self._clock = margin, threads, clock

    def mint(self, due: Sequence[DueLink]) -> Minting:
        """Mint links, until an error occurs that concerns more than one of them."""
        minting = Minting()
        threads = ThreadPoolExecutor(self._threads, thread_name_prefix="portal")
        try:
            minted = {each.account_id: threads.submit(self._mint, each) for each in due}
            for account_id, future in minted.items():
                if future.cancelled():
                    continue
                try:
                    minting.links[account_id] = future.result()
                except UnfitError as error:
                    reason = f"portal_url {error.reason}"
                    minting.refused[account_id] = Refusal(UNFIT, reason, (self._field.name,))
                except RecordError as error:
                    minting.refused[account_id] = Refusal(NOT_MINTED, str(error))
                except UpflowSyncError as error:
                    minting.error = minting.error or error
                    threads.shutdown(wait=False, cancel_futures=True)
        finally:
            threads.shutdown(cancel_futures=True)
        return minting

    def _mint(self, due: DueLink) -> MintedLink:
        now, customer_id = self._clock(), due.matched.customer_id
        expires_at = expiry(customer_id, now, self._margin, due.replaced)
        url = self._upflow.portal_url(customer_id, expires_in_s=int((expires_at - now).total_seconds()))
        return MintedLink(from_upflow("portal_url", url, self._field), expires_at)

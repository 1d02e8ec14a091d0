"""Salesforce's Accounts in the ledger: refusals, portal links, and the daily figures of customers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from upflow_provider.ledger.tables import account_refusals, figures, portal_links, upsert
from upflow_provider.runs.batches import batches

BATCH_SIZE = 100
MATCHED_ACCOUNT_COLUMNS = ("customer_id", "customer_url", "account_url")

Purpose = Literal["export", "portal_links"]
"""The purpose of a refused write."""


@dataclass(frozen=True, slots=True)
class MatchedAccount:
    """
    A customer and its Account, with links to both.

    Attributes:
        customer_id: Upflow's id of the customer.
        customer_url: Address of its page in Upflow; empty if Upflow does not return it.
        account_url: Address of the Account's page in Salesforce.
    """

    customer_id: str
    customer_url: str
    account_url: str


@dataclass(frozen=True, slots=True)
class AccountRefusal:
    """
    Why an Account was not updated.

    Attributes:
        account_id: Id of the Account, 18 characters.
        matched: Its customer, and links to both.
        code: Salesforce's status code, or ours.
        reason: The reason in words, without values.
        fields: API names of the fields that it concerns.
        since: When it was first refused, aware, UTC.
        attempts: How many times in a row it was refused.
    """

    account_id: str
    matched: MatchedAccount
    code: str
    reason: str
    fields: tuple[str, ...]
    since: datetime
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class PortalLink:
    """
    The portal link of an Account. The link itself is a secret and is not stored.

    Attributes:
        account_id: Id of the Account, 18 characters.
        customer_id: Upflow's id of the customer whose portal it opens.
        expires_at: When it expires, aware, UTC.
    """

    account_id: str
    customer_id: str
    expires_at: datetime


class Accounts:
    """
    Refusals, portal links and daily figures of one organization.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
    """

    def __init__(self, engine: sa.Engine, organization: str) -> None:
        self._engine, self._organization = engine, organization

    def refuse(self, purpose: Purpose, refused: Iterable[AccountRefusal]) -> None:
        """Store refusals; a known one keeps its ``since``, and its attempts are added up."""
        table = account_refusals
        for batch in batches(refused, BATCH_SIZE):
            values = [
                {
                    "organization": self._organization,
                    "kind": purpose,
                    "account_id": refusal.account_id,
                    **asdict(refusal.matched),
                    "code": refusal.code,
                    "reason": refusal.reason,
                    "fields": list(refusal.fields),
                    "since": refusal.since,
                    "attempts": refusal.attempts,
                }
                for refusal in {each.account_id: each for each in batch}.values()
            ]
            insert = upsert(self._engine.dialect.name, table).values(values)
            renewed = {name: insert.excluded[name] for name in (*MATCHED_ACCOUNT_COLUMNS, "code", "reason", "fields")}
            with self._engine.begin() as connection:
                connection.execute(
                    insert.on_conflict_do_update(
                        index_elements=["organization", "kind", "account_id"],
                        set_={**renewed, "attempts": table.c.attempts + insert.excluded.attempts},
                    )
                )

    def accept(self, purpose: Purpose, account_ids: Iterable[str]) -> None:
        """Delete the refusals of these Accounts, which have been updated."""
        for batch in batches(account_ids, BATCH_SIZE):
            self._execute(
                sa.delete(account_refusals).where(
                    *self._in_organization(account_refusals),
                    account_refusals.c.kind == purpose,
                    account_refusals.c.account_id.in_(batch),
                )
            )

    def refused(self, purpose: Purpose) -> dict[str, AccountRefusal]:
        """Return the current refusals by the Id of the Account, the oldest first."""
        names = ("account_id", *MATCHED_ACCOUNT_COLUMNS, "code", "reason", "fields", "since", "attempts")
        query = (
            sa.select(*(account_refusals.c[name] for name in names))
            .where(*self._in_organization(account_refusals), account_refusals.c.kind == purpose)
            .order_by(account_refusals.c.since, account_refusals.c.account_id)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
        return {
            refusal.account_id: AccountRefusal(
                refusal.account_id,
                MatchedAccount(*(getattr(refusal, name) for name in MATCHED_ACCOUNT_COLUMNS)),
                refusal.code,
                refusal.reason,
                tuple(refusal.fields),
                refusal.since,
                refusal.attempts,
            )
            for refusal in found
        }

    def links(self) -> dict[str, PortalLink]:
        """Return the portal links of Accounts, by the Id of the Account."""
        columns = portal_links.c
        query = sa.select(columns.account_id, columns.customer_id, columns.expires_at).where(
            *self._in_organization(portal_links)
        )
        with self._engine.connect() as connection:
            return {each[0]: PortalLink(*each) for each in connection.execute(query)}

    def confirm(self, links: Iterable[PortalLink]) -> None:
        """Store links that Salesforce has confirmed."""
        for batch in batches(links, BATCH_SIZE):
            values = [
                {
                    "organization": self._organization,
                    "account_id": link.account_id,
                    "customer_id": link.customer_id,
                    "expires_at": link.expires_at,
                }
                for link in batch
            ]
            insert = upsert(self._engine.dialect.name, portal_links).values(values)
            self._execute(
                insert.on_conflict_do_update(
                    index_elements=["organization", "account_id"],
                    set_={name: insert.excluded[name] for name in ("customer_id", "expires_at")},
                )
            )

    def figures(self, name: str) -> dict[str, str]:
        """Return a daily figure of all customers, by the customer's id."""
        query = sa.select(figures.c.customer, figures.c.value).where(
            *self._in_organization(figures), figures.c.name == name
        )
        with self._engine.connect() as connection:
            return {each[0]: each[1] for each in connection.execute(query)}

    def keep_figures(self, name: str, values: Mapping[str, str]) -> None:
        """Replace a daily figure of all customers, in one transaction."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(figures).where(*self._in_organization(figures), figures.c.name == name))
            for batch in batches(values.items(), BATCH_SIZE):
                connection.execute(
                    sa.insert(figures),
                    [
                        {"organization": self._organization, "name": name, "customer": customer, "value": value}
                        for customer, value in batch
                    ],
                )

    def _in_organization(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.organization == self._organization,)

    def _execute(self, statement: Any) -> None:  # noqa: ANN401 - any statement of SQLAlchemy's
        with self._engine.begin() as connection:
            connection.execute(statement)

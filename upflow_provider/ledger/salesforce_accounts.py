"""Accounts of Salesforce: what was refused and why, which portal links they hold, figures worked out for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from upflow_provider.ledger.claims import upsert
from upflow_provider.ledger.tables import account_refusals, figures, portal_links
from upflow_provider.runs.batches import batches

BATCH = 100
PAIR = ("customer_id", "customer_url", "account_url")

Kind = Literal["export", "portal_links"]
"""What a refused write was for."""


@dataclass(frozen=True, slots=True)
class Pair:
    """
    A customer and its Account: where to look when something is wrong.

    Attributes:
        customer_id: Upflow's id of the customer.
        customer_url: Address of its page in Upflow; empty when Upflow does not tell it.
        account_url: Address of the Account's page in Salesforce.
    """

    customer_id: str
    customer_url: str
    account_url: str


@dataclass(frozen=True, slots=True)
class AccountRefusal:
    """
    Why an Account is not what Upflow knows.

    Attributes:
        account_id: Id of the Account, 18 characters.
        pair: The customer, and links to both.
        code: Salesforce's status code, or ours.
        reason: In words, without values.
        fields: API names of the fields it is about.
        since: When it was refused first, aware, UTC.
        attempts: Times it was refused in a row.
    """

    account_id: str
    pair: Pair
    code: str
    reason: str
    fields: tuple[str, ...]
    since: datetime
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class PortalLink:
    """
    The link that an Account is known to hold; the link itself is a secret, and kept nowhere.

    Attributes:
        account_id: Id of the Account, 18 characters.
        customer_id: Upflow's id of the customer whose portal it opens.
        expires_at: When it ends to be valid, aware, UTC.
    """

    account_id: str
    customer_id: str
    expires_at: datetime


class Accounts:
    """
    What is kept of the Accounts of one organization.

    Args:
        engine: Engine of a database that is prepared.
        organization: Name of the organization.
    """

    def __init__(self, engine: sa.Engine, organization: str) -> None:
        self._engine, self._organization = engine, organization

    def refuse(self, kind: Kind, refused: Iterable[AccountRefusal]) -> None:
        """Keep refusals; of those that are known, since when stays and attempts grow."""
        table = account_refusals
        for batch in batches(refused, BATCH):
            values = [
                {
                    "organization": self._organization,
                    "kind": kind,
                    "account_id": each.account_id,
                    **asdict(each.pair),
                    "code": each.code,
                    "reason": each.reason,
                    "fields": list(each.fields),
                    "since": each.since,
                    "attempts": each.attempts,
                }
                for each in {each.account_id: each for each in batch}.values()
            ]
            insert = upsert(self._engine.dialect.name, table).values(values)
            renewed = {name: insert.excluded[name] for name in (*PAIR, "code", "reason", "fields")}
            with self._engine.begin() as connection:
                connection.execute(
                    insert.on_conflict_do_update(
                        index_elements=["organization", "kind", "account_id"],
                        set_={**renewed, "attempts": table.c.attempts + insert.excluded.attempts},
                    )
                )

    def accept(self, kind: Kind, account_ids: Iterable[str]) -> None:
        """Forget the refusals of these Accounts: they are what Upflow knows."""
        for batch in batches(account_ids, BATCH):
            self._execute(
                sa.delete(account_refusals).where(
                    *self._of(account_refusals),
                    account_refusals.c.kind == kind,
                    account_refusals.c.account_id.in_(batch),
                )
            )

    def refused(self, kind: Kind) -> dict[str, AccountRefusal]:
        """Return the refusals that stand, by the Id of the Account."""
        names = ("account_id", *PAIR, "code", "reason", "fields", "since", "attempts")
        query = (
            sa.select(*(account_refusals.c[name] for name in names))
            .where(*self._of(account_refusals), account_refusals.c.kind == kind)
            .order_by(account_refusals.c.since, account_refusals.c.account_id)
        )
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
        return {
            each.account_id: AccountRefusal(
                each.account_id,
                Pair(*(getattr(each, name) for name in PAIR)),
                each.code,
                each.reason,
                tuple(each.fields),
                each.since,
                each.attempts,
            )
            for each in found
        }

    def links(self) -> dict[str, PortalLink]:
        """Return the portal links that Accounts hold, by the Id of the Account."""
        columns = portal_links.c
        query = sa.select(columns.account_id, columns.customer_id, columns.expires_at).where(*self._of(portal_links))
        with self._engine.connect() as connection:
            return {each[0]: PortalLink(*each) for each in connection.execute(query)}

    def confirm(self, links: Iterable[PortalLink]) -> None:
        """Keep links that Salesforce has confirmed."""
        for batch in batches(links, BATCH):
            values = [
                {
                    "organization": self._organization,
                    "account_id": each.account_id,
                    "customer_id": each.customer_id,
                    "expires_at": each.expires_at,
                }
                for each in batch
            ]
            insert = upsert(self._engine.dialect.name, portal_links).values(values)
            self._execute(
                insert.on_conflict_do_update(
                    index_elements=["organization", "account_id"],
                    set_={name: insert.excluded[name] for name in ("customer_id", "expires_at")},
                )
            )

    def figures(self, name: str) -> dict[str, str]:
        """Return a figure of all customers, by the customer's id."""
        query = sa.select(figures.c.customer, figures.c.value).where(*self._of(figures), figures.c.name == name)
        with self._engine.connect() as connection:
            return {each[0]: each[1] for each in connection.execute(query)}

    def keep_figures(self, name: str, values: Mapping[str, str]) -> None:
        """Replace a figure of all customers, in one transaction."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(figures).where(*self._of(figures), figures.c.name == name))
            for batch in batches(values.items(), BATCH):
                connection.execute(
                    sa.insert(figures),
                    [
                        {"organization": self._organization, "name": name, "customer": customer, "value": value}
                        for customer, value in batch
                    ],
                )

    def _of(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.organization == self._organization,)

    def _execute(self, statement: Any) -> None:  # noqa: ANN401 - any statement of SQLAlchemy's
        with self._engine.begin() as connection:
            connection.execute(statement)

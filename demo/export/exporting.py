"""The part of the demonstration that exports what Upflow knows to Accounts in Salesforce."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.airflow import EXPORT, LINKS, Airflow
from demo.errors import DemoError
from demo.export.account_values import COUNTS, ON_ACCOUNTS, PORTAL, Shown, example, in_upflow, on_accounts, totals
from demo.run_watch import Watch
from demo.screen import Screen
from demo.totals import money
from demo.vendors import Salesforce, Upflow
from upflow_provider.testing.seed.salesforce_accounts import CURRENCY, KEY

PROMISED_DAYS = 30
"""Days for which every link is still valid at any time, at least."""
DAY_S = 86_400.0
TITLE = "What the Accounts show: what each customer owes, in one currency"


class Exporting:
    """
    The export from Upflow to Accounts.

    Args:
        screen: Where to print.
        airflow: The Airflow that runs it.
        upflow: The Upflow to export from.
        salesforce: The Salesforce to export to.
        logs: Folder of the tasks' logs.
    """

    def __init__(self, screen: Screen, airflow: Airflow, upflow: Upflow, salesforce: Salesforce, logs: Path) -> None:
        self._screen, self._upflow, self._salesforce, self._logs = screen, upflow, salesforce, logs
        self._export, self._links = airflow.of(EXPORT), airflow.of(LINKS)
        self._before: dict[str, Shown] = {}
        self._updates = 0

    def wait_for_dags(self) -> None:
        """Wait until the DAG processor has read both DAGs."""
        for dag in (self._export, self._links):
            dag.wait_for_dag()

    def run(self) -> None:
        """
        Export, create the links to the portal, and compare both sides.

        Raises:
            DemoError: Something did not work, or an Account shows something else than Upflow.
        """
        customers = len(self._wanted())
        self._agree_on_currencies()
        self._screen.say(
            f"  To Salesforce: {EXPORT} and {LINKS} are unpaused and run at once; watch them at {self._export.link()}"
        )
        export, links = self._export.unpaused_run(), self._links.unpaused_run()
        self._watch(self._export, {"Accounts": customers}).until_finished([export])
        self._watch(self._links, {"portal links": customers}).until_finished([links])
        state, self._before = self._salesforce.state(), self._shown(self._wanted())
        self._updates = state["updates"]
        self._screen.done(
            f"{customers} customers are on their Accounts, each with a link to its portal: {self._writes()} write "
            f"requests to Salesforce, {state['inserts']} new Accounts"
        )
        self._compare()
        self._open_links()

    def follow(self) -> None:
        """
        Wait until the changes in Upflow are on the Accounts, too.

        Raises:
            DemoError: Nothing has changed, or a change does not arrive.
        """
        wanted = self._wanted()
        changed = [customer for customer, shown in wanted.items() if shown != self._before[customer]]
        if not changed:
            raise DemoError("nothing that Accounts show has changed in Upflow")
        self._screen.say(f"  The sync has updated an asset that {EXPORT} waits for, so Airflow runs it by itself")
        self._watch(self._export, {}).until(lambda: self._shown(wanted) == wanted)
        updates = self._salesforce.state()["updates"] - self._updates
        names = {each["externalId"]: each["name"] for each in self._upflow.records("customers")}
        owes = "; ".join(
            f"{names[customer]} owes {_owed(wanted[customer])} instead of {_owed(self._before[customer])}"
            for customer in changed
        )
        self._screen.done(f"The changes are on the Accounts, in {updates} updates: {owes}")

    def _watch(self, dag: Airflow, goals: dict[str, int]) -> Watch:
        return Watch(dag, self._upflow, self._screen, goals, counts=self._salesforce.counts)

    def _agree_on_currencies(self) -> None:
        """Give Accounts the currency of their customers' invoices, as Sales would; the export writes no other."""
        currencies = {each["externalId"]: each["currency"] for each in self._upflow.records("customers")}
        others = [
            account
            for account in self._salesforce.accounts("Id", KEY, CURRENCY)
            if account[CURRENCY] != currencies.get(account[KEY], account[CURRENCY])
        ]
        for account in others:
            values = {CURRENCY: currencies[account[KEY]]}
            self._salesforce.act("edit_account", account_id=account["Id"], **values)
        if others:
            self._screen.say(
                f"  In Salesforce, {len(others)} Accounts get the currency of their customers' invoices: "
                "the export writes amounts only where both are the same"
            )

    def _compare(self) -> None:
        wanted = self._wanted()
        equal = self._screen.compare(totals(wanted), totals(self._before), title=TITLE, sides=("Upflow", "Salesforce"))
        differ = [customer for customer in wanted if wanted[customer] != self._before.get(customer)]
        if differ or not equal:
            raise DemoError(f"{len(differ)} Accounts do not show what Upflow knows: {differ[:3]}", log=self._logs)

    def _open_links(self) -> None:
        """Open every link as a customer does: it must open the right portal, and be valid as long as promised."""
        wanted, now = self._wanted(), datetime.now(UTC)
        days: dict[str, float] = {}
        accounts = self._accounts(wanted)
        for account in accounts:
            portal: dict[str, Any] = self._upflow.act("open_portal_link", url=account[PORTAL] or "")
            if portal["customer"] != account[KEY]:
                raise DemoError(f"the link on {account['Name']} does not open its customer's portal", log=self._logs)
            days[account[KEY]] = (datetime.fromisoformat(portal["expiresAt"]) - now).total_seconds() / DAY_S
        least = min(days.values())
        if len(days) != len(wanted) or least < PROMISED_DAYS:
            raise DemoError(
                f"{len(days)} of {len(wanted)} customers have a link, and one is valid for {least:.1f} days only",
                log=self._logs,
            )
        self._screen.done(
            f"{len(days)} Accounts have a link that opens their customer's portal; the first to expire is valid for "
            f"{least:.0f} more days (promised: at least {PROMISED_DAYS} at any time)"
        )
        _, overdue = COUNTS["overdue invoices"]
        account = max(accounts, key=lambda each: each[overdue])
        self._screen.list(f"One of the Accounts: {account['Name']}", example(account, days[account[KEY]]))

    def _wanted(self) -> dict[str, Shown]:
        """Return what the Accounts must show, by customer."""
        return in_upflow(self._upflow.records("customers"))

    def _shown(self, customers: Collection[str]) -> dict[str, Shown]:
        """Return what the Accounts of these customers show."""
        return on_accounts(self._accounts(customers))

    def _accounts(self, customers: Collection[str]) -> list[dict[str, Any]]:
        return [each for each in self._salesforce.accounts(*ON_ACCOUNTS) if each[KEY] in customers]

    def _writes(self) -> int:
        log = self._salesforce.requests(last=self._salesforce.requests()["count"])
        return sum(request["method"] == "PATCH" for request in log["requests"])


def _owed(shown: Shown) -> str:
    amount = shown.amounts["outstanding"]
    return money(None if amount is None else int(amount), shown.currency)

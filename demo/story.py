"""The steps of the demonstration, one after the other."""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from demo.airflow import EXPORT, SYNC, Airflow
from demo.airflow_environment import Ports, environment
from demo.arrivals.fields_and_contacts import show_contacts, show_fields
from demo.arrivals.pdfs import new_invoice, show_pdfs
from demo.arrivals.portal_payment import PortalPayment
from demo.dag_folder import lay_out
from demo.errors import DemoError
from demo.export.exporting import Exporting
from demo.export.followed_invoice import FollowedInvoice, UnpaidInvoice, unpaid_invoices
from demo.processes import Processes, free_ports
from demo.run_watch import Watch
from demo.screen import Screen
from demo.totals import FROM_STRIPE, INTO_UPFLOW, Totals, arrived, drafts, expected, goals
from demo.vendors import Salesforce, Stripe, Upflow
from upflow_provider.testing.wire.certificates import Certificates

MONTHS = 3
CUSTOMERS, INVOICES, SEED = 40, 150, 7
STRIPE_KEY, UPFLOW_KEY, UPFLOW_SECRET = "sk_test_fake", "upflow-key", "upflow-secret"
SALESFORCE_KEY, SALESFORCE_SECRET = "client-id", "client-secret"
"""Credentials that the fakes accept."""
LATENCY_S = "0.05", "0.15"
"""Shortest and longest time a request to Upflow takes."""
AFTERWARDS = timedelta(days=25)
"""Time between the last invoice and the end of the history, for its payments and refunds."""
UI_PORT = 8080


def whole_months(today: date, months: int) -> tuple[datetime, datetime]:
    """Return the window of the last *months* whole months before *today*, UTC."""
    end = datetime(today.year, today.month, 1, tzinfo=UTC)
    year, month = divmod(end.year * 12 + end.month - 1 - months, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC), end


class Story:
    """
    The demonstration.

    Args:
        screen: Where to print.
        processes: Starts the fakes and Airflow.
        dags: Folder of the DAGs; the demonstration runs a copy.
    """

    def __init__(self, screen: Screen, processes: Processes, dags: Path) -> None:
        self._screen, self._processes = screen, processes
        api, worker_logs, trigger_logs, stripe, upflow, salesforce = free_ports(6, preferred=UI_PORT)
        home, ports = processes.home, Ports(api, worker_logs, trigger_logs)
        self._certificates = Certificates.of(home / "certificates")
        self._environment = environment(home, lay_out(dags, home / "dags"), ports, self._certificates.bundle)
        self._airflow = Airflow(f"http://127.0.0.1:{api}", home, processes.log_of("airflow"), processes.check)
        self._stripe = Stripe(f"http://127.0.0.1:{stripe}", STRIPE_KEY)
        self._upflow = Upflow(f"http://127.0.0.1:{upflow}", UPFLOW_KEY, UPFLOW_SECRET)
        self._salesforce = Salesforce(
            f"https://127.0.0.1:{salesforce}",
            SALESFORCE_KEY,
            SALESFORCE_SECRET,
            trusted=self._certificates.authority,
        )
        self._exporting = Exporting(screen, self._airflow, self._upflow, self._salesforce, home / "logs")
        self._start, self._end = whole_months(datetime.now(UTC).date(), MONTHS)

    def run(self) -> None:
        """
        Load history, compare both sides, and export it while it is loaded again; then sync what changes.

        In the end, a customer pays in Upflow's portal, and Stripe is told of it.

        Raises:
            DemoError: Something did not work, or a side does not show what it must.
        """
        self._screen.title(
            "Stripe to Upflow to Salesforce with Apache Airflow: history, then changes\n"
            "[dim]on this machine only: all three vendors are fakes on loopback[/]"
        )
        goal = self._start_everything()
        self._load(goal)
        self._compare(goal)
        for show in (show_fields, show_contacts, show_pdfs):
            show(self._screen, self._stripe, self._upflow)
        paid, voided, in_portal, *_ = unpaid_invoices(self._stripe, self._upflow)
        followed = FollowedInvoice(paid, self._stripe, self._upflow, self._salesforce)
        followed.note("history is loaded")
        again, before = self._load_again()
        self._exporting.run()
        self._expect_no_writes(again, before)
        followed.note("it is exported")
        self._sync_changes(paid, voided)
        self._exporting.follow()
        followed.note("the invoice is paid")
        followed.show(self._screen)
        PortalPayment(self._screen, self._airflow, self._stripe, self._upflow).run(in_portal)

    def leave_open(self) -> None:
        """Print what there is to look at, and wait for Ctrl-C."""
        self._screen.say(
            f"\n[bold]Airflow is open at {self._airflow.url}[/] until you press Ctrl-C. Look at\n"
            f"  the runs of the DAG     {self._airflow.link()}\n"
            "  a task's log            click a green square, then Logs: progress, counts, what was skipped\n"
            "  its result              Storage > XCom of the same page: created, updated, unchanged, skipped\n"
            "  the connections         Admin > Connections: each vendor has a form, with a Test button\n"
            f"  the sync                {self._airflow.of(SYNC).link()}: every 5 minutes, what changed in Stripe\n"
            f"  the export              {self._airflow.of(EXPORT).link()}: hourly, and after a sync with changes\n"
            f"  what goes where         {self._processes.home}/dags/organizations.yaml\n"
            "  a change of your own    curl -d "
            '\'{"do": "create_customer", "with": {"name": "Me", "id": "cus_me"}}\' '
            f"{self._stripe.url}/_fake/act\n"
            "  more history            Trigger > Backfill; or a run with since, until and dry_run\n"
            f"  what Upflow holds       {self._upflow.url}/_fake/state\n"
            f"  what Salesforce holds   {self._salesforce.url}/_fake/state, with curl --insecure\n"
            '  a failing Upflow        curl -d \'{"kind": "status", "status": 503, "times": 20}\' '
            f"{self._upflow.url}/_fake/faults"
        )
        try:
            while True:
                self._processes.check()
                time.sleep(1.0)
        except KeyboardInterrupt:
            self._screen.say("")

    def _start_everything(self) -> Totals:
        self._processes.start("fakes", self._fakes_command(), self._environment)
        self._processes.start("airflow", [sys.executable, "-m", "airflow", "standalone"], self._environment)
        for fake in (self._stripe, self._upflow, self._salesforce):
            fake.wait_until_up(self._processes.check)
        records = {name: list(self._stripe.records(name)) for name in FROM_STRIPE}
        customers, invoices = len(records["customers"]), len(records["invoices"])
        self._screen.done(f"Fake Stripe holds {customers} customers and {invoices} invoices, with their payments")
        self._screen.say(
            f"  Drafts among the invoices, which wait in Stripe until they are finalized: {drafts(records)}"
        )
        accounts = self._salesforce.state()["accounts"]["count"]
        self._screen.say(f"  Fake Salesforce holds {accounts} Accounts; Airflow starts (SQLite, home is .airflow/) ...")
        self._airflow.wait_until_up()
        self._airflow.add_pool()
        for vendor in (self._upflow, self._stripe, self._salesforce):
            self._airflow.add_connection(vendor.connection)
            self._airflow.test_connection(vendor.connection)
        self._airflow.wait_for_dag()
        self._airflow.of(SYNC).wait_for_dag()
        self._exporting.wait_for_dags()
        is_taken = not self._airflow.url.endswith(f":{UI_PORT}")
        self._screen.done(
            f"Airflow is up at {self._airflow.url}{f' (port {UI_PORT} is taken)' if is_taken else ''}, with the pool "
            "upflow_api, and with three connections that pass their test"
        )
        return expected(records)

    def _fakes_command(self) -> list[str]:
        options = {
            "stripe-port": self._stripe.port,
            "upflow-port": self._upflow.port,
            "salesforce-port": self._salesforce.port,
            "certificates": self._processes.home / "certificates",
            "seed": SEED,
            "customers": CUSTOMERS,
            "invoices": INVOICES,
            "start": self._start.date(),
            "end": self._end.date() - AFTERWARDS,
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        return [sys.executable, "-m", "upflow_provider.testing", *arguments, "--latency", *LATENCY_S]

    def _load(self, goal: Totals) -> None:
        last = self._end - timedelta(days=1)
        self._screen.say(
            f"  Backfill of {self._start:%B %Y} to {last:%B %Y}, a run for each month, newest first; "
            f"watch it at {self._airflow.link()}"
        )
        runs = self._airflow.backfill(self._start, last)
        Watch(self._airflow, self._upflow, self._screen, goals(goal)).until_finished(runs)
        log = self._upflow.requests()
        if refused := log["statuses"].get("429"):
            raise DemoError(f"Upflow answered 429 to {refused} requests, which must never happen")
        self._screen.done(
            f"History is loaded: {log['count']} requests to Upflow, at most {log['peak_per_minute']} in 60 s "
            f"(limit 600), {log['peak_concurrency']} at once (limit 10), "
            f"{log['peak_concurrency_of_one_customer']} for one customer"
        )

    def _compare(self, goal: Totals) -> None:
        held = arrived({name: self._upflow.records(name) for name in INTO_UPFLOW})
        if not self._screen.compare(goal, held):
            raise DemoError("Upflow does not hold what Stripe holds", log=self._processes.home / "logs")

    def _load_again(self) -> tuple[str, int]:
        """Start to load the same window once more; return the run, and how many requests Upflow had before."""
        self._screen.say("  The same window once more, in one run that is triggered by hand: nothing has changed since")
        before = self._upflow.requests()["count"]
        return self._airflow.trigger({"since": f"{self._start:%Y-%m-%d}", "until": f"{self._end:%Y-%m-%d}"}), before

    def _expect_no_writes(self, run: str, before: int) -> None:
        """Wait for a run; what Upflow has been sent since, but for links to portals, which the export asks for."""
        Watch(self._airflow, self._upflow, self._screen, {}).until_finished([run])
        if writes := self._upflow.writes_since(before):
            raise DemoError(f"loading the same history again sent {writes} writes to Upflow instead of 0")
        self._screen.done("The same history again, which was loaded meanwhile: 0 writes sent to Upflow")

    def _sync_changes(self, paid: UnpaidInvoice, voided: UnpaidInvoice) -> None:
        name = f"{paid.name} Ltd"
        self._stripe.act("update_customer", customer_id=paid.customer, name=name)
        self._stripe.act("pay_invoice", invoice_id=paid.id)
        self._stripe.act("void_invoice", invoice_id=voided.id)
        newest = new_invoice(self._stripe, voided.customer)
        self._screen.say(
            f"  In Stripe, {paid} is paid, its customer is renamed {name}; {voided} is voided and replaced"
        )
        sync, since = self._airflow.of(SYNC), datetime.now(UTC) - timedelta(minutes=10)
        time.sleep(1.0)  # the window leaves out the second in which it ends
        window = {"start": since.isoformat(), "end": datetime.now(UTC).isoformat()}
        # Runs start in the order of run_after: this one comes before the one that the schedule makes at once.
        run = sync.trigger(window, run_after=since)
        sync.unpause()
        self._screen.say(f"  The sync is unpaused, and reads what changed; watch it at {sync.link()}")
        goal = expected({name: list(self._stripe.records(name)) for name in FROM_STRIPE})
        before = self._upflow.requests()["count"]
        Watch(sync, self._upflow, self._screen, goals(goal)).until_finished([run])
        writes = self._upflow.writes_since(before)
        names = {each["externalId"]: each["name"] for each in self._upflow.records("customers")}
        held = arrived({name: self._upflow.records(name) for name in INTO_UPFLOW})
        if held != goal or names[paid.customer] != name:
            self._screen.compare(goal, held)
            raise DemoError("Upflow does not show what changed in Stripe", log=self._processes.home / "logs")
        self._screen.done(f"What changed in Stripe is in Upflow: {writes} writes")
        show_pdfs(self._screen, self._stripe, self._upflow, newest)

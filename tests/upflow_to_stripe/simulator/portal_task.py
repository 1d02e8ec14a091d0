"""Tasks of a simulated Airflow that also write payments of the portal back."""

from dataclasses import dataclass

from tests.stripe_to_upflow.simulator.run import Run
from tests.stripe_to_upflow.simulator.tasks import Task
from upflow_provider.clients.stripe.writer import StripeWriter
from upflow_provider.upflow_to_stripe.listing import list_payments
from upflow_provider.upflow_to_stripe.report import WriteBackReport
from upflow_provider.upflow_to_stripe.settings import WriteBack
from upflow_provider.upflow_to_stripe.settlement_writer import SettlementWriter
from upflow_provider.upflow_to_stripe.write_back import WriteBackRun

SETTINGS = WriteBack(partial="report", settle_days=2)


@dataclass(frozen=True)
class PortalRun(Run):
    """A run of the write-back; *retry* names what is tried whenever it is due."""

    retry: tuple[str, ...] | str = ()

    @property
    def steps(self):
        """Its only task."""
        return ("write_back",)


class PortalTask(Task):
    """One try of one task, of any flow."""

    def do(self):
        """Do the task and return its report."""
        if self.step == "write_back":
            self._host_clock.compare(self._ledger.clock.now(), "the ledger's database")
            return self._write_back(self._run.retry)
        done = super().do()
        if self._run.kind == "rebuild":
            self._write_back((), is_dry_run=True)
        return done

    def list_payments(self):
        """Read Upflow's own payments into the ledger."""
        return list_payments(self._client(), self._ledger.settlements, SETTINGS)

    def _write_back(self, retry, *, is_dry_run=False):
        waits = {"clock": self._world.clock.monotonic, "sleep": self._world.sleep}
        client = StripeWriter(self._sdk, is_open=not is_dry_run, dice=lambda: 0.5, **waits)
        writer = SettlementWriter(
            source=self._source,
            writer=client,
            settlements=self._ledger.settlements,
            settings=SETTINGS,
            decimals={},
            now=self._ledger.clock.now,
        )
        report = WriteBackReport()
        report.add_listed(self.list_payments())
        return WriteBackRun(self._ledger, writer, SETTINGS, is_dry_run=is_dry_run).run(report, retry)

"""The installation of ``docker/compose.yaml`` as plain processes: history over two Celery workers."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from demo.airflow import Airflow
from demo.story import whole_months
from upflow_provider.ledger import Outcome
from upflow_provider.ledger.tables import records
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS
from upflow_provider.testing.seed.seed import Seed

# Months that are over: Airflow runs the last one by itself once the DAG is unpaused, unless a Backfill has it.
START, END = whole_months(datetime.now(UTC).date(), 2)
HISTORY = Seed(seed=3, customers=40, invoices=90, start=START, end=END)
UNITS = {"isk": 100}
WORKERS = ("worker-1", "worker-2")
ONE_MACHINE = ("--skip-serve-logs", "--without-gossip", "--without-mingle")
"""Two workers on one machine cannot serve their logs on the same port; the rest saves time."""


@pytest.mark.slow(seconds=100)
@pytest.mark.postgres
def test_two_workers_that_share_no_files_load_everything_once(
    topology, databases, api_url, tmp_path, fake_upflow, fake_stripe
):
    """A backfill of two months at a time arrives whole, once, and within one budget."""
    fake_stripe.seed(HISTORY)
    containers = start(topology)
    server = containers["api-server"]
    states = backfill(topology, containers, Airflow(api_url, server.home, server.log, topology.check))
    unhealthy = find_unhealthy(topology, containers)

    assert states == {"success": 2}
    assert unhealthy == []
    assert all(task_logs(containers[name]) for name in WORKERS)
    assert arrived(fake_upflow) == expected(fake_stripe)
    assert set(imports(fake_upflow).values()) == {1}
    assert {arrival.status for arrival in fake_upflow.requests} <= {200, 201}
    assert fake_upflow.requests.peak_per_window(60.0) <= 600
    assert fake_upflow.requests.peak_per_window(10.0) <= 110  # 200, were there a budget for each worker
    held = {name: [each["externalId"] for each in fake_upflow.store.table(name).values()] for name in STREAMS}
    assert in_ledger(databases[1]) == {name: sum(":" not in each for each in ids) for name, ids in held.items() if ids}
    assert list(tmp_path.rglob("*.db")) == []


def start(topology):
    """Start everything in the order of ``compose.yaml``, and return the containers by name."""
    topology.wait_for_end(topology.start("init"))
    containers = {name: topology.start(name) for name in ("api-server", "scheduler", "dag-processor")}
    for name in WORKERS:
        containers[name] = topology.start("worker", name, f"--celery-hostname={name}", *ONE_MACHINE)
    return containers


def backfill(topology, containers, airflow):
    """Load all months with Airflow's Backfill, and count the runs by state."""
    airflow.wait_until_up()
    airflow.wait_for_dag()
    workers = [containers[name].log for name in WORKERS]
    topology.wait(
        lambda: all("ready." in log.read_text() for log in workers), "the start of the workers", timeout_s=120
    )
    airflow.backfill(START, END - timedelta(days=1))
    topology.wait(lambda: is_over(airflow), "the backfill", timeout_s=240)
    return Counter(airflow.run_states().values())


def is_over(airflow):
    """Tell whether every run has ended; fail at the first task that did not succeed at once."""
    assert [task["task_id"] for task in airflow.troubled_tasks()] == []
    return set(airflow.run_states().values()) <= {"success", "failed"}


def find_unhealthy(topology, containers):
    """Run the health checks of ``compose.yaml``, and return the names of those that fail."""
    with ThreadPoolExecutor() as pool:
        healthy = pool.map(topology.is_healthy, containers.values())
        return [name for name, is_healthy in zip(containers, healthy, strict=True) if not is_healthy]


def task_logs(container):
    """Return the logs of the tasks that a worker executed."""
    return list(container.home.glob("logs/dag_id=*/run_id=*/task_id=*/attempt=1.log"))


def expected(stripe):
    """Return the customers and, but for drafts, the invoices of Stripe: what must arrive."""
    invoices = [invoice for invoice in stripe.store.invoices if invoice["status"] != "draft"]
    return {
        "customers": sorted(
            {customer["id"] for customer in stripe.store.customers} | {each["customer"] for each in invoices}
        ),
        "invoices": sorted(
            # Stripe sends kronur in hundredths; Upflow counts whole ones.
            (each["id"], each["customer"], each["currency"].upper(), each["total"] // UNITS.get(each["currency"], 1))
            for each in invoices
        ),
    }


def arrived(upflow):
    """Return what Upflow holds, in the form of `expected`."""
    store = upflow.store
    return {
        "customers": sorted(each["externalId"] for each in store.customers.values()),
        "invoices": sorted(
            (
                each["externalId"],
                store.customers[each["customerId"]]["externalId"],
                each["currency"],
                each["grossAmount"],
            )
            for each in store.invoices.values()
        ),
    }


def imports(upflow):
    """Count the imports of each record."""
    writes = [each for each in upflow.requests.matching("POST") if each.path in {"/v1/customers", "/v1/invoices"}]
    return Counter((each.path, each.json["externalId"]) for each in writes)


def in_ledger(url):
    """Count the records that the ledger's database has as imported, by stream."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    query = sa.select(records.c.stream, sa.func.count()).where(records.c.outcome == Outcome.IMPORTED)
    with engine.connect() as connection:
        return {each.stream: each[1] for each in connection.execute(query.group_by(records.c.stream))}

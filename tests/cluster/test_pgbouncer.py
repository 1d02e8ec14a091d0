"""A ledger behind PgBouncer in transaction mode, where each transaction may run in another session."""

import os
import shutil
import socket
import subprocess
import time

import pytest
import sqlalchemy as sa

from demo.processes import free_ports
from tests.ledger.test_processes import running
from tests.ledger.workers import RECORDS, import_at_random
from upflow_provider.ledger import Ledger

CONFIGURATION = """
[databases]
{database} = host={host} port={port} user={user} dbname={database}{password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
"""


@pytest.fixture
def pgbouncer():
    """Return the program; skip where it is not installed."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("no pgbouncer on this machine: apt-get install pgbouncer")
    return program


@pytest.fixture
def pooled_url(pgbouncer, empty_postgres_url, tmp_path):
    """Return the URL of an empty database behind PgBouncer, and stop it afterwards."""
    url = sa.make_url(empty_postgres_url).set(drivername="postgresql+psycopg")
    listen_port = free_ports(1, preferred=0)[0]
    file = tmp_path / "pgbouncer.ini"
    file.write_text(
        CONFIGURATION.format(
            database=url.database,
            host=url.host,
            port=url.port or 5432,
            user=url.username,
            password=f" password={url.password}" if url.password else "",
            listen_port=listen_port,
        )
    )
    user = ("--user", "nobody") if os.geteuid() == 0 else ()  # it does not run as root
    with (tmp_path / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen([pgbouncer, *user, str(file)], stderr=log)
    try:
        _await(listen_port, process, tmp_path / "pgbouncer.log")
        yield url.set(host="127.0.0.1", port=listen_port).render_as_string(hide_password=False)
    finally:
        process.terminate()
        process.wait(10)


def _await(port, process, log):
    """Wait until somebody listens at a port."""
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"PgBouncer did not start: {log.read_text()}")


@pytest.mark.slow
@pytest.mark.postgres
def test_processes_share_a_ledger_behind_a_pooler(pooled_url, tmp_path):
    """Four processes migrate an empty database and import the same records: no statement misses its session."""
    with running(import_at_random, *((pooled_url, tmp_path, number) for number in range(4))):
        pass
    engine = sa.create_engine(pooled_url)
    found = Ledger(engine, "default").records("invoices", RECORDS)
    engine.dispose()
    grants = {each: (tmp_path / each).read_text().split() for each in RECORDS}

    assert sum(map(len, grants.values())) > 200
    assert {each: found[each].read_at.isoformat() for each in RECORDS} == {each: grants[each][-1] for each in RECORDS}

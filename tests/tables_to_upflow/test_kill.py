"""An import of tables that is killed at any moment loses nothing and doubles nothing."""

import random
import time
from collections import Counter

import pytest

from tests.amounts import SEED
from tests.forks import FORKS
from tests.tables_to_upflow.killable import import_all

KILLS = 5
NUMBER = 60
DOCUMENT = {"currency": "EUR", "customId": "1", "issuedAt": "2026-01-01", "dueDate": "2026-02-01"}


def tables():
    """Return one record of each kind for each customer; every fourth customer is below another one."""
    numbers = range(NUMBER)
    return {
        "customers": [
            {"externalId": f"C-{each}", "name": f"Customer {each}", "parent": f"C-{each - 1}" if each % 4 == 1 else ""}
            for each in numbers
        ],
        "invoices": [
            {**DOCUMENT, "externalId": f"I-{each}", "customer": f"C-{each}", "grossAmount": 1_000} for each in numbers
        ],
        "credit_notes": [
            {
                **DOCUMENT,
                "externalId": f"N-{each}",
                "customer": f"C-{each}",
                "grossAmount": 100,
                "linkedInvoices": {f"I-{each}": 100},
            }
            for each in numbers
        ],
        "payments": [
            {
                "externalId": f"P-{each}",
                "customer": f"C-{each}",
                "validatedAt": "2026-01-02",
                "currency": "EUR",
                "amount": 1_000,
                "linkedInvoices": {f"I-{each}": 900},
            }
            for each in numbers
        ],
        "refunds": [
            {
                "externalId": f"R-{each}",
                "customer": f"C-{each}",
                "validatedAt": "2026-01-03",
                "currency": "EUR",
                "amount": 100,
                "linkedPayments": {f"P-{each}": 100},
            }
            for each in numbers
        ],
    }


def start(config):
    """Start a try, and wait until it is about to import; return its process and what it will say."""
    reports, sending = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=import_all, args=(config, tables(), sending), daemon=True)
    process.start()
    sending.close()
    assert reports.recv() == "started"
    return process, reports


def finish(config):
    """Let a try come to its end, and return the report of each table."""
    process, reports = start(config)
    found = [reports.recv() for _ in tables()]
    process.join()
    return found


@pytest.mark.slow(seconds=8)
@pytest.mark.no_cover  # what is interrupted here runs in other processes
def test_five_kills_lose_and_double_nothing(fake_upflow, tmp_path):
    """SIGKILL at random moments, each followed by a retry; every invoice is paid, and nothing is left to send."""
    dice = random.Random(SEED)
    fake_upflow.limits.enforced = False
    fake_upflow.faults.latency_s = (0.005, 0.03)
    config = {
        "key": fake_upflow.api_key,
        "secret": fake_upflow.api_secret,
        "upflow_url": fake_upflow.base_url,
        "later_s": 0,
        "ledger": f"sqlite:///{tmp_path / 'killed.db'}",
    }
    for _ in range(KILLS):
        process, _ = start(config)
        time.sleep(dice.uniform(0.02, 0.3))
        process.kill()
        process.join()
        assert process.exitcode == -9
    last = finish(config)
    sent = Counter((each.path, each.json["externalId"]) for each in fake_upflow.requests.matching("POST"))
    config["later_s"] = 600  # a request of a killed try may arrive late, so that what was in flight is sent once more
    finish(config)
    fake_upflow.requests.clear()
    again = finish(config)

    assert [each["examples"] for each in last] == [{}] * 5
    assert {fake_upflow.answer("invoices", f"I-{each}")["amountOutstanding"] for each in range(NUMBER)} == {0}
    assert [len(fake_upflow.store.table(name)) for name in tables()] == [NUMBER] * 5
    assert len(sent) == 5 * NUMBER
    assert sum(times > 1 for times in sent.values()) <= KILLS * 4  # only what was in flight is sent again
    assert [each["writes"] for each in again] == [0] * 5
    assert not list(fake_upflow.requests.matching("POST"))

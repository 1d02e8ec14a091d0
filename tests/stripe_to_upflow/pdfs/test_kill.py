"""
A worker that is killed while it uploads PDFs uploads each exactly once.

``make test`` brings some dozens, and ``make soak`` five hundred.
"""

import time

import pytest

from tests.amounts import KILLED_PDFS
from tests.forks import FORKS
from tests.stripe_to_upflow.pdfs.killable import bring_all
from upflow_provider.testing.seed.seed import Seed

KILLS = 3


def start(config):
    """Start a try, and wait until it is about to begin; return its process and what it will say."""
    reports, sending = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=bring_all, args=(config, sending), daemon=True)
    process.start()
    sending.close()
    assert reports.recv() == "started"
    return process, reports


@pytest.mark.slow
@pytest.mark.soak
@pytest.mark.no_cover  # what is interrupted here runs in other processes
def test_a_task_that_is_killed_three_times_uploads_each_pdf_once(bridge, tmp_path):
    """SIGKILL in the middle of uploads, each followed by a retry; then every document has its PDF, uploaded once."""
    bridge.stripe.seed(Seed(seed=11, customers=KILLED_PDFS // 8, invoices=KILLED_PDFS))
    bridge.sync_all()
    bridge.upflow.faults.latency_s = (0.005, 0.03)
    store, config = (
        bridge.upflow.store,
        {
            "key": bridge.upflow.api_key,
            "secret": bridge.upflow.api_secret,
            "upflow_url": bridge.upflow.base_url,
            "stripe_url": bridge.stripe.url,
            "stripe_key": bridge.stripe.api_key,
            "ledger": str(bridge.ledger._engine.url),
        },
    )
    exit_codes, shares = [], []
    for number in range(1, KILLS + 1):
        process, _ = start(config)
        while len(store.pdf_uploads) < number * KILLED_PDFS / (KILLS + 2):
            time.sleep(0.001)
        process.kill()
        process.join()
        exit_codes.append(process.exitcode)
        shares.append(len(store.pdf_uploads))
    process, reports = start(config)
    report = reports.recv()
    process.join()
    documents = {*store.invoices, *(key for key, each in store.credit_notes.items() if ":" not in each["externalId"])}

    assert (exit_codes, process.exitcode) == ([-9] * KILLS, 0)
    assert shares == sorted(set(shares))
    assert set(store.pdf_uploads.values()) == {1}
    assert len(store.pdf_uploads) == len(store.pdfs) == len(documents)
    assert (report["rejected"], report["updated"], report["unchanged"] + report["created"]) == (0, 0, len(documents))

"""Processes for tests that need several: forks of one that has imported everything, so that each starts at once."""

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "tests.ledger.workers",
        "tests.stripe_to_upflow.loads.killable",
        "tests.stripe_to_upflow.clocks.worker",
        "tests.stripe_to_upflow.pdfs.killable",
        "tests.tables_to_upflow.killable",
    ]
)

"""The process of one host of `test_two_hosts`: run after run of the sync, by a clock that is wrong."""

import time

import requests
import sqlalchemy as sa

from tests.hosts import this_host_ahead
from upflow_provider.clients.stripe.sdk import open_sdk
from upflow_provider.clients.stripe.source import StripeSource
from upflow_provider.clients.upflow.client import UpflowClient
from upflow_provider.clients.upflow.http import UpflowHttp
from upflow_provider.delivery.importer import Importer
from upflow_provider.delivery.page_sync import StreamSync
from upflow_provider.ledger import Ledger
from upflow_provider.runs.host_clock import HostClock, host_now
from upflow_provider.runs.progress import Progress
from upflow_provider.stripe_to_upflow.incremental import Incremental
from upflow_provider.stripe_to_upflow.mapping.options import Options
from upflow_provider.stripe_to_upflow.parents import StripeParents
from upflow_provider.stripe_to_upflow.reader import Reader
from upflow_provider.stripe_to_upflow.streams.registry import STREAMS

LAG_S = 1.0
BUSY_WAIT_S = 0.05
PAUSE_S = 0.2


def sync_until_told(config, ahead_s, stop, results):
    """Do run after run; after *stop*, one more. Send how many there were, and the time of the host then."""
    with this_host_ahead(ahead_s):
        engine, runs, is_last = sa.create_engine(config["ledger"]), 0, False
        while not is_last:
            is_last = stop.wait(PAUSE_S)
            runs += 1
            sync(config, engine, f"host {ahead_s}/{runs}")
        results.put((ahead_s, runs, host_now()))
        engine.dispose()


def sync(config, engine, run):
    """Do one run with clients of its own, as tasks have them."""
    ledger = Ledger(engine, "default")
    sdk = open_sdk(config["stripe_key"], base_url=config["stripe_url"])
    source = StripeSource(sdk, requests_per_second=1000, tick=ledger.clock.tick, host=HostClock())
    reader = Reader(source)
    session = requests.Session()
    session.headers.update({"X-Api-Key": config["key"], "X-Api-Secret": config["secret"]})
    parents = StripeParents(reader, ledger, Options())
    upflow = UpflowClient(UpflowHttp(session, config["upflow_url"]))
    incremental = Incremental(source=source, reader=reader, ledger=ledger, run=run, lag_s=LAG_S)
    incremental.open_window()
    for name, stream in STREAMS.items():
        importer = Importer(upflow=upflow, ledger=ledger, parents=parents, owner=f"{run}/{name}", run=run)
        delivered = stream.delivery_stream(Options())
        syncing = StreamSync(stream=delivered, deliverer=importer, ledger=ledger, threads=2, sleep=_short_sleep)
        syncing.run(incremental.pages(stream), progress=Progress(name, incremental.window()))
        incremental.stream_done(stream)
    incremental.finish()


def _short_sleep(_):
    """Wait less for records that the other host has under way than a task does."""
    time.sleep(BUSY_WAIT_S)

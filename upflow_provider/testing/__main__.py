"""
``python -m upflow_provider.testing``: serve fakes of Upflow, Stripe and Salesforce until Ctrl-C or SIGTERM.

Prints one line for each, once it answers: where it is and what it accepts. Salesforce has an Account for every
customer of Stripe's, and is spoken to over TLS, as the real one; what vouches for it is in the file that its line
ends with. The lines after these are commands that connect Airflow to all three.
"""

import argparse
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from upflow_provider import testing
from upflow_provider.testing import connections
from upflow_provider.testing.seed.seed import Seed

if TYPE_CHECKING:
    from upflow_provider.testing.salesforce.fake import FakeSalesforce
    from upflow_provider.testing.wire.certificates import Certificates


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Serve all fakes and return the exit status.

    Args:
        arguments: Of the command line; those of this process by default.
    """
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        _serve(options, stop)
    except (OSError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _serve(options: argparse.Namespace, stop: threading.Event) -> None:
    seed = Seed(options.seed, options.customers, options.invoices, options.start, options.end)
    upflow = testing.FakeUpflow(enforce_limits=options.limits, seed=options.seed)
    upflow.faults.latency_s = tuple(options.latency)
    stripe = testing.FakeStripe(enforce_limits=options.limits, seed=options.seed)
    stripe.seed(seed)
    salesforce = _salesforce(seed)
    with ExitStack() as running:
        folder = options.certificates or Path(running.enter_context(tempfile.TemporaryDirectory()))
        certificates = _certificates(folder)
        for fake, port, tls in (
            (upflow, options.upflow_port, None),
            (stripe, options.stripe_port, None),
            (salesforce, options.salesforce_port, certificates.server),
        ):
            server = testing.serve(fake.app, host=options.host, port=port, tls=tls)
            fake.url = running.enter_context(server).url
        accepted = salesforce.credentials
        _say(f"Upflow  {upflow.url}/v1  key {upflow.api_key}  secret {upflow.api_secret}")
        _say(f"Stripe  {stripe.url}  key {stripe.api_key}")
        _say(
            f"Salesforce  {salesforce.url}  key {accepted.client_id}  secret {accepted.client_secret}  "
            f"CA {certificates.authority}"
        )
        _say("\nAirflow connects to them with this variable in the environment of its components, and these commands:")
        _say(f"export REQUESTS_CA_BUNDLE={shlex.quote(str(certificates.bundle.resolve()))}")
        for connection in (
            connections.to_upflow(upflow.url, upflow.api_key, upflow.api_secret),
            connections.to_stripe(stripe.url, stripe.api_key),
            connections.to_salesforce(salesforce.url, accepted.client_id, accepted.client_secret),
        ):
            _say(connections.command(connection))
        stop.wait()


def _salesforce(seed: Seed) -> "FakeSalesforce":
    from upflow_provider.testing.seed.salesforce_accounts import sales  # noqa: PLC0415 - needs an extra

    return sales(seed)


def _certificates(folder: Path) -> "Certificates":
    try:
        from upflow_provider.testing.wire.certificates import Certificates  # noqa: PLC0415 - needs an extra
    except ModuleNotFoundError as error:
        message = f'the fake Salesforce needs {error.name}: pip install "upflow-provider[testing]"'
        raise ModuleNotFoundError(message, name=error.name) from error
    return Certificates.of(folder)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()  # whoever started this process may wait for the line


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m upflow_provider.testing",
        description="Serve fakes of Upflow, Stripe and Salesforce until Ctrl-C.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    year_ago = today - timedelta(days=365)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--upflow-port", type=int, default=0, help="TCP port of the fake Upflow; 0 takes a free one")
    add("--stripe-port", type=int, default=0, help="TCP port of the fake Stripe; 0 takes a free one")
    add("--salesforce-port", type=int, default=0, help="TCP port of the fake Salesforce; 0 takes a free one")
    add("--certificates", type=Path, help="folder for Salesforce's certificates; by default one that goes away")
    add("--seed", type=int, default=0, help="seed of Stripe's data set, of ids and of latencies")
    add("--customers", type=int, default=100, help="customers that Stripe begins with")
    add("--invoices", type=int, default=1_000, help="invoices that Stripe begins with")
    add("--start", type=_day, default=year_ago, help="first day of the data, UTC")
    add("--end", type=_day, default=today, help="day after the last day of the data, UTC")
    add(
        "--latency",
        type=float,
        nargs=2,
        default=(0.0, 0.0),
        metavar=("SHORTEST", "LONGEST"),
        help="seconds that a request to Upflow takes",
    )
    add(
        "--limits",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="answer 429 to requests beyond the vendors' limits",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

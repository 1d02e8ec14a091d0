"""
``python -m upflow_provider.testing``: serve a fake Upflow and a fake Stripe until Ctrl-C or SIGTERM.

Prints one line for each, once it answers: where it is and what it accepts.
"""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from upflow_provider import testing
from upflow_provider.testing.seed import Seed


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Serve both fakes and return the exit status.

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
    upflow = testing.FakeUpflow(enforce_limits=options.limits, seed=options.seed)
    upflow.faults.latency_s = tuple(options.latency)
    stripe = testing.FakeStripe(enforce_limits=options.limits, seed=options.seed)
    stripe.seed(Seed(options.seed, options.customers, options.invoices, options.start, options.end))
    with (
        testing.serve(upflow.app, host=options.host, port=options.upflow_port) as at_upflow,
        testing.serve(stripe.app, host=options.host, port=options.stripe_port) as at_stripe,
    ):
        upflow.url, stripe.url = at_upflow.url, at_stripe.url
        _say(f"Upflow  {at_upflow.url}/v1  key {upflow.api_key}  secret {upflow.api_secret}")
        _say(f"Stripe  {at_stripe.url}  key {stripe.api_key}")
        stop.wait()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()  # whoever started this process may wait for the line


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m upflow_provider.testing",
        description="Serve a fake Upflow and a fake Stripe until Ctrl-C.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    year_ago = today - timedelta(days=365)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--upflow-port", type=int, default=0, help="TCP port of the fake Upflow; 0 takes a free one")
    add("--stripe-port", type=int, default=0, help="TCP port of the fake Stripe; 0 takes a free one")
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

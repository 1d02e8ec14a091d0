"""Play one schedule and tell what happens: ``python -m tests.delivery.explorer "changed and back" 0 0 1``."""

import logging
import sys

from tests.delivery.explorer.cases import cases
from tests.delivery.explorer.search import replay
from tests.stripe_to_upflow.simulator.wire import OneByOne
from upflow_provider.delivery import page_queue

page_queue.ThreadPoolExecutor = OneByOne
logging.disable(logging.CRITICAL)
name, *choices = sys.argv[1:]
sys.stdout.write(replay(name, cases()[name], tuple(map(int, choices))) + "\n")

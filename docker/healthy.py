"""
Exit with 0 if a component of Airflow is alive: ``healthy.py scheduler``.

It asks the API server, which costs next to nothing; ``airflow jobs check`` would load all of Airflow.
"""

from __future__ import annotations

import json
import os
import sys
from urllib.parse import urljoin
from urllib.request import urlopen

url = urljoin(os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"], "/api/v2/monitor/health")
with urlopen(url, timeout=5) as answer:  # noqa: S310 - Airflow's own address, from its settings
    sys.exit(json.load(answer)[sys.argv[1]]["status"] != "healthy")

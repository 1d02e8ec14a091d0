#!/bin/sh
# Make what Airflow and the DAGs need: Airflow's tables, the pool, the connections, the ledger.
# Harmless to repeat. A pool or connection that exists is left as it is: change it in Airflow's UI.
#
# Environment: Airflow's settings, and CONNECTIONS, a JSON object: connection id -> connection.
set -eu
umask 077

make_pool() {
    airflow pools get upflow_api >/dev/null 2>&1 ||
        airflow pools set upflow_api 5 "Concurrent requests to Upflow"
}

make_connections() {
    file=$(mktemp -t connections.XXXXXX.json)
    trap 'rm -f "$file"' EXIT
    printf '%s' "$CONNECTIONS" >"$file"
    airflow connections import "$file"
}

make_ledger() {
    # Outside of tasks, Airflow reads connections from its environment only.
    AIRFLOW_CONN_UPFLOW_LEDGER=$(
        python -c 'import json, os; print(json.dumps(json.loads(os.environ["CONNECTIONS"])["upflow_ledger"]))'
    )
    export AIRFLOW_CONN_UPFLOW_LEDGER
    python -c 'from upflow_provider.hooks.ledger import open_ledger; open_ledger(organization="default")'
}

airflow db migrate
make_pool & # meanwhile: every airflow command takes seconds to start
pool=$!
make_connections
make_ledger
wait "$pool"

#!/bin/sh
# Make what Airflow and the DAGs need: Airflow's tables, the pool, the connections, the ledger.
#
# Harmless to repeat: a pool or connection that exists is left as it is, so change it in Airflow's UI.
#
#   CONNECTIONS      JSON object: connection id -> connection
set -eu
umask 077

airflow db migrate

airflow pools get upflow_api >/dev/null 2>&1 || airflow pools set upflow_api 5 "Requests to Upflow under way"

connections=$(mktemp -t connections.XXXXXX.json)
trap 'rm -f "$connections"' EXIT
printf '%s' "$CONNECTIONS" >"$connections"
airflow connections import "$connections"

# Outside of tasks, Airflow reads connections from the environment only.
AIRFLOW_CONN_UPFLOW_LEDGER=$(python -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["upflow_ledger"]))' \
    <"$connections") \
    python -c 'from upflow_provider.hooks.ledger import open_ledger; open_ledger(organization="default")'

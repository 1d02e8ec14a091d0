"""What Airflow reads about this provider; every Airflow command imports it, so it imports nothing."""

from __future__ import annotations

from typing import Any

UPFLOW_FIELDS: dict[str, Any] = {
    "requests_per_minute": {
        "label": "Requests per minute",
        "description": "Upflow's limit for this organization",
        "schema": {"type": ["integer", "null"], "minimum": 14, "maximum": 60000, "default": 600},
    },
    "max_concurrency": {
        "label": "Maximum concurrent requests",
        "description": "The most requests that one task has in flight; Upflow advises 5 and allows 10",
        "schema": {"type": ["integer", "null"], "minimum": 1, "maximum": 10, "default": 5},
    },
    "timeout_s": {
        "label": "Timeout (seconds)",
        "description": "How long to wait for an answer",
        "schema": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 600, "default": 30},
    },
    "test_mode": {
        "label": "Test mode",
        "description": "Read, map, compare and report, but write nothing to Upflow or Salesforce",
        "schema": {"type": "boolean", "default": False},
    },
}
STRIPE_FIELDS: dict[str, Any] = {
    "account": {
        "label": "Connected account",
        "description": "Account to read, if not the key's own: acct_...",
        "schema": {"type": ["string", "null"]},
    },
    "requests_per_second": {
        "label": "Requests per second",
        "description": "Pace of reading; Stripe allows 25 a second for each endpoint",
        "schema": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 100, "default": 20},
    },
}

UPFLOW: dict[str, Any] = {
    "connection-type": "upflow",
    "hook-class-name": "upflow_provider.hooks.upflow.UpflowHook",
    "hook-name": "Upflow",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "port"],
        "relabeling": {"host": "Base URL", "login": "API key", "password": "API secret"},
        "placeholders": {
            "host": "https://api.upflow.io/v1 (empty: Upflow's sandbox)",
            "login": "from Upflow: Settings > API",
        },
    },
    "conn-fields": UPFLOW_FIELDS,
}
STRIPE: dict[str, Any] = {
    "connection-type": "stripe",
    "hook-class-name": "upflow_provider.hooks.stripe.StripeHook",
    "hook-name": "Stripe",
    "ui-field-behaviour": {
        "hidden-fields": ["schema", "port", "login"],
        "relabeling": {"host": "Base URL", "password": "Secret or restricted key"},
        "placeholders": {"host": "empty: https://api.stripe.com", "password": "sk_live_... or rk_live_..."},
    },
    "conn-fields": STRIPE_FIELDS,
}

INTEGRATIONS = [
    {
        "integration-name": "Upflow",
        "external-doc-url": "https://docs.upflow.io",
        "tags": ["service"],
    },
    {
        "integration-name": "Stripe Billing",
        "external-doc-url": "https://docs.stripe.com/billing",
        "tags": ["service"],
    },
    {
        "integration-name": "Salesforce Accounts",
        "external-doc-url": "https://developer.salesforce.com/docs",
        "tags": ["service"],
    },
]


def get_provider_info() -> dict[str, Any]:
    """Return the provider's description; see Airflow's ``provider_info.schema.json``."""
    return {
        "package-name": "upflow-provider",
        "name": "Upflow",
        "description": "Syncs Stripe Billing to Upflow, and Upflow to Salesforce Accounts: `Upflow <https://upflow.io>`__.",
        "integrations": INTEGRATIONS,
        "hooks": [
            {"integration-name": "Upflow", "python-modules": ["upflow_provider.hooks.upflow"]},
            {"integration-name": "Stripe Billing", "python-modules": ["upflow_provider.hooks.stripe"]},
            {"integration-name": "Salesforce Accounts", "python-modules": ["upflow_provider.hooks.salesforce"]},
        ],
        "operators": [
            {
                "integration-name": "Upflow",
                "python-modules": [
                    "upflow_provider.operators.stripe_to_upflow_sync",
                    "upflow_provider.operators.outstanding_check",
                    "upflow_provider.operators.pdfs",
                    "upflow_provider.operators.preflight",
                    "upflow_provider.operators.custom_fields",
                    "upflow_provider.operators.ledger",
                    "upflow_provider.operators.stripe_to_upflow",
                    "upflow_provider.operators.updated_assets",
                ],
            },
            {
                "integration-name": "Salesforce Accounts",
                "python-modules": [
                    "upflow_provider.operators.salesforce_to_upflow",
                    "upflow_provider.operators.upflow_to_salesforce",
                ],
            },
        ],
        "triggers": [
            {"integration-name": "Stripe Billing", "python-modules": ["upflow_provider.triggers.stripe_events"]}
        ],
        "connection-types": [UPFLOW, STRIPE],
        "extra-links": ["upflow_provider.links.upflow.UpflowLink"],
    }

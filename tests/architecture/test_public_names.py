"""The names that users import and rely on; everything else may move."""

import importlib

import pytest

PUBLIC = {
    "upflow_provider.hooks.upflow": {"UpflowAuth", "UpflowHook"},
    "upflow_provider.hooks.stripe": {"StripeHook"},
    "upflow_provider.hooks.salesforce": {"SalesforceAccountsHook"},
    "upflow_provider.operators.stripe_to_upflow": {
        "StripeCreditNotesToUpflowOperator",
        "StripeCustomersToUpflowOperator",
        "StripeInvoicesToUpflowOperator",
        "StripePaymentsToUpflowOperator",
        "StripeRefundsToUpflowOperator",
        "StripeToUpflowOperator",
    },
    "upflow_provider.operators.stripe_to_upflow_sync": {
        "StripeChangesOperator",
        "StripeChangesToUpflowOperator",
        "WatermarkOperator",
    },
    "upflow_provider.operators.outstanding_check": {"OutstandingCheckOperator"},
    "upflow_provider.operators.upflow_to_salesforce": {"UpflowPortalLinksOperator", "UpflowToSalesforceOperator"},
    "upflow_provider.operators.salesforce_to_upflow": {"SalesforceToUpflowOperator"},
    "upflow_provider.operators.custom_fields": {"UpflowCustomFieldsOperator"},
    "upflow_provider.operators.records": {
        "UpflowAssignWorkflowOperator",
        "UpflowDeleteOperator",
        "UpflowPortalLinkOperator",
        "UpflowUploadPdfOperator",
    },
    "upflow_provider.operators.upflow_to_stripe": {"UpflowPaymentsToStripeOperator"},
    "upflow_provider.operators.tables_to_upflow": {
        "Query",
        "TableFile",
        "UpflowCloseWindowOperator",
        "UpflowOpenWindowOperator",
        "UpflowCustomerFileOperator",
        "UpflowImportCreditNotesOperator",
        "UpflowImportCustomersOperator",
        "UpflowImportInvoicesOperator",
        "UpflowImportOperator",
        "UpflowImportPaymentsOperator",
        "UpflowImportRefundsOperator",
    },
    "upflow_provider.operators.ledger": {"LedgerRebuildOperator"},
    "upflow_provider.operators.preflight": {"AccessOperator", "PreflightOperator"},
    "upflow_provider.operators.updated_assets": {"UpdatedAssetsOperator"},
    "upflow_provider.triggers.stripe_events": {"StripeEventsTrigger"},
    "upflow_provider.links.upflow": {"UpflowLink"},
    "upflow_provider.dags": {
        "each_organization",
        "salesforce_to_upflow",
        "stripe_to_upflow_backfill",
        "stripe_to_upflow_sync",
        "upflow_customer_file",
        "upflow_ledger_rebuild",
        "upflow_payments_to_stripe",
        "upflow_portal_links",
        "upflow_to_salesforce",
    },
    "upflow_provider.settings": {"Entry", "Organization", "read_organizations"},
    "upflow_provider.errors": {
        "AuthenticationError",
        "ConfigurationError",
        "FatalError",
        "ForbiddenError",
        "MappingError",
        "NewerReadError",
        "NotFoundError",
        "ProtocolError",
        "QuotaError",
        "RateLimitedError",
        "ReadOnlyError",
        "RecordBusyError",
        "RecordError",
        "RefusedError",
        "RetriableError",
        "SharedLimitError",
        "TooManyRejectedError",
        "UnexpectedError",
        "UnfinishedError",
        "UnservedError",
        "UnservedRecordError",
        "UpflowSyncError",
    },
    "upflow_provider.testing": {
        "Behaviour",
        "FakeSalesforce",
        "FakeStripe",
        "FakeUpflow",
        "Faults",
        "Seed",
        "serve",
    },
    "upflow_provider.testing.plugin": {"fake_salesforce", "fake_stripe", "fake_upflow"},
    "upflow_provider.get_provider_info": {"get_provider_info"},
}


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_importable(module):
    """From the place that the docs name, in every release."""
    found = importlib.import_module(module)

    assert {name for name in PUBLIC[module] if not hasattr(found, name)} == set()


def test_every_error_is_public():
    """The list above is all of them, so that users can catch what they mean."""
    errors = importlib.import_module("upflow_provider.errors")
    own = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}

    assert own == PUBLIC["upflow_provider.errors"]

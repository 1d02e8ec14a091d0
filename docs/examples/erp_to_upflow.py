"""Airflow DAG: what changed in an accounting database, into Upflow. Copy it, and change the queries."""

from datetime import datetime

from airflow.sdk import DAG, Param, chain

from upflow_provider.operators.tables_to_upflow import (
    Query,
    UpflowCloseWindowOperator,
    UpflowImportCreditNotesOperator,
    UpflowImportCustomersOperator,
    UpflowImportInvoicesOperator,
    UpflowImportPaymentsOperator,
    UpflowImportRefundsOperator,
    UpflowOpenWindowOperator,
)

SOURCE = {"source": "erp", "is_dry_run": "{{ params.dry_run }}"}
ALTHOUGH = "all_done_min_one_success"  # a record that is rejected fails its task, and does not block the others
CHANGED = "updated_at >= :start AND updated_at < :end ORDER BY 1"
CUSTOMERS = f"""
    SELECT debtor_no AS "externalId", company AS name, vat_no AS "vatNumber", street AS address, zip AS zipcode,
           town AS city, country, head_office AS parent, email AS contacts
    FROM debtors WHERE {CHANGED}
"""
INVOICES = f"""
    SELECT invoice_no AS "externalId", invoice_no AS "customId", debtor_no AS customer, issued_on AS "issuedAt",
           due_on AS "dueDate", currency, total AS "grossAmount", total - tax AS "netAmount"
    FROM invoices WHERE {CHANGED}
"""
CREDIT_NOTES = f"""
    SELECT credit_no AS "externalId", credit_no AS "customId", debtor_no AS customer, issued_on AS "issuedAt",
           currency, total AS "grossAmount", settles AS "linkedInvoices"
    FROM credits WHERE {CHANGED}
"""
PAYMENTS = f"""
    SELECT receipt_no AS "externalId", debtor_no AS customer, received_on AS "validatedAt", currency, amount,
           means AS instrument, settles AS "linkedInvoices"
    FROM receipts WHERE {CHANGED}
"""
REFUNDS = f"""
    SELECT payout_no AS "externalId", debtor_no AS customer, paid_on AS "validatedAt", currency, amount,
           returns AS "linkedPayments"
    FROM payouts WHERE {CHANGED}
"""

with DAG(
    "erp_to_upflow",
    schedule="*/15 * * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    render_template_as_native_obj=True,
    params={"dry_run": Param(False, type="boolean", title="Dry run", description="Count, and write nothing.")},
    default_args={"retries": 2},
    tags=["upflow"],
):
    window = UpflowOpenWindowOperator(task_id="window", source="erp", conn_id="erp")

    def changed(sql: str) -> Query:
        """Return a query for the rows that changed in the window of the run."""
        return Query("erp", sql, {each: f"{{{{ ti.xcom_pull('window')['{each}'] }}}}" for each in ("start", "end")})

    customers = UpflowImportCustomersOperator(task_id="customers", records=changed(CUSTOMERS), **SOURCE)
    documents = {**SOURCE, "amounts": "major", "trigger_rule": ALTHOUGH}
    invoices = UpflowImportInvoicesOperator(task_id="invoices", records=changed(INVOICES), **documents)
    credit_notes = UpflowImportCreditNotesOperator(task_id="credit_notes", records=changed(CREDIT_NOTES), **documents)
    payments = UpflowImportPaymentsOperator(task_id="payments", records=changed(PAYMENTS), **documents)
    refunds = UpflowImportRefundsOperator(task_id="refunds", records=changed(REFUNDS), **documents)
    imports = [customers, invoices, credit_notes, payments, refunds]
    close = UpflowCloseWindowOperator(task_id="close", window=window.output, **SOURCE)
    window >> imports >> close
    chain(*imports)

"""Operators that bring records of any source into Upflow."""

from upflow_provider.hooks.tables.files import TableFile
from upflow_provider.hooks.tables.queries import Query
from upflow_provider.operators.tables_to_upflow.customer_file import UpflowCustomerFileOperator
from upflow_provider.operators.tables_to_upflow.imports import (
    UpflowImportCreditNotesOperator,
    UpflowImportCustomersOperator,
    UpflowImportInvoicesOperator,
    UpflowImportOperator,
    UpflowImportPaymentsOperator,
    UpflowImportRefundsOperator,
)
from upflow_provider.operators.tables_to_upflow.windows import UpflowCloseWindowOperator, UpflowOpenWindowOperator

__all__ = [
    "Query",
    "TableFile",
    "UpflowCloseWindowOperator",
    "UpflowCustomerFileOperator",
    "UpflowImportCreditNotesOperator",
    "UpflowImportCustomersOperator",
    "UpflowImportInvoicesOperator",
    "UpflowImportOperator",
    "UpflowImportPaymentsOperator",
    "UpflowImportRefundsOperator",
    "UpflowOpenWindowOperator",
]

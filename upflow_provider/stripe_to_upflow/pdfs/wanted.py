"""
The PDF of an invoice or a credit note: where it is, and which state of the document it shows.

Stripe renders a PDF when it is asked for it, so that its bytes differ although nothing has changed, and it stamps what
has been paid. The state is therefore judged by what the PDF shows of the document: number, effective date, total and
status (https://docs.stripe.com/api/invoices/object, ``invoice_pdf``; https://docs.stripe.com/api/credit_notes/object,
``pdf``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from upflow_provider.errors import MappingError
from upflow_provider.records.mapped import Skip
from upflow_provider.records.money import is_amount
from upflow_provider.stripe_to_upflow.mapping.customers import customer_id

if TYPE_CHECKING:
    from collections.abc import Mapping

WantedPdfs = Literal["none", "open", "all"]
"""Which PDFs are uploaded: none, those of open invoices, or those of all invoices and credit notes."""
LINK_FIELDS = {"invoices": "invoice_pdf", "credit_notes": "pdf"}
"""Field of a document that has the link to its PDF, by the name of its stream."""


@dataclass(frozen=True, slots=True)
class DocumentPdf:
    """
    The PDF of one document.

    Attributes:
        collection: Collection of Upflow that has the document.
        customer: External id of its customer.
        link: Address of the PDF; a secret, and good for some days only.
        state: Digest of what the PDF shows of the document, and of the document's id in Upflow.
    """

    collection: Literal["invoices", "credit_notes"]
    customer: str
    link: str = field(repr=False)
    state: str


def document_pdf(stream: str, document: Mapping[str, Any], *, upflow_id: str, wanted: WantedPdfs) -> DocumentPdf | Skip:
    """
    Return the PDF of a document, or why there is none for Upflow.

    Args:
        stream: Name of its stream: ``invoices`` or ``credit_notes``.
        document: Stripe's invoice or credit note as plain JSON.
        upflow_id: Its id in Upflow: a document that was deleted there and imported again needs its PDF again.
        wanted: Which PDFs are uploaded.

    Raises:
        MappingError: The document names no customer, or has no link although it is final.
    """
    is_invoice, status = stream == "invoices", document.get("status")
    if status == ("draft" if is_invoice else "void"):
        return Skip("draft" if is_invoice else "void")
    if wanted == "open" and not (is_invoice and status == "open"):
        return Skip("is no open invoice")
    name = LINK_FIELDS[stream]
    link = document.get(name)
    if not isinstance(link, str) or not link:
        raise MappingError(document["id"], name)
    return DocumentPdf(
        "invoices" if is_invoice and not _is_credit(document) else "credit_notes",
        customer_id(document),
        link,
        _state(document, upflow_id),
    )


def _is_credit(invoice: Mapping[str, Any]) -> bool:
    """Return whether an invoice is a credit note in Upflow; see `InvoiceSum`."""
    total = invoice.get("total")
    return is_amount(total) and total < 0 and invoice.get("amount_due") == 0


def _state(document: Mapping[str, Any], upflow_id: str) -> str:
    shown = [document.get(name) for name in ("number", "effective_at", "total", "status")]
    return sha256(json.dumps([upflow_id, *shown]).encode()).hexdigest()

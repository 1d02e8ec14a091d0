"""PDFs of invoices and credit notes, and the host that serves them to whoever has their links."""

import re
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from upflow_provider.testing.stripe.billing.account import Account
from upflow_provider.testing.stripe.limits import StripeLimits
from upflow_provider.testing.stripe.objects.object import Object
from upflow_provider.testing.stripe.objects.pdf_links import PDF_PATH, document_of

END = b"%%EOF\n"
PAGE = "<!DOCTYPE html><html><body><h1>{}</h1></body></html>"
TITLES = {"invoice": "Invoice", "credit_note": "Credit note"}


@dataclass(slots=True)
class PdfHost:
    """
    How PDFs are served, where Stripe's behaviour is not documented.

    Attributes:
        link_life_s: How long a link is good after the document was read from the API; then it leads to a page.
        expired_status: Status of that page.
        redirects: How often a link redirects on its own host before the PDF comes.
        elsewhere: Address that the last redirect leads to instead of a PDF; ``None`` for the PDF.
        content_type: Of a PDF.
        least_size: Bytes that a PDF has at least; it is filled up with comments.
        text: What comes instead of a PDF, with its type; ``None`` for the PDF.
        served: How often the PDF of each document was served.
    """

    link_life_s: float = 864_000.0
    expired_status: int = 200
    redirects: int = 1
    elsewhere: str | None = None
    content_type: str = "application/pdf"
    least_size: int = 0
    text: bytes | None = None
    served: dict[str, int] = field(default_factory=dict)


class Access(Protocol):
    """How PDFs are served, and how often; see `FakeStripe`."""

    limits: StripeLimits
    pdf_host: PdfHost


def pdf_route(account: Account, access: Access) -> Route:
    """
    Return the route of all links to PDFs.

    Whoever has a link needs no key, and one who sends a key there is refused: it would have been given away.

    Args:
        account: What there is.
        access: How it is served.
    """

    async def serve(request: Request) -> Response:
        if "authorization" in request.headers or "cookie" in request.headers:
            return _page("No credentials belong here", 400)
        if access.limits.exceeded("GET pdf"):
            return _page("Too many requests", 429)
        document, read_at = _found(account, request.path_params["token"])
        if document is None:
            return _page("Not found", 404)
        if account.now() > read_at + access.pdf_host.link_life_s:
            return _page("This link has expired", access.pdf_host.expired_status)
        return _served(access.pdf_host, request, document)

    return Route(f"{PDF_PATH}/{{token}}", serve, methods=["GET"])


def _served(host: PdfHost, request: Request, document: Object) -> Response:
    """Return the PDF of a document, after the redirects that come before it."""
    hop = int(request.query_params.get("hop", "0"))
    if hop < host.redirects:
        return RedirectResponse(f"{request.url.path}?s=ap&hop={hop + 1}", 302)
    if host.elsewhere:
        return RedirectResponse(host.elsewhere, 302)
    host.served[document["id"]] = host.served.get(document["id"], 0) + 1
    content = _content(document, host.least_size) if host.text is None else host.text
    return Response(content, headers={"Content-Type": host.content_type})


def _found(account: Account, token: str) -> tuple[Object | None, int]:
    """Return the document whose PDF a link leads to, and when the link was shown."""
    object_id, read_at = document_of(token)
    for collection, name in ((account.store.invoices, "invoice_pdf"), (account.store.credit_notes, "pdf")):
        if object_id in collection and collection.shown(object_id)[name]:
            return collection.shown(object_id), read_at
    return None, read_at


def _content(document: Object, least_size: int) -> bytes:
    """Return the PDF of a document, stamped with its status."""
    content = pdf(f"{TITLES[document['object']]} {document['number']} ({document['status']})")
    missing = least_size - len(content)
    return content if missing <= 0 else content.removesuffix(END) + b"%" * (missing - 1) + b"\n" + END


def _page(text: str, status: int) -> Response:
    return Response(PAGE.format(text), status, media_type="text/html")


def pdf(title: str) -> bytes:
    """Return a page with a *title*, as a PDF 1.4 document."""
    text = re.sub(r"([\\()])", r"\\\1", title).encode("latin-1", "replace")
    stream = b"BT /F1 24 Tf 72 720 Td (" + text + b") Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font %s >> >>"
        % b"<< /F1 5 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    document, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return document + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%b"
        % (size, table, size, len(document), END)
    )

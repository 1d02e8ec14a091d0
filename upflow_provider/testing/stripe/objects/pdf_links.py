"""Links to PDFs: whoever has one needs no key, and it expires after the document was read (https://docs.stripe.com)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from upflow_provider.testing.stripe.objects.object import Object

PDF_PATH = "/pdf"


def pdf_at(url: str, obj: Object, now: int) -> Object:
    """Return an object whose PDF, if it is a document that has one, has a link below *url*, if that is known."""
    name = "pdf" if obj["object"] == "credit_note" else "invoice_pdf"
    if not url or not obj.get(name):
        return obj
    return {**obj, name: f"{url}{PDF_PATH}/{token_of(obj['id'], now)}?s=ap"}


def token_of(object_id: str, now: int) -> str:
    """Return the secret part of a link that is shown at an instant, Unix seconds."""
    return urlsafe_b64encode(f"{object_id}/{now}".encode()).decode().rstrip("=")


def document_of(token: str) -> tuple[str, int]:
    """Return the id of the document of a link, and when the link was shown, Unix seconds; ("", 0) for no such link."""
    try:
        object_id, _, at = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().rpartition("/")
        return object_id, int(at)
    except ValueError:
        return "", 0

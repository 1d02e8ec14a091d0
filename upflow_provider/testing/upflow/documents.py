"""Endpoints of the documents of customers, their PDFs and their links."""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from functools import partial

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from upflow_provider.testing.upflow.endpoint import PAGING, Endpoint, Holder, deleted, page, read
from upflow_provider.testing.upflow.records import answers, imports, reconciliation
from upflow_provider.testing.upflow.records.document_types import DOCUMENTS
from upflow_provider.testing.upflow.records.links import Document
from upflow_provider.testing.upflow.records.refusal import RefusedError
from upflow_provider.testing.upflow.records.schemas import Pdf, Reconcile


async def import_document(collection: str, fake: Holder, request: Request) -> Response:
    """Create or update a document."""
    body = await read(request, DOCUMENTS[collection].body)
    record, is_new = imports.import_document(fake.store, fake.behaviour, collection, body)
    created, updated = fake.behaviour.import_statuses
    return JSONResponse(answers.document(fake.store, collection, record), created if is_new else updated)


async def list_documents(collection: str, fake: Holder, request: Request) -> Response:
    """List documents, newest first or in the order in which they were made."""
    records = list(fake.store.table(collection).values())
    if date := DOCUMENTS[collection].newest_first:
        records.sort(key=lambda record: str(record[date]), reverse=True)
    return page(fake, request, collection, records, partial(answers.document, fake.store, collection))


async def get_document(collection: str, fake: Holder, request: Request) -> Response:
    """Show one document."""
    record = fake.store.find(collection, request.path_params["ref"])
    return JSONResponse(answers.document(fake.store, collection, record))


async def delete_document(collection: str, fake: Holder, request: Request) -> Response:
    """Delete a document, and every group of links that it takes part in."""
    fake.store.remove(collection, fake.store.find(collection, request.path_params["ref"]))
    return deleted(fake)


async def upload_pdf(collection: str, fake: Holder, request: Request) -> Response:
    """Attach a PDF, or replace it."""
    is_upload = request.headers.get("content-type", "").startswith("multipart/form-data")
    pdf = await (_uploaded(request) if is_upload else _decoded(request))
    if not pdf.startswith(b"%PDF-"):
        raise RefusedError("data: is no PDF")
    if fake.behaviour.pdf_max_bytes is not None and len(pdf) > fake.behaviour.pdf_max_bytes:
        raise RefusedError("data: is too large", 413)
    record = fake.store.find(collection, request.path_params["ref"])
    fake.store.pdfs[Document(collection, record["id"])] = pdf
    fake.store.pdf_uploads[collection, record.get("externalId")] += 1
    fake.store.writes["pdfs", "created"] += 1
    return Response(status_code=204)


async def reconcile(fake: Holder, request: Request) -> Response:
    """Set, replace or undo a group of links."""
    body = await read(request, Reconcile)
    reconciliation.reconcile(fake.store, fake.behaviour, body)
    if fake.behaviour.reconcile_body == "text":
        return PlainTextResponse("CREATED", 201)
    return JSONResponse("CREATED", 201)


async def _decoded(request: Request) -> bytes:
    body = await read(request, Pdf)
    try:
        return b64decode(body.data, validate=True)
    except binascii.Error as error:
        raise RefusedError("data: is not base64") from error


async def _uploaded(request: Request) -> bytes:
    async with request.form() as form:
        file = form.get("file")
        if len(form) != 1 or not isinstance(file, UploadFile):
            raise RefusedError("file: must be the only part, and a file")
        return await file.read()


def endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints of all documents."""
    for collection, row in DOCUMENTS.items():
        path = f"/{collection}"
        yield Endpoint("POST", path, partial(import_document, collection))
        yield Endpoint("GET", path, partial(list_documents, collection), PAGING)
        yield Endpoint("GET", f"{path}/{{ref}}", partial(get_document, collection))
        yield Endpoint("DELETE", f"{path}/{{ref}}", partial(delete_document, collection))
        if row.has_pdf:
            yield Endpoint("POST", f"{path}/{{ref}}/pdf", partial(upload_pdf, collection))
    yield Endpoint("POST", "/reconcile", reconcile)

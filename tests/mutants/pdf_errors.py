"""Errors that could have been made with PDFs, planted one at a time: their own tests must catch each."""

from tests.mutants.errors import PlantedError


def _planted(file, right, wrong, harm, *tests):
    return PlantedError(file, right, wrong, harm, tests)


SENDER = "stripe_to_upflow/pdfs/sender.py"
PDF_ERRORS = (
    _planted(
        SENDER,
        "if known.state is None and (may_arrive_late or was_begun):",
        "if known.state is None and may_arrive_late:",
        "a task that is killed during an upload uploads the PDF twice",
        "pdfs/test_sender.py",
    ),
    _planted(
        SENDER,
        "if known.state is None and (may_arrive_late or was_begun):",
        "if known.state is None and was_begun:",
        "a PDF whose upload got no answer is uploaded twice",
        "pdfs/test_sender.py",
    ),
    _planted(
        SENDER,
        "known.sending == pdf.state and not is_checked",
        "known.sending is not None and not is_checked",
        "a PDF of before counts as that of the invoice that has been paid since",
        "pdfs/test_sender.py",
    ),
    _planted(
        SENDER,
        "if not self._ledger.turns.take(pdf.customer, self._owner):",
        "if False:",
        "a PDF is uploaded while the sync writes about the same customer",
        "pdfs/test_upload.py",
    ),
    _planted(
        "stripe_to_upflow/pdfs/wanted.py",
        '("number", "effective_at", "total", "status")',
        '("number", "effective_at", "total")',
        "a paid invoice shows the PDF that asks for its payment",
        "pdfs/test_upload.py",
    ),
    _planted(
        "stripe_to_upflow/pdfs/wanted.py",
        "[upflow_id, *shown]",
        "[*shown]",
        "an invoice that was deleted in Upflow by mistake never gets its PDF back",
        "pdfs/test_upload.py",
    ),
    _planted(
        "stripe_to_upflow/pdfs/upload.py",
        'log.warning("rejected PDF: %s", error)',
        "return report",
        "a PDF that cannot be had is forgotten without a word",
        "pdfs/test_upload.py",
    ),
    _planted(
        "clients/stripe/files.py",
        "if not self._is_stripes(url):",
        "if False:",
        "the provider opens any address that a redirect names, inside of a company's network",
        "../clients/stripe/test_files.py::test_other_links_are_not_opened",
    ),
)

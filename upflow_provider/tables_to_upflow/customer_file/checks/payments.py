"""
The check of all lines of a payment file, before the first write.

The template names no customer, but Upflow's API needs one: it is that of the invoice, or of the column Customer ID.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

from upflow_provider.tables_to_upflow.customer_file.checks.directory import CustomerDirectory, KnownInvoice
from upflow_provider.tables_to_upflow.customer_file.checks.notes import CheckNotes
from upflow_provider.tables_to_upflow.customer_file.mapping.columns import UsedColumn
from upflow_provider.tables_to_upflow.customer_file.mapping.customers import SaidLine
from upflow_provider.tables_to_upflow.customer_file.mapping.payments import amounts_of, contradiction, payment_line
from upflow_provider.tables_to_upflow.mapping.cells import CellError, CellOptions
from upflow_provider.tables_to_upflow.mapping.problems import in_words
from upflow_provider.tables_to_upflow.staging import Staging

INVOICE = "invoiceReference"


class CheckedPayment(NamedTuple):
    """
    One payment.

    Attributes:
        key: Its reference, which becomes its external id.
        payload: What Upflow is to have, without its links.
        customer: Key of its customer.
        links: Amounts by external id of the invoice.
        lines: The lines that say it.
    """

    key: str
    payload: dict[str, Any]
    customer: str
    links: dict[str, int]
    lines: list[int]


class PaymentCheck:
    """
    The check of one payment file; a context manager, which deletes its temporary files.

    Args:
        used: The columns of the file.
        options: How its cells are to be understood.
        directory: The customers and invoices of the organization.
        notes: Keep why lines are refused.
        was_imported: Says whether a file has brought a payment of this key before.
    """

    def __init__(
        self,
        used: Sequence[UsedColumn],
        options: CellOptions,
        directory: CustomerDirectory,
        notes: CheckNotes,
        was_imported: Callable[[str], bool],
    ) -> None:
        self._used, self._options, self._directory, self._notes = used, options, directory, notes
        self._was_imported = was_imported
        self._lines, self._payments = Staging(), Staging()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._lines, self._payments):
            each.__exit__(kind, error, trace)

    def add(self, line: int, cells: Sequence[str]) -> None:
        """Check one line by itself, and keep it."""
        values, problems = payment_line(self._used, cells, self._options)
        if problems:
            self._notes.refuse([line], in_words(problems))
        if reference := values.get("paymentReference"):
            self._lines.add(reference, line, {"is_refused": True} if problems else values)

    def finish(self) -> int:
        """Check what depends on several lines, and return the number of payments."""
        self._lines.finish()
        for key, rows in self._lines.groups():
            good = [SaidLine(*row) for row in rows if "is_refused" not in row.content]
            if good:
                self._check(key, good, is_whole=len(good) == len(rows))
        return self._payments.finish()

    def payments(self) -> Iterator[CheckedPayment]:
        """Yield the payments that are not refused."""
        for key, rows in self._payments.groups():
            yield CheckedPayment(key, **rows[0].content)

    def _check(self, key: str, rows: list[SaidLine], *, is_whole: bool) -> None:
        lines = [row.line for row in rows]
        try:
            if not is_whole:
                raise CellError("another line of this payment is refused, so that its amount would be wrong")  # noqa: TRY301
            self._check_owner(key)
            if problem := contradiction(rows):
                raise CellError(problem)  # noqa: TRY301 - as what invoices raise
            amounts = amounts_of(rows)
            invoices = {name: self._invoice(name, rows[0], amount) for name, amount in amounts.items() if name}
            customer = self._customer(rows[0], [each.customer for each in invoices.values()])
        except CellError as error:
            self._notes.refuse(lines, str(error))
            return
        payload = _payload(key, rows[0], sum(amounts.values())) | {"customer": self._directory.reference(customer)}
        links = {invoices[name].key: amounts[name] for name in invoices}
        content = {"payload": payload, "customer": customer, "links": links, "lines": lines}
        self._payments.add(key, lines[0], content)

    def _check_owner(self, key: str) -> None:
        if self._directory.has_payment(key) and not self._was_imported(key):
            raise CellError(
                "paymentReference: Upflow has a payment of this external id, which the ledger does not know as one of "
                "a file, and which would be overwritten; give this one another reference"
            )

    def _invoice(self, reference: str, row: SaidLine, amount: int) -> KnownInvoice:
        found = self._directory.invoices(reference)
        if len(found) != 1:
            raise CellError(
                f"{INVOICE}: {'several invoices have' if found else 'no invoice in Upflow has'} this number"
            )
        (invoice,) = found
        if not invoice.key:
            raise CellError(f"{INVOICE}: the invoice has no external id, so that the API cannot link to it")
        if invoice.currency != row.content["currency"]:
            raise CellError(f"currency: the invoice is in {invoice.currency}")
        if amount > invoice.gross:
            raise CellError("amount: is larger than the invoice's; Upflow's own import would do nothing, silently")
        return invoice

    def _customer(self, row: SaidLine, owners: Sequence[str]) -> str:
        named = row.content.get("externalId", "")
        keys = {*owners, *([named] if named else [])} - {""}
        if not keys:
            raise CellError("Customer ID: a payment without an invoice needs its customer, in a column Customer ID")
        if len(keys) > 1:
            what = (
                "Customer ID: is not that of the invoice's customer"
                if named
                else "its invoices are of several customers"
            )
            raise CellError(what)
        key: str = keys.pop()
        if not self._directory.has(key):
            raise CellError("Customer ID: there is no such customer in Upflow; import it first")
        return key


def _payload(key: str, row: SaidLine, amount: int) -> dict[str, Any]:
    content = row.content
    method = {"instrument": content["paymentMethod"]} if "paymentMethod" in content else {}
    own = {"externalId": key, "currency": content["currency"], "amount": amount, "validatedAt": content["paymentDate"]}
    return own | method

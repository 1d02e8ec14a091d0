"""
CSV as Bulk API 2.0 of the fake Salesforce reads and writes it.

See https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/datafiles.htm.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError

MAX_RECORD = 400_000
"""Characters of a record, at most."""
_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}


class CsvError(Exception):
    """A file that cannot be read; says why as Salesforce does."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    How files of a job are written.

    Attributes:
        ending: Salesforce's name for the end of a line.
        delimiter: Salesforce's name for what separates columns.
    """

    ending: str = "LF"
    delimiter: str = "COMMA"

    def __post_init__(self) -> None:
        """
        Check the names.

        Raises:
            SalesforceRefusalError: One is unknown.
        """
        for known, name in ((_ENDINGS, self.ending), (_DELIMITERS, self.delimiter)):
            if name not in known:
                raise SalesforceRefusalError(400, "INVALID_INPUT", f"{name} is none of {', '.join(known)}")

    def read(self, body: bytes) -> tuple[list[str], list[list[str]]]:
        """
        Return the header and the rows of a file.

        A line that ends otherwise than the dialect says refuses the whole file, even within quotes.

        Raises:
            CsvError: It cannot be read.
        """
        ends = body.count(b"\n"), body.count(b"\r"), body.count(b"\r\n")
        if len(set(ends)) > 1 if self.ending == "CRLF" else ends[1]:
            raise CsvError(
                f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {self.ending}"
            )
        try:
            text = io.StringIO(body.decode(), newline="")
            header, *rows = [row for row in csv.reader(text, delimiter=_DELIMITERS[self.delimiter], strict=True) if row]
        except (UnicodeDecodeError, csv.Error, ValueError) as error:
            raise CsvError(f"InvalidBatch : Failed to parse CSV: {type(error).__name__}") from None
        for row in rows:
            if len(row) != len(header) or sum(map(len, row)) > MAX_RECORD:
                raise CsvError("InvalidBatch : Failed to parse CSV: a row does not match the header, or is too long")
        return header, rows

    def write(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
        """Return a file, every cell of it in quotes."""
        text = io.StringIO(newline="")
        writer = csv.writer(
            text,
            delimiter=_DELIMITERS[self.delimiter],
            lineterminator=_ENDINGS[self.ending],
            quoting=csv.QUOTE_ALL,
        )
        writer.writerow(header)
        writer.writerows(rows)
        return text.getvalue().encode()

"""Files of Bulk API 2.0: the CSV of an update, and why a record of it failed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from upflow_provider.clients.salesforce.refusals import Refusal, refused

FIELDS = re.compile(r"(.*):([^:]*)--", re.DOTALL)
"""An error without its code: message and fields."""

CsvRecord = Mapping[str, str]


def uploads(
    fields: Sequence[str], records: Iterable[tuple[str, Sequence[str]]], size_max: int
) -> Iterator[tuple[list[str], bytes]]:
    """
    Yield the Ids of Accounts and their CSV, as many at a time as one file holds.

    Args:
        fields: Names of the fields.
        records: Id of an Account, and its values in the order of *fields*.
        size_max: Bytes of one file; a record that is larger has a file of its own.
    """
    head = _csv_line(["Id", *fields])
    lines, ids, size = [head], list[str](), len(head)
    for account_id, values in records:
        line = _csv_line([account_id, *values])
        if ids and size + len(line) > size_max:
            yield ids, b"".join(lines)
            lines, ids, size = [head], [], len(head)
        lines.append(line)
        ids.append(account_id)
        size += len(line)
    if ids:
        yield ids, b"".join(lines)


def refusal_of(result: CsvRecord) -> Refusal:
    """Return why a record failed, from ``CODE:message:fields --``."""
    code, _, rest = result["sf__Error"].partition(":")
    match = FIELDS.fullmatch(rest)
    message, fields = match.groups() if match else (rest, "")
    sent = {name: value for name, value in result.items() if name not in {"sf__Id", "sf__Error", "Id"}}
    return refused(code, message, [each.strip() for each in fields.split(",")], sent)


def _csv_line(values: Sequence[str]) -> bytes:
    """Return one line of CSV; every value is in quotes, so that none is taken for a formula, null or a number."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(
        [value.replace("\r\n", "\n").replace("\r", "\n") for value in values]
    )
    return text.getvalue().encode()

"""What must not leave a run, in the writings in which a vendor may repeat it."""

import html
import json
import traceback
from urllib.parse import quote

import sqlalchemy as sa

from upflow_provider.ledger import tables

PERSON = {
    "name": "Marie-Claire Dupont-Lefèvre",
    "email": "marie.dupont@example.com",
    "phone": "+33 6 12 34 56 78",
    "street": "17 rue des Tournesols",
    "zipcode": "75012",
    "city": "Zuydcoote",
    "vat": "FR40303265045",
}
OTHERS = {
    "customer": "Jean Martineau",
    "number": "0612345678",
    "iban": "NL91ABNA0417164300",
    "key": "sk_live_51Hq2Zuydcoote",
    "link": "https://pay.upflow.io/portal?token=Q7x2Zuydcoote",
}
EVERYTHING = [*PERSON.values(), *OTHERS.values()]
TRACES = (
    *("marie", "claire", "dupont", "lefèvre", "jean", "martineau", "example.com", "%40example", "tournesols"),
    *("zuydcoote", "75012", "303265045", "12 34 56", "0612345678", "abna", "sk_live", "token", "pay.upflow.io"),
)
"""Pieces of it, in lower case, of which each betrays something."""

WRITINGS = {
    "plain": str,
    "capitals": str.upper,
    "cut": lambda text: text[: len(text) * 2 // 3] + "...",
    "percent-encoded": lambda text: quote(text, safe=""),
    "as-json": lambda text: json.dumps(text)[1:-1],
    "as-html": html.escape,
    "control-characters": lambda text: f"\x1b[2K\x00{text[:4]}\u202e{text[4:]}\ud83d",
    "in-quotes": lambda text: f"'{text}'",
    "as-a-code": lambda text: text.upper().replace(" ", "_").replace("-", "_"),
}


def said(writing):
    """Return what a vendor says: everything, in one writing."""
    return "name " + " is taken, ".join(map(WRITINGS[writing], EVERYTHING))


def dump(ledger_url, without=()):
    """Return all that a ledger holds, as text; *without* some columns."""
    engine = sa.create_engine(ledger_url)
    with engine.connect() as connection:
        lines = [
            f"{table.name}.{column.name}: {value!r}"
            for table in tables.metadata.sorted_tables
            for column in table.columns
            if column.name not in without
            for value in connection.execute(sa.select(column)).scalars()
        ]
    engine.dispose()
    return "\n".join(lines)


def error_text(error):
    """Return all that an error shows, with the errors that led to it."""
    return "".join(traceback.format_exception(error))


def traces(text):
    """Return the pieces of what was planted that stand in a text."""
    lower = text.lower()
    return [each for each in TRACES if each in lower]

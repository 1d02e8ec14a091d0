"""
The part of SOQL that the fake Salesforce understands; anything else is refused.

``SELECT a, b FROM Account [WHERE c = 1 [AND d != null ...]] [ORDER BY Id [DESC]] [LIMIT n]``, and ``SELECT COUNT()``;
see https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/sforce_api_calls_soql_select.htm.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from upflow_provider.testing.salesforce.org.fields import Field
from upflow_provider.testing.salesforce.org.ids import long_id, record_id
from upflow_provider.testing.salesforce.org.refusal import SalesforceRefusalError
from upflow_provider.testing.salesforce.org.selection import ORDERS, Condition, Selection, compared
from upflow_provider.testing.salesforce.org.values import LINKS, NUMBERS, Value

MAX_LENGTH = 100_000
"""Characters of a statement, at most."""
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^'\\]|\\.)*')
  | (?P<moment>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)
  | (?P<day>\d{4}-\d{2}-\d{2})
  | (?P<number>[+-]?\d+(?:\.\d+)?)
  | (?P<word>[A-Za-z]\w*)
  | (?P<sign>!=|<>|<=|>=|[=<>(),])
  | (?P<end>$)
    )""",
    re.VERBOSE,
)
_FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_LITERALS = {"boolean": "word", "date": "day", "datetime": "moment", **dict.fromkeys(NUMBERS, "number")}
"""Kind of token that a type of field is compared with; text where nothing is said."""


def sobject_in(text: str) -> str:
    """Return the name of the object that a statement selects from; empty if it has none."""
    named = _FROM.search(text)
    return named[1] if named else ""


def parse(text: str, fields: Mapping[str, Field], sobject: str = "Account") -> Selection:
    """
    Return what a statement means.

    Args:
        text: The statement.
        fields: The fields that the user can see, by name.
        sobject: The object that has them.

    Raises:
        SalesforceRefusalError: It is not understood, or names what there is not.
    """
    if len(text) > MAX_LENGTH:
        raise _malformed(f"SOQL statements cannot be longer than {MAX_LENGTH} characters")
    return _Parser(_tokens(text), fields, sobject).selection()


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], fields: Mapping[str, Field], sobject: str) -> None:
        self._sobject = sobject
        self._tokens, self._at = tokens, 0
        self._fields = {name.lower(): each for name, each in fields.items()}

    def selection(self) -> Selection:
        selection = Selection()
        self._expect("SELECT")
        if self._take("COUNT"):
            self._expect("(")
            self._expect(")")
        else:
            selection.fields = self._selected()
        self._expect("FROM")
        name = self._next("word")
        if name.lower() != self._sobject.lower():
            raise SalesforceRefusalError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
        if self._take("WHERE"):
            selection.conditions.append(self._condition())
            while self._take("AND"):
                selection.conditions.append(self._condition())
        if self._take("ORDER"):
            self._expect("BY")
            selection.order = self._usable("sortable", "sorted")
            selection.descending = not self._take("ASC") and self._take("DESC")
        if self._take("LIMIT"):
            selection.limit = int(self._next("number"))
        self._next("end")
        return selection

    def _selected(self) -> list[Field]:
        selected = [self._field()]
        while self._take(","):
            if (field := self._field()) in selected:
                raise _malformed(f"duplicate field selected: {field['name']}")
            selected.append(field)
        return selected

    def _field(self) -> Field:
        name = self._next("word")
        if name.lower() not in self._fields:
            raise no_such_column(name, self._sobject)
        return self._fields[name.lower()]

    def _usable(self, attribute: str, verb: str) -> Field:
        field = self._field()
        if not field[attribute]:
            message = f"field '{field['name']}' can not be {verb} in a query call"
            raise SalesforceRefusalError(400, "INVALID_FIELD", message)
        return field

    def _condition(self) -> Condition:
        field = self._usable("filterable", "filtered")
        if self._take("IN"):
            self._expect("(")
            values = [self._value(field)]
            while self._take(","):
                values.append(self._value(field))
            self._expect(")")
            return Condition(field, "IN", tuple(values))
        sign = self._next("sign").replace("<>", "!=")
        if sign not in {"=", "!=", *ORDERS}:
            raise _malformed(f"unexpected token: '{sign}'")
        return Condition(field, sign, (self._value(field),))

    def _value(self, field: Field) -> Value:
        if self._take("NULL"):
            return None
        kind, token = self._tokens[self._at]
        if kind in {"sign", "end"} or (kind == "word" and token.lower() not in {"true", "false"}):
            raise _malformed(f"unexpected token: '{token}'")
        self._at += 1
        wanted = _LITERALS.get(field["type"], "text")
        if kind != wanted:
            message = (
                f"value of filter criterion for field '{field['name']}' must be of type {field['type']} "
                f"and should{'' if wanted == 'text' else ' not'} be enclosed in quotes"
            )
            raise SalesforceRefusalError(400, "INVALID_FIELD", message)
        return compared(field, _meant(field, kind, token, self._sobject))

    def _next(self, kind: str) -> str:
        got, token = self._tokens[self._at]
        if got != kind:
            raise _malformed(f"unexpected token: '{token}'")
        self._at += 1
        return token

    def _take(self, token: str) -> bool:
        taken = self._tokens[self._at][1].upper() == token
        self._at += taken
        return taken

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _malformed(f"expecting '{token}', found '{self._tokens[self._at][1]}'")


def no_such_column(name: str, sobject: str = "Account") -> SalesforceRefusalError:
    """Return the refusal of a query about a field that does not exist, or that the user cannot see."""
    return SalesforceRefusalError(
        400,
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{sobject}'. If you are attempting to use a custom field, be sure to "
        "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the "
        "appropriate names.",
    )


def _tokens(text: str) -> list[tuple[str, str]]:
    """Return kind and text of every token; the last one is the end."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while not tokens or tokens[-1][0] != "end":
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise _malformed(f"unexpected character in position {at}")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def _meant(field: Field, kind: str, token: str, sobject: str) -> Value:
    if kind == "number":
        return Decimal(token)
    if kind == "word":
        return token.lower() == "true"
    if kind == "day":
        return token
    if kind == "moment":
        return token.replace("Z", ".000+0000")
    value = _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), token[1:-1])
    if field["type"] not in LINKS:
        return value
    try:
        return long_id(value) if sobject == "Account" else record_id(value)
    except ValueError:
        raise SalesforceRefusalError(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}") from None


def _malformed(message: str) -> SalesforceRefusalError:
    return SalesforceRefusalError(400, "MALFORMED_QUERY", message)

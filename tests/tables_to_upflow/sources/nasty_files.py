"""
Nasty CSV files, and what comes out of each of them.

A text instead of lines is the error of the whole file. A line is (number, cells), (number, "its problem"), or
(number, None) if it is blank.
"""

from __future__ import annotations

import codecs

MEGABYTES_10 = "x" * 10_000_000
TIE = "stand in the header equally often; set the separator that divides its cells"
SAVE = "Save the file as UTF-8, or set the encoding that it has"
CLOSE = "close it, or double it if it belongs to the text"
NOT_DOUBLED = "has a quote in the middle of a cell in quotes; double it"


def misplaced(line: int, begin: int) -> str:
    """Return the error of a file with a quote that closes where no cell ends."""
    return (
        f"a quote in line {line} stands in the middle of a cell in quotes that began in line {begin} or later; a quote "
        "before it is not closed, or one within a text is not doubled"
    )


NASTY: dict[str, tuple[bytes, str | list[tuple[int, tuple[str, ...] | str | None]]]] = {
    # What is no table.
    "empty": (b"", "the file has no header: it is empty"),
    "only a byte order mark": (codecs.BOM_UTF8, "the file has no header: it is empty"),
    "only blank lines": (b"\n\n  \n", "the file has no header: its first 3 lines are empty"),
    "one blank line": (b"\n", "the file has no header: its first line is empty"),
    "commas in quotes in the header": (b'id;name;"a,b,c,d,e"\n1;A;x\n', [(2, ("1", "A", "x"))]),
    "semicolons in quotes in the header": (b'id,name,"a;b;c;d;e"\n1,A,x\n', [(2, ("1", "A", "x"))]),
    "only separators": (b";;;\n,,\n", "the file has no header: its first 2 lines are empty"),
    "header only": (b"id;name\n", []),
    "header only, no line end": (b"id;name", []),
    "only sep=": (b"sep=;\n", "the file has no header: it is empty"),
    "sep= without a separator": (b"sep=\r\nid;name\r\n", "separator '\\r' must be one character, such as ;"),
    # Line ends.
    "LF": (b"id;name\n1;Alder\n", [(2, ("1", "Alder"))]),
    "CRLF": (b"id;name\r\n1;Alder\r\n", [(2, ("1", "Alder"))]),
    "CR only": (b"id;name\r1;Alder\r2;Birch\r", [(2, ("1", "Alder")), (3, ("2", "Birch"))]),
    "LF, CRLF and CR": (b"id;name\r1;A\n2;B\r\n3;C", [(2, ("1", "A")), (3, ("2", "B")), (4, ("3", "C"))]),
    "a lone CR in a cell ends the line": (
        b"id;name\n1;Al\rder\n",
        [(2, ("1", "Al")), (3, "has 1 cell, the header has 2")],
    ),
    "a lone CR in quotes": (b'id;name\n1;"Al\rder"\n2;B\n', [(2, ("1", "Al\rder")), (4, ("2", "B"))]),
    "line ends of Unicode are none": (
        "id;name\n1;a\u2028b\x0bc\x0cd\x85e\n".encode(),
        [(2, ("1", "a\u2028b\x0bc\x0cd\x85e"))],
    ),
    "end of file of DOS": (b"id;name\n1;A\n\x1a", [(2, ("1", "A")), (3, "has 1 cell, the header has 2")]),
    # Blank lines.
    "blank lines between": (
        b"id;name\n\n1;A\n\n\n2;B\n",
        [(2, None), (3, ("1", "A")), (4, None), (5, None), (6, ("2", "B"))],
    ),
    "lines of separators and blanks": (b"id;name\n;\n  ;\t\n   \n", [(2, None), (3, None), (4, None)]),
    "more separators than columns": (b"id;name\n;;;;;\n", [(2, None)]),
    "blank lines before the header": (b"\n;;\nid;name\n1;A\n", [(4, ("1", "A"))]),
    # Separators.
    "commas": (b"id,name\n1,A;B\n", [(2, ("1", "A;B"))]),
    "vertical bars": (b"id|name\n1|A;B\n", [(2, ("1", "A;B"))]),
    "tabs": (b"id\tname\n1\tA,B\n", [(2, ("1", "A,B"))]),
    "sep= of spreadsheets": (b"sep=,\r\nid,name;x\r\n1,A\r\n", [(3, ("1", "A"))]),
    "sep= in quotes and capitals": (b'"SEP=|"\nid|name\n1|A\n', [(3, ("1", "A"))]),
    "a comma in a name of a column": (b'"name, full";id;town\nA;1;L\n', [(2, ("A", "1", "L"))]),
    "a tie": (b"id;na,me\n1;A\n", f"';' and ',' {TIE}"),
    "a single column": (b"name\nAlder, Ltd; Co\n", [(2, ("Alder, Ltd; Co",))]),
    "a single column in quotes": (b'"name"\n"Alder, Ltd"\n', [(2, ("Alder, Ltd",))]),
    # Quotes.
    "line ends in quotes": (b'id;name\n1;"A\nB\r\nC"\n2;D\n', [(2, ("1", "A\nB\r\nC")), (5, ("2", "D"))]),
    "separators and quotes in quotes": (b'id;name\n1;"A;""B"""\n', [(2, ("1", 'A;"B"'))]),
    "a quote within a cell without quotes": (b'id;name\n1;5" pipe\n', [(2, ("1", '5" pipe'))]),
    "a quote that is not doubled": (
        b'id;name\n1;"5" pipe"\n2;B\n',
        [(2, NOT_DOUBLED), (3, ("2", "B"))],
    ),
    "a quote that is not doubled, and one that is open": (
        b'id;name\n1;"5" pipe\n2;B\n',
        misplaced(2, 2),
    ),
    "a quote that is never closed": (
        b'id;name\n1;A\n2;"B\n3;C\n',
        f"a quote opens in line 3 and is never closed; {CLOSE}",
    ),
    "the second quote of a line is never closed": (
        b'id;name;town\n1;"A\nB";"L\n2;C;M\n',
        f"a quote opens in line 3 and is never closed; {CLOSE}",
    ),
    "an open quote at the very end": (
        b'id;name\n1;"',
        f"a quote opens in line 2 and is never closed; {CLOSE}",
    ),
    "an open quote that another one closes": (
        b'id;name\n1;"A\n2;"B"\n',
        misplaced(3, 2),
    ),
    "an open quote that swallows a line": (
        b'id;name;town\n1;"A;L\n2;B";M;N\n3;C;O\n',
        [(2, "has 4 cells, the header has 3; it ends in line 3, so a quote may be missing"), (4, ("3", "C", "O"))],
    ),
    "an open quote in the header": (
        b'id;"name\n1;A\n',
        "a quote in the header is not closed, or closed in the middle of a name",
    ),
    "line ends in the header": (b'id;"full\nname"\n1;A\n', [(3, ("1", "A"))]),
    # Columns.
    "a short line": (b"id;name;town\n1;A\n", [(2, "has 2 cells, the header has 3")]),
    "a long line": (b"id;name\n1;A;x;y\n", [(2, "has 4 cells, the header has 2")]),
    "columns of the same name": (
        b"id;name;town; name \n1;A;L;B\n",
        "columns 2 and 4 have the same name; rename or remove one",
    ),
    "names that differ in case": (b"id;name;Name\n1;A;B\n", [(2, ("1", "A", "B"))]),
    "columns without a name and without cells": (b"id;;name;\n1;;A; \n", [(2, ("1", "", "A", " "))]),
    "a cell in a column without a name": (
        b"id;;name;\n1;;A;x\n",
        [(2, "has a cell in column 4, which has no name in the header")],
    ),
    "no header": (b"1;1;Alder\n", "columns 1 and 2 have the same name; rename or remove one"),
    # Cells, which are not changed.
    "white space around cells": (b"id;name\n 1 ; A \n", [(2, (" 1 ", " A "))]),
    "what spreadsheets compute": (b'id;name\n=cmd();"=1+1"\n', [(2, ("=cmd()", "=1+1"))]),
    "leading zeros": (b"id;name\n00012;1e5\n", [(2, ("00012", "1e5"))]),
    "days, amounts and words": (
        "day;amount;word\n01/02/2026;1\u00a0234,5;NULL\nNaN;TRUE;\n".encode(),
        [(2, ("01/02/2026", "1\u00a0234,5", "NULL")), (3, ("NaN", "TRUE", ""))],
    ),
    "addresses with capitals": (b"id;email\n1;Ann@Example.COM\n", [(2, ("1", "Ann@Example.COM"))]),
    "NUL in a cell": (b"id;name\n1;A\0B\n2;C\n", [(2, "has a NUL character; remove it"), (3, ("2", "C"))]),
    "NUL in the header": (
        b"id;na\0me\n",
        "the header has NUL characters; if the file is in UTF-16, set encoding to utf-16-le",
    ),
    "10 MB in a cell": (
        f"id;name\n1;{MEGABYTES_10}\n2;B\n".encode(),
        [(2, "has a cell of more than 1,000,000 characters"), (3, ("2", "B"))],
    ),
    "10 MB in a cell in quotes": (
        f'id;name\n1;"{MEGABYTES_10}"\n2;B\n'.encode(),
        [(2, "has a cell of more than 1,000,000 characters"), (3, ("2", "B"))],
    ),
    "a quote that is not closed for 10 MB": (
        b'id;name\n1;A\n2;"' + b"1234567\n" * 1_250_000,
        f"a quote opens in line 3 and is not closed within 1,000,000 characters; {CLOSE}",
    ),
    "a line of 13 MB": (
        b"id;name\n" + b"1;" * 6_500_000,
        "a line of the file has more than 12,000,000 characters; is it a table?",
    ),
    # Encodings.
    "UTF-8": ("id;name\n1;Érable 木\n".encode(), [(2, ("1", "Érable 木"))]),
    "UTF-8 with a byte order mark": ("id;name\n1;Érable\n".encode("utf-8-sig"), [(2, ("1", "Érable"))]),
    "a byte order mark before a quote": ('"id";name\n1;A\n'.encode("utf-8-sig"), [(2, ("1", "A"))]),
    "UTF-16, little-endian": (codecs.BOM_UTF16_LE + "id;name\r\n1;木\r\n".encode("utf-16-le"), [(2, ("1", "木"))]),
    "UTF-16, big-endian": (codecs.BOM_UTF16_BE + "id;name\r\n1;木\r\n".encode("utf-16-be"), [(2, ("1", "木"))]),
    "UTF-16 without a byte order mark": (
        "id;name\n1;A\n".encode("utf-16-le"),
        "the header has NUL characters; if the file is in UTF-16, set encoding to utf-16-le",
    ),
    "UTF-16, big-endian, without a byte order mark": (
        "id;name\n1;A\n".encode("utf-16-be"),
        "the header has NUL characters; if the file is in UTF-16, set encoding to utf-16-be",
    ),
    "UTF-16 with half a character": (
        codecs.BOM_UTF16_LE + "id;name\n1;A".encode("utf-16-le") + b"\x00",
        f"the file is not UTF-16, because of byte 0x00 in line 2, at offset 24 (from 0). {SAVE}",
    ),
    "UTF-32": (
        codecs.BOM_UTF32_LE + "id".encode("utf-32-le"),
        f"the file is in UTF-32, which few programs read. {SAVE}",
    ),
    "Windows-1252": ("id;name\n1;Érable “5 €”\n".encode("cp1252"), [(2, ("1", "Érable “5 €”"))]),
    "UTF-8 with a broken byte": (
        "id;name\r\n1;Érable\r\n2;".encode() + b"Ch\xeane\r\n",
        f"the file is UTF-8 but for byte 0xEA in line 3, at offset 24 (from 0). {SAVE}",
    ),
    "UTF-8 after a broken byte": (
        b"id;name\n1;Ch\xeane\n2;" + "Érable\n".encode(),
        f"the file is UTF-8 but for byte 0xEA in line 2, at offset 12 (from 0). {SAVE}",
    ),
    "UTF-8 that ends within a character": (
        "id;name\n1;Érable\n2;É".encode()[:-1],
        f"the file is UTF-8 but for byte 0xC3 in line 3, at offset 20 (from 0). {SAVE}",
    ),
    "neither UTF-8 nor Windows-1252": (
        b"id;name\n1;Ch\xeane\n2;\x81\n",
        f"the file is neither UTF-8 nor Windows-1252, because of byte 0x81 in line 3, at offset 18 (from 0). {SAVE}",
    ),
}

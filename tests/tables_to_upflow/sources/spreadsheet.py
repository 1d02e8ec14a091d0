"""A spreadsheet of Excel's format, written by hand, so that each cell is exactly what a test wants."""

from io import BytesIO
from zipfile import ZipFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{BOOK}"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET}"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="Customers" sheetId="1" r:id="rId1"/></sheets></workbook>',
}


def spreadsheet(*rows):
    """Return a file with one sheet; a cell is a text, a number, or ``None``."""
    lines = "".join(
        f'<row r="{line}">{"".join(_cell(line, column, cell) for column, cell in enumerate(row))}</row>'
        for line, row in enumerate(rows, 1)
    )
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'
    file = BytesIO()
    with ZipFile(file, "w") as parts:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            parts.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return file.getvalue()


def _cell(line, column, cell):
    place = f"{'ABCDEFGH'[column]}{line}"
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{cell}</t></is></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'

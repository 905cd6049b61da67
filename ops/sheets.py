"""XLSX files of the consultation database: read as rows of text, and written. What comes from outside is hostile.

A workbook is a zip of XML. Before openpyxl sees it: how large it becomes is counted by unpacking it, not believed; and XML with a
document type (external entities, entities that grow) is refused, for no spreadsheet writes one. Formulas are read as
their text, never computed, and what is written holds no formula (centre120/entries.py, safe_cell).
"""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from centre120.errors import CentreError, Fault

LARGEST_BYTES: Final = 150 * 1024 * 1024
"""Unpacked, all parts together; 29,000 entries with long answers are 60 MB."""
MOST_PARTS, MOST_COLUMNS, MOST_ROWS = 1_000, 60, 200_000
LONGEST_CELL: Final = 32_767
"""Characters; spreadsheets hold no more, and openpyxl would cut in silence."""
_PIECE = 1 << 20
_OLD = b"\xd0\xcf\x11\xe0"


def is_sheet(file: Path) -> bool:
    """By its first bytes: a workbook, or the old kind of one (also: encrypted), which `sheet_rows` refuses in words."""
    with file.open("rb") as stream:
        start = stream.read(4)
    return start.startswith(b"PK") or start == _OLD


def sheet_rows(file: Path) -> list[tuple[int, list[str]]]:
    """(row number, cells as text) of the first sheet, the heading first; empty rows are left out. Raises `sheet-unreadable`."""
    _check(file)
    from openpyxl import load_workbook

    try:
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        try:
            return list(_rows(file, book.worksheets[0]))
        finally:
            book.close()
    except CentreError:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers raise; the file is somebody else's
        raise _unreadable(file, f"it is no whole workbook ({type(error).__name__})") from error


def _rows(file: Path, sheet: Any) -> Iterable[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # what the file says of its size need not be true
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), 1):
        if number > MOST_ROWS:
            raise _unreadable(file, f"it has more than {MOST_ROWS} rows")
        if any(cell not in (None, "") for cell in cells):
            yield number, [_text(cell) for cell in cells]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _check(file: Path) -> None:
    with file.open("rb") as stream:
        if stream.read(4) == _OLD:
            raise _unreadable(file, "it is of the old kind (.xls), or has a password")
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS:
                raise _unreadable(file, f"it has {len(parts)} parts, at most {MOST_PARTS} are read")
            left = LARGEST_BYTES
            for part in parts:
                left = _check_part(file, packed, part, left)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise _unreadable(file, f"it can not be unpacked ({type(error).__name__})") from error


def _check_part(file: Path, packed: zipfile.ZipFile, part: zipfile.ZipInfo, left: int) -> int:
    """How much may still be unpacked after this part."""
    before = b""
    with packed.open(part) as stream:
        while piece := stream.read(_PIECE):
            left -= len(piece)
            if left < 0:
                raise _unreadable(
                    file,
                    f"it unpacks to more than {LARGEST_BYTES >> 20} MB, which no database of answers does",
                )
            if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                seen = before + piece
                if b"\0" in seen:
                    raise _unreadable(file, f"{part.filename} is not in UTF-8")
                if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                    raise _unreadable(
                        file, f"{part.filename} declares a document type, which may fetch or grow"
                    )
                before = piece[-16:]
    return left


def write_sheet(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """One sheet, all cells text, the heading first. Raises `sheet-cell-too-long`: what does not fit is not cut in silence."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    # XML has no place for control characters
    told = [[ILLEGAL_CHARACTERS_RE.sub("\ufffd", row[name]) for name in columns] for row in rows]
    for texts in told:
        longest = max(texts, key=len)
        if len(longest) > LONGEST_CELL:
            raise CentreError(
                "sheet-cell-too-long",
                f"Of {texts[0]}, {columns[texts.index(longest)]} has {len(longest)} characters; a cell holds {LONGEST_CELL}.",
                "Export to a .csv file instead.",
                Fault.CITIZEN,
            )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("consultation")
    sheet.freeze_panes = "A2"
    for texts in [list(columns), *told]:
        cells = [WriteOnlyCell(sheet, text) for text in texts]
        for cell in cells:
            cell.data_type = "s"  # whatever it looks like
        sheet.append(cells)
    book.save(file)


def _unreadable(file: Path, found: str) -> CentreError:
    return CentreError(
        "sheet-unreadable",
        f"{file} can not be read: {found}.",
        "Open it in a spreadsheet, save it as .xlsx or as CSV UTF-8, and import that.",
        Fault.CITIZEN,
    )

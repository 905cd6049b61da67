"""Workbooks: what is written comes back and runs nothing; what is hostile is refused in words before it is parsed."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from centre120.entries import safe_cell
from centre120.errors import CentreError
from ops import sheets
from ops.entries import file_rows

COLUMNS = ("code", "title", "answer")


def book(path: Path, rows: list[list[object]]) -> Path:
    made = Workbook()
    for row in rows:
        made.active.append(row)
    made.save(path)
    return path


def repacked(path: Path, **changed: bytes) -> Path:
    """The workbook with parts replaced or added."""
    with zipfile.ZipFile(path) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (parts | changed).items():
            packed.writestr(name, content)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def test_rows_have_their_numbers_and_every_kind_of_cell_is_text(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["코드", "제목", "답변", "검토일"],
        [1001, "누수", "여러 줄\n답변", date(2026, 1, 2)],
        [None, None, None, None],
        [2.0, "=1+1", 3.5, datetime(2026, 1, 3, 4, 5)],  # noqa: DTZ001 - a sheet knows no zone
    ]
    assert file_rows(book(tmp_path / "x.xlsx", rows)) == [
        (2, {"code": "1001", "title": "누수", "answer": "여러 줄\n답변", "review_on": "2026-01-02"}),
        (4, {"code": "2", "title": "=1+1", "answer": "3.5", "review_on": "2026-01-03"}),
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "\t=1", "=cmd|' /C calc'!A0", "1", "가", ""]
)
def test_no_cell_that_is_written_is_a_formula(tmp_path: Path, text: str) -> None:
    file = tmp_path / "out.xlsx"
    sheets.write_sheet(file, COLUMNS, [dict.fromkeys(COLUMNS, safe_cell(text))])
    cells = next(load_workbook(file).active.iter_rows(min_row=2))
    assert "f" not in {cell.data_type for cell in cells}
    assert not [cell for cell in cells if str(cell.value or "")[:1] in tuple("=+-@＝\t")]
    with zipfile.ZipFile(file) as packed:
        assert b"<f>" not in packed.read(SHEET)


def test_control_characters_are_replaced_and_what_is_too_long_is_not_cut(tmp_path: Path) -> None:
    file = tmp_path / "out.xlsx"
    sheets.write_sheet(file, COLUMNS, [{"code": "a", "title": "b\x07c", "answer": "d\ne"}])
    assert file_rows(file) == [(2, {"code": "a", "title": "b\ufffdc", "answer": "d\ne"})]
    with pytest.raises(CentreError, match="sheet-cell-too-long"):
        sheets.write_sheet(file, COLUMNS, [dict.fromkeys(COLUMNS, "x" * 40_000)])


def test_bomb_is_refused_by_what_it_unpacks_to_not_by_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "LARGEST_BYTES", 3 << 20)
    file = repacked(book(tmp_path / "x.xlsx", [list(COLUMNS)]), **{"xl/media/a.bin": b"0" * (8 << 20)})
    assert file.stat().st_size < 100_000
    with pytest.raises(CentreError, match="unpacks to more than 3 MB"):
        file_rows(file)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "document type"),
        (b"<?xml version='1.0'?>" + b" " * ((1 << 20) - 25) + b"<!DOCTYPE x []><x/>", "document type"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []><x/>'.encode("utf-16"), "UTF-8"),
        (b"<not closed", "no whole workbook"),
    ],
    ids=["entity", "across two pieces", "utf-16", "broken"],
)  # fmt: skip
def test_xml_that_no_spreadsheet_writes_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    file = repacked(book(tmp_path / "x.xlsx", [list(COLUMNS)]), **{SHEET: content})
    with pytest.raises(CentreError, match=why):
        file_rows(file)


def test_too_many_parts_old_workbooks_and_torn_ones_are_refused(tmp_path: Path) -> None:
    whole = book(tmp_path / "x.xlsx", [list(COLUMNS)])
    many = repacked(book(tmp_path / "y.xlsx", [["a"]]), **{f"xl/{number}": b"" for number in range(1_000)})
    with pytest.raises(CentreError, match="parts"):
        file_rows(many)
    old = tmp_path / "old.xlsx"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(CentreError, match=r"\.xls"):
        file_rows(old)
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(whole.read_bytes()[:-300])
    with pytest.raises(CentreError, match="unpacked"):
        file_rows(torn)
    nameless = book(tmp_path / "z.xlsx", [["code", "x"], ["1", "2"]])
    with pytest.raises(CentreError, match="title, answer"):
        file_rows(nameless)


def test_size_that_a_sheet_claims_makes_no_rows(tmp_path: Path) -> None:
    file = book(tmp_path / "x.xlsx", [list(COLUMNS), ["a", "b", "c"]])
    with zipfile.ZipFile(file) as packed:
        sheet = packed.read(SHEET)
    claimed = io.BytesIO(sheet).getvalue().replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"')
    assert claimed != sheet
    assert file_rows(repacked(file, **{SHEET: claimed})) == [(2, {"code": "a", "title": "b", "answer": "c"})]

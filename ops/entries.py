"""`./120 entries`: a legacy database comes in by one command, and everything goes out again.

CSV or XLSX. Columns, the first line naming them (Korean names too, any order): `code`, `title`, `answer` are
required; `questions` (one on a line, or separated by |), `topic`, `department`, `official`, `valid_from`, `valid_until`,
`review_on`, `source`, `language`, `dispute` may be missing or empty. UTF-8, or CP949 as old spreadsheets write it.
"""

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from centre120.entries import safe_cell
from centre120.errors import CentreError, Fault
from centre120.settings import load_settings
from ops.progress import complain
from ops.sheets import is_sheet, sheet_rows, write_sheet


@click.group(name="entries", context_settings={"help_option_names": ["-h", "--help"]})
def entries() -> None:
    """The consultation database: import, export, index again."""


@entries.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--reason", default="import", show_default=True, help="Kept with every version that is written."
)
@click.option("--check", is_flag=True, help="Only say what would happen; write nothing.")
@click.option(
    "--rejected",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write line, code and why of every rejected row to this CSV file, too.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def import_entries(file: Path, reason: str, check: bool, rejected: Path | None, as_json: bool) -> None:
    """Load FILE (CSV or XLSX); an entry whose code is there becomes a new version if it differs.

    Every row that is not taken is named with its line and why. Exit code 1 when there is one; the others are loaded.
    """
    from centre120.store.consultation_import import load_rows
    from centre120.store.database import Database

    rows = file_rows(file)
    database = Database(
        load_settings().sqlalchemy_url, statement_seconds=300.0, pool_size=1, application="entries"
    )
    try:
        report = load_rows(
            database,
            rows,
            reason,
            datetime.now(UTC),
            check=check,
            progress=lambda _: None if as_json else complain(_),
        )
    finally:
        database.close()
    if rejected is not None:
        _write_csv(
            rejected,
            ("line", "code", "why"),
            [{name: safe_cell(str(told)) for name, told in vars(one).items()} for one in report.rejected],
        )
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        would = "would be " if check else ""
        print(
            f"{len(rows)} rows: {report.added} {would}added, {report.changed} {would}changed,"
            f" {report.unchanged} as they were, {len(report.rejected)} rejected"
        )
        for one in report.rejected:
            print(f"  line {one.line} ({one.code or 'no code'}): {one.why}")
    sys.exit(1 if report.rejected else 0)


@entries.command(name="export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_entries(file: Path) -> None:
    """Write every entry to FILE: .xlsx as a workbook, else CSV (UTF-8 with a mark, so that spreadsheets read Korean).

    Cells that a spreadsheet would take for a formula begin with a quote; the import takes it away.
    """
    from centre120.store.consultation_import import COLUMNS, list_rows
    from centre120.store.database import Database

    database = Database(
        load_settings().sqlalchemy_url, statement_seconds=300.0, pool_size=1, application="entries"
    )
    try:
        with database.transaction() as tx:
            rows = list_rows(tx)
    finally:
        database.close()
    if file.suffix.lower() == ".xlsx":
        write_sheet(file, COLUMNS, rows)
    else:
        _write_csv(file, COLUMNS, rows)
    print(f"{len(rows)} entries written to {file}")


@entries.command(name="index")
def index_entries() -> None:
    """Index what the search does not know as it is now; after an upgrade that changed the search."""
    from centre120.store.consultation import index_stale_entries
    from centre120.store.consultation_search import analyse
    from centre120.store.database import Database

    database = Database(
        load_settings().sqlalchemy_url, statement_seconds=300.0, pool_size=1, application="entries"
    )
    try:
        with database.transaction() as tx:
            count = index_stale_entries(tx)
            analyse(tx)
    finally:
        database.close()
    print(f"{count} entries indexed")


def _write_csv(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)


def file_rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """(line, cells by column) of each row of a CSV or XLSX file, told apart by its first bytes."""
    from centre120.store.consultation_import import column_of

    if not is_sheet(file):
        return csv_rows(file)
    heading, *rows = sheet_rows(file) or [(1, [])]
    names = [column_of(name) for name in heading[1]]
    _check_columns(file, names)
    return [
        (number, {name: cell for name, cell in zip(names, cells, strict=False) if name})
        for number, cells in rows
    ]


def _check_columns(file: Path, names: Sequence[str]) -> None:
    missing = [name for name in ("code", "title", "answer") if name not in names]
    if missing:
        raise _unreadable(
            file,
            f"its first line does not name {', '.join(missing)}",
            "Name the columns: ./120 entries import --help.",
        )


def csv_rows(file: Path) -> list[tuple[int, dict[str, str]]]:
    """(line, cells by column) of each row. Raises `entries-unreadable`: not the columns, not the encoding, no CSV."""
    from centre120.store.consultation_import import column_of

    raw = file.read_bytes()
    for encoding in ("utf-8-sig", "cp949"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise _unreadable(file, "it is neither UTF-8 nor CP949", "Save it as CSV UTF-8.")
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        names = [column_of(name) for name in next(reader, [])]
        _check_columns(file, names)
        rows, line = [], reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, dict(zip(names, cells, strict=False))))
            line = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(file, f"line {reader.line_num}: {error}", "Save it as CSV again.") from error
    return rows


def _unreadable(file: Path, found: str, next_step: str) -> CentreError:
    return CentreError("entries-unreadable", f"{file} can not be read: {found}.", next_step, Fault.CITIZEN)

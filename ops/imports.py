"""`./120 import`: the calls of an old system come into the record, so that a centre sees its years of before."""

import codecs
import csv
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final, TextIO
from zoneinfo import ZoneInfo

import click

from centre120.entries import safe_cell
from centre120.errors import CentreError, Fault
from centre120.foreign_calls import ForeignCall, LeftOut, LogMapping, Rejected, Row, read_calls, read_mapping
from centre120.settings import Settings, load_settings
from centre120.store.database import Database
from centre120.store.imported_calls import (
    begin_import,
    end_import,
    list_imports,
    record_imported,
    undo_import,
)
from ops.progress import complain

AT_ONCE: Final = 10_000
TOLD_EVERY: Final = 200_000
SHOWN: Final = 100
GIVEN_UP: Final = ("abandoned", "short-abandoned", "abandoned-in-menu")


@click.group(name="import", context_settings={"help_option_names": ["-h", "--help"]})
def imports() -> None:
    """What another system has kept comes into the record: calls."""


@imports.command("calls")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--mapping",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML: which column is what, which word is which outcome. Not needed for the Anonymous Bank's log.",
)
@click.option("--check", is_flag=True, help="Only count and name what can not be read; write nothing.")
@click.option(
    "--rejected",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write row and reason of everything that can not be read to this CSV file.",
)
@click.option("--undo", type=int, metavar="ID", help="Take the calls of an import out again.")
@click.option("--list", "listed", is_flag=True, help="The imports that are in the record.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def import_calls(
    file: Path | None, mapping: Path | None, check: bool, rejected: Path | None, undo: int | None,
    listed: bool, as_json: bool,
) -> None:  # fmt: skip
    """Bring the call log FILE into the record, marked as imported. Importing a file again adds nothing.

    Rows that can not be read are named and left out. Exit code 1: not one row could be read.
    """
    if sum((file is not None, undo is not None, listed)) != 1:
        raise click.UsageError("give one of FILE, --undo ID and --list")
    settings = load_settings()
    if listed:
        _show_imports(settings, as_json)
    elif undo is not None:
        _undo(settings, undo, as_json)
    elif file is not None:
        told = run_import(settings, file, mapping, check=check, rejected=rejected, quiet=as_json)
        print(json.dumps(as_object(told), ensure_ascii=False) if as_json else as_text(told))
        sys.exit(1 if told.rejected and not told.outcomes else 0)


@dataclass
class Told:
    """What an import has seen so far. Seconds are sums over the answered calls."""

    outcomes: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    rejected: int = 0
    first_rejected: list[Rejected] = field(default_factory=list)
    waited: float = 0.0
    served: float = 0.0
    added: int = 0
    import_id: int | None = None
    days: tuple[str, str] | None = None

    def see(self, row: Row) -> None:
        """Count it."""
        if isinstance(row, Rejected):
            self.rejected += 1
            if len(self.first_rejected) < SHOWN:
                self.first_rejected.append(row)
        elif isinstance(row, LeftOut):
            self.left_out[row.why] += 1
        else:
            self.outcomes[row.outcome] += 1
            if row.outcome == "answered":
                self.waited += row.waited_seconds or 0.0
                self.served += row.talked_seconds or 0.0
            day = row.arrived_at.date().isoformat()
            self.days = (min(self.days[0], day), max(self.days[1], day)) if self.days else (day, day)


def run_import(
    settings: Settings, file: Path, mapping: Path | None, *, check: bool, rejected: Path | None, quiet: bool
) -> Told:
    """Read the file once from beginning to end, in batches of AT_ONCE; each is a transaction of its own."""
    how = _mapping_of(mapping)
    told, zone = Told(), ZoneInfo(settings.time_zone)
    database = None if check else Database(
        settings.sqlalchemy_url, statement_seconds=300.0, pool_size=1, application="import"
    )  # fmt: skip
    try:
        with _opened(file) as stream, _report(rejected) as report:
            rows = read_calls(stream, how)
            if database is not None:
                with database.transaction() as tx:
                    told.import_id = begin_import(tx, file.name)
            seen = 0
            while batch := list(islice(rows, AT_ONCE)):
                for row in batch:
                    told.see(row)
                    if isinstance(row, Rejected) and report is not None:
                        csv.writer(report).writerow([row.row, safe_cell(row.reason)])
                calls = [row for row in batch if isinstance(row, ForeignCall)]
                if database is not None and told.import_id is not None and calls:
                    with database.transaction() as tx:
                        told.added += record_imported(tx, told.import_id, calls, zone)
                seen += len(batch)
                if not quiet and seen % TOLD_EVERY == 0:
                    complain(f"{seen:,} rows read, {told.added:,} calls added")
        if database is not None and told.import_id is not None:
            with database.transaction() as tx:
                if not end_import(tx, told.import_id, told.rejected):
                    told.import_id = None
    finally:
        if database is not None:
            database.close()
    return told


def _mapping_of(path: Path | None) -> LogMapping | None:
    if path is None:
        return None
    try:
        return read_mapping(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CentreError(
            "mapping-invalid",
            f"{path} is no TOML: {error}.",
            "docs/reports.md has a mapping to begin with.",
            Fault.CITIZEN,
        ) from error


def _opened(file: Path) -> TextIO:
    """UTF-8 when the whole file is, else CP949, which reads what old Korean systems wrote."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with file.open("rb") as stream:
            while piece := stream.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        encoding = "utf-8-sig"
    except UnicodeDecodeError:
        encoding = "cp949"
    return file.open(encoding=encoding, errors="replace", newline=None)


class _report:
    """The file of rejected rows, open while it is needed; None when nobody asked for it."""

    def __init__(self, path: Path | None) -> None:
        self._stream = path.open("w", encoding="utf-8-sig", newline="") if path else None

    def __enter__(self) -> TextIO | None:
        if self._stream is not None:
            csv.writer(self._stream).writerow(["row", "reason"])
        return self._stream

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()


def as_object(told: Told) -> dict[str, Any]:
    """For a program. `abandoned`: every citizen who hung up before an agent answered; `abandoned_of` tells them apart."""
    answered = told.outcomes["answered"]
    return {
        "total": told.outcomes.total(),
        "answered": answered,
        "abandoned": sum(told.outcomes[name] for name in GIVEN_UP),
        "mean_wait": told.waited / answered if answered else None,
        "mean_service": told.served / answered if answered else None,
        "abandoned_of": {name: told.outcomes[name] for name in GIVEN_UP},
        "phantom": told.left_out["phantom"],
        "left_out": dict(told.left_out),
        "rejected": told.rejected,
        "rejected_rows": [vars(one) for one in told.first_rejected],
        "added": told.added,
        "import_id": told.import_id,
        "first_day": told.days[0] if told.days else None,
        "last_day": told.days[1] if told.days else None,
    }


def as_text(told: Told) -> str:
    """For a person."""
    shown = as_object(told)
    lines = [
        f"{shown['total']:,} calls from {shown['first_day']} to {shown['last_day']}: {shown['answered']:,} answered,"
        f" {shown['abandoned']:,} abandoned"
        if told.days
        else "No call could be read."
    ]
    if shown["mean_wait"] is not None:
        lines.append(
            f"mean wait {shown['mean_wait']:.2f} s, mean service {shown['mean_service']:.2f} s, of the answered"
        )
    lines += [f"{count:,} rows are no calls: {why}" for why, count in told.left_out.items()]
    if told.import_id is not None:
        lines.append(
            f"{told.added:,} added as import {told.import_id}; ./120 import calls --undo {told.import_id} takes them out"
        )
    else:
        lines.append("Nothing was added.")
    if told.rejected:
        lines.append(f"{told.rejected:,} rows could not be read:")
        lines += [f"  row {one.row}: {one.reason}" for one in told.first_rejected]
    return "\n".join(lines)


def _batches_undone(database: Database, import_id: int) -> Iterator[int]:
    count = -1
    while count:
        with database.transaction() as tx:
            count = undo_import(tx, import_id, AT_ONCE)
        yield count


def _undo(settings: Settings, import_id: int, as_json: bool) -> None:
    database = Database(settings.sqlalchemy_url, statement_seconds=300.0, pool_size=1, application="import")
    try:
        removed = sum(_batches_undone(database, import_id))
    finally:
        database.close()
    print(json.dumps({"import_id": import_id, "removed": removed}) if as_json
          else f"{removed:,} calls of import {import_id} are out of the record.")  # fmt: skip


def _show_imports(settings: Settings, as_json: bool) -> None:
    database = Database(settings.sqlalchemy_url, pool_size=1, application="import")
    try:
        with database.transaction() as tx:
            found = list_imports(tx)
    finally:
        database.close()
    if as_json:
        print(json.dumps([vars(one) for one in found], default=str, ensure_ascii=False))
        return
    for one in found:
        ended = "" if one.ended_at else ", interrupted"
        print(
            f"{one.import_id:>6}  {one.begun_at:%Y-%m-%d %H:%M}  {one.added:>10,} calls  {one.file_name}{ended}"
        )
    if not found:
        print("Nothing was imported.")

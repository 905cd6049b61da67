"""`./120 books`: do three witnesses agree on every INVITE? The edge of centre120/books.py.

`balance` is for programs too: whatever injects faults or makes load ends with it.
"""

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from centre120.books import SETTLE_SECONDS, Books, CallRow, Circumstances, keep_books
from centre120.errors import CentreError, Fault
from centre120.settings import Settings, load_settings
from centre120.store.books import KeptBooks, list_call_rows, list_kept_books
from centre120.store.database import Database, StoreUnavailable
from centre120.store.witness_lines import list_positions
from ops.progress import complain
from ops.recorder.recorder import asterisk_start
from ops.witness_files import Files, list_parts, read_files, silent_writers

BALANCED, UNBALANCED, NOT_ASKED = 0, 1, 2
CATCH_UP_SECONDS = 5.0
POLL_SECONDS = 0.1
NIGHTS_SHOWN = 30


def balance(
    settings: Settings,
    since: datetime,
    until: datetime | None = None,
    *,
    patience_seconds: float = CATCH_UP_SECONDS,
    say: Callable[[str], None] = lambda _: None,
) -> Books:
    """The books of the calls that arrived from `since` (aware) to `until` (default: now).

    Waits up to `patience_seconds` each for the last events to settle and for the recorder to catch up; what it has not
    read by then is in `unread_records` and `not_judged`. Raises StoreUnavailable when PostgreSQL can not be asked.
    """
    if until is None:
        _settle(settings, patience_seconds)
    live = live_channels(settings)
    silent = silent_writers(settings)
    read_at = datetime.now(UTC)
    files = read_files(settings, since.astimezone(UTC))
    database = Database(settings.sqlalchemy_url, statement_seconds=60.0, pool_size=1, application="books")
    try:
        positions = _catch_up(database, files, patience_seconds, say)
        end = min(until.astimezone(UTC), read_at) if until else read_at
        with database.transaction() as tx:
            rows = list_call_rows(tx, since, end, *_named(files))
    finally:
        database.close()
    known = Circumstances(
        since.astimezone(UTC),
        read_at,
        end,
        live,
        asterisk_start(settings),
        _unread_calls(files, positions),
        silent,
    )
    made = keep_books(files.sip, files.journal, rows, known)
    return replace(made, unread_records=_unread(files, positions), notes=_notes(files, rows, known))


def _settle(settings: Settings, patience_seconds: float) -> None:
    """Let the last events come to rest: what is younger than SETTLE_SECONDS is not judged."""
    deadline = time.monotonic() + max(patience_seconds, SETTLE_SECONDS + 0.5) if patience_seconds else 0.0
    while time.monotonic() < deadline:
        newest = 0.0
        for part in list_parts(settings):
            with contextlib.suppress(OSError):
                newest = max(newest, part.path.stat().st_mtime)
        if time.time() - newest > SETTLE_SECONDS + 0.2:
            return
        time.sleep(POLL_SECONDS)


def _named(files: Files) -> tuple[set[UUID], set[str]]:
    calls = {call.key for call in files.sip.complete()} | set(files.journal.calls)
    return calls, {call.channel_id for call in files.sip.complete()}


def _catch_up(
    database: Database, files: Files, patience_seconds: float, say: Callable[[str], None]
) -> dict[str, int]:
    """How far the recorder has read, once it knows what we know or our patience has ended."""
    deadline, told = time.monotonic() + patience_seconds, False
    while True:
        with database.transaction() as tx:
            positions = list_positions(tx)
        behind = [file for file, size in files.sizes.items() if positions.get(file, 0) < size]
        if not behind or time.monotonic() >= deadline:
            return positions
        if not told:
            told = True
            say(f"{_unread(files, positions)} records are not yet in the database: waiting for the recorder")
        time.sleep(POLL_SECONDS)


def _unread(files: Files, positions: Mapping[str, int]) -> int:
    """Lines of the files that the recorder has not read."""
    count = 0
    for part in files.parts:
        position, end = positions.get(part.file_id, 0), files.sizes[part.file_id]
        with contextlib.suppress(OSError), part.path.open("rb") as file:
            file.seek(position)
            while position < end and (block := file.read(min(1 << 20, end - position))):
                count += block.count(b"\n")
                position += len(block)
    return count


def _unread_calls(files: Files, positions: Mapping[str, int]) -> frozenset[UUID]:
    marked = [(call.key, call.marks) for call in files.sip.complete()]
    marked += [(call.call_id, call.marks) for call in files.journal.calls.values()]
    return frozenset(
        key for key, marks in marked if any(positions.get(file, 0) < end for file, end in marks.items())
    )


def _notes(files: Files, rows: list[CallRow], known: Circumstances) -> list[str]:
    notes = []
    if files.unreadable:
        notes.append(
            f"{files.unreadable} lines of the files can not be read; the table rejected_lines has the reasons"
        )
    begins = files.cel_begins_at
    if rows and (begins is None or min(row.arrived_at for row in rows) < begins - timedelta(seconds=60)):
        since = begins.isoformat() if begins else "nowhere"
        notes.append(f"Asterisk's event files begin {since}: calls before that have no first witness")
    if known.live is None:
        notes.append(
            "Asterisk could not be asked which channels live: calls without an end count as going on"
        )
    return notes


def live_channels(settings: Settings) -> frozenset[str] | None:
    """The channels of our Asterisk (uniqueids), or None when it does not answer."""
    program = settings.parts_dir / "bin" / "asterisk"
    configuration = settings.asterisk_dir / "etc" / "asterisk.conf"
    if not program.exists() or not configuration.exists():
        return None
    command = [str(program), "-C", str(configuration), "-rx", "core show channels concise"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", check=False, timeout=5
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0 or "Unable to connect" in done.stdout + done.stderr:
        return None
    return frozenset(line.rsplit("!", 1)[1].strip() for line in done.stdout.splitlines() if "!" in line)


# --- the command ----------------------------------------------------------------------------------------------


def parse_since(text: str | None, zone: ZoneInfo, now: datetime) -> datetime:
    """ISO 8601 (the centre's zone unless it names one), or `90m`, `24h`, `7d` back from `now`; None: today 00:00."""
    if not text:
        return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    back = re.fullmatch(r"([0-9]{1,5})([mhd])", text.strip())
    if back:
        unit = {"m": "minutes", "h": "hours", "d": "days"}[back[2]]
        return now - timedelta(**{unit: int(back[1])})
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise CentreError(
            "since-invalid",
            f"--since {text}: neither a time nor a span.",
            "Write 2026-11-21, 2026-11-21T09:30, 90m, 24h or 7d.",
            Fault.CONFIGURATION,
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def to_json(made: Books) -> dict[str, Any]:
    """For programs, and as it is kept."""
    found = [
        {
            **asdict(one),
            "call_id": str(one.call_id) if one.call_id else None,
            "at": one.at.isoformat() if one.at else None,
        }
        for one in made.discrepancies
    ]
    return {
        "balanced": made.balanced,
        "since": made.since.isoformat(),
        "until": made.until.isoformat(),
        "invites": made.invites,
        "endings": dict(made.endings),
        "going_on": [str(one) for one in made.going_on],
        "too_young": made.too_young,
        "not_judged": [str(one) for one in made.not_judged],
        "unread_records": made.unread_records,
        "discrepancies": found,
        "notes": list(made.notes),
    }


def to_text(made: Books, zone: ZoneInfo) -> str:
    """For a person."""
    since, until = (f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}" for at in (made.since, made.until))
    lines = [f"Books of the calls from {since} to {until} ({zone.key})", ""]
    for one in made.discrepancies:
        at = f"  {one.at.astimezone(zone):%Y-%m-%d %H:%M:%S}" if one.at else ""
        lines.append(
            f"{one.kind} ({one.witness}): call {one.call_id or '-'}  channel {one.channel_id or '-'}{at}"
        )
        lines.append(f"    {one.text}")
        lines += [f"    {witness + ':':<9}{words}" for witness, words in one.said.items()]
        lines += [f"    -> {one.next_step}", ""]
    lines.append(f"{'INVITEs':<20}{made.invites:>8}")
    lines += [f"  {ending:<18}{count:>8}" for ending, count in made.endings.items()]
    if made.going_on:
        lines.append(f"  {'going on':<18}{len(made.going_on):>8}   {_some(made.going_on)}")
    if made.not_judged:
        lines.append(f"  {'not judged yet':<18}{len(made.not_judged):>8}   {_some(made.not_judged)}")
    if made.too_young:
        lines.append(f"{'just arrived':<20}{made.too_young:>8}   not counted yet")
    lines += ["", *(f"Note: {note}." for note in made.notes)]
    if made.unread_records:
        lines.append(
            f"{made.unread_records} records are not yet in the database: ./120 status says whether the recorder runs."
        )
    lines.append("Balanced." if made.balanced else f"NOT balanced: {len(made.discrepancies)} discrepancies.")
    return "\n".join(lines)


def _some(ids: Any) -> str:
    return ", ".join(str(one) for one in ids[:5]) + (" ..." if len(ids) > 5 else "")


def kept_text(kept: KeptBooks, zone: ZoneInfo) -> str:
    """One night, one line."""
    since, until = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (kept.since_at, kept.until_at))
    verdict = "balanced" if kept.balanced else f"NOT balanced: {kept.discrepancies} discrepancies"
    counts = (
        f"{kept.invites} INVITEs = {kept.answered} answered + {kept.abandoned} abandoned"
        f" + {kept.callback_requested} call-backs + {kept.refused} refused + {kept.self_served} self-served"
        f" + {kept.cut_by_system} cut + {kept.going_on} going on"
    )
    unread = f"; {kept.unread_records} records unread" if kept.unread_records else ""
    return f"{since} - {until}  {verdict}{unread}  {counts}"


def _print_kept(settings: Settings, as_json: bool) -> int:
    database = Database(settings.sqlalchemy_url, pool_size=1, application="books")
    try:
        with database.transaction() as tx:
            nights = list_kept_books(tx, NIGHTS_SHOWN)
    finally:
        database.close()
    if as_json:
        print(json.dumps([asdict(night) for night in nights], default=str, ensure_ascii=False))
    elif not nights:
        print(f"No night's books are kept yet; the recorder makes them at {settings.books_at}.")
    else:
        print("\n".join(kept_text(night, ZoneInfo(settings.time_zone)) for night in nights))
    return BALANCED if not nights or nights[0].balanced else UNBALANCED


@click.command("books")
@click.option("--since", help="From when: 2026-11-21T09:30, 90m, 24h, 7d. Default: today 00:00.")
@click.option("--kept", is_flag=True, help="Show the last 30 nights' books instead, the newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def books(since: str | None, kept: bool, as_json: bool) -> None:
    """Account for every INVITE by three witnesses: Asterisk's events, the journals, the table of calls.

    Exit code 0: balanced; 1: not (each discrepancy is printed with its call); 2: could not be asked.
    """
    settings = load_settings()
    zone = ZoneInfo(settings.time_zone)
    try:
        if kept:
            sys.exit(_print_kept(settings, as_json))
        begin = parse_since(since, zone, datetime.now(UTC))
        made = balance(settings, begin, say=complain)
    except StoreUnavailable as error:
        complain(f"120: {error.text}\n     Asterisk's events and the journals wait in their files."
                 f" {error.next_step} [{error.code}]")  # fmt: skip
        sys.exit(NOT_ASKED)
    except CentreError as error:
        complain(f"120: {error.text}\n     {error.next_step} [{error.code}]")
        sys.exit(NOT_ASKED)
    print(json.dumps(to_json(made), ensure_ascii=False) if as_json else to_text(made, zone))
    sys.exit(BALANCED if made.balanced else UNBALANCED)

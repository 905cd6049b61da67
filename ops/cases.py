"""`./120 cases`: upkeep of what cases hold. Each step is a transaction of its own: the centre runs on meanwhile."""

import csv
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

import click

from centre120.errors import CentreError, Fault
from centre120.settings import load_settings
from ops.progress import say
from ops.secrets import write_secret

AT_ONCE = 500


@click.group(name="cases", context_settings={"help_option_names": ["-h", "--help"]})
def cases() -> None:
    """Cases: seal numbers, change the key they are sealed with."""


@cases.command(name="rotate-key")
def rotate_key() -> None:
    """Seal all resident registration numbers with a new key and take the old ones away.

    Safe to interrupt: the old keys go last. Run it with the centre up, and again whenever somebody may have read the key.
    """
    from centre120.store.database import Database
    from centre120.store.sealed import rotate_seals, sealer_of

    settings = load_settings()
    path = settings.home / "secrets" / "record_keys"
    owner = path.stat()
    old = path.read_text(encoding="ascii").strip()
    new = secrets.token_urlsafe(32)
    _write(path, f"{new}\n{old}\n", owner)  # from here on programs seal with the new one, and open both
    database = Database(settings.sqlalchemy_url, statement_seconds=60.0, pool_size=1, application="cases")
    done = last = 0
    try:
        count = -1
        while count:
            with database.transaction() as tx:
                count, last = rotate_seals(tx, sealer_of(f"{new}\n{old}"), last, AT_ONCE)
            done += count
    finally:
        database.close()
    _write(path, f"{new}\n", owner)
    print(f"{done} numbers sealed again; the old key is gone. Back up {path}, apart from the database.")


@cases.command(name="seal")
def seal() -> None:
    """Mask and seal the resident registration numbers that older versions of the centre stored, in texts and their history."""
    from centre120.store.database import Database
    from centre120.store.old_numbers import seal_old_numbers
    from centre120.store.sealed import sealer_of

    settings = load_settings()
    key = sealer_of(settings.secret("record_keys"))
    database = Database(settings.sqlalchemy_url, statement_seconds=60.0, pool_size=1, application="cases")
    last: int | None = 0
    changed = 0
    try:
        while last is not None:
            with database.transaction() as tx:
                last, count = seal_old_numbers(tx, last, key, datetime.now(UTC), AT_ONCE)
            changed += count
            if last is not None and last % (AT_ONCE * 100) < AT_ONCE:
                say(f"cases up to {last} looked through")
    finally:
        database.close()
    print(f"{changed} cases held numbers that are masked and sealed now.")


@cases.command(name="index")
def index() -> None:
    """Let the search know the cases that it does not know: once after the upgrade that brought the search."""
    from centre120.store.case_search import analyse_cases, index_missing_cases
    from centre120.store.database import Database

    database = Database(
        load_settings().sqlalchemy_url, statement_seconds=300.0, pool_size=1, application="cases"
    )
    done, count = 0, -1
    try:
        while count:
            with database.transaction() as tx:
                count = index_missing_cases(tx, AT_ONCE)
            done += count
            if done % (AT_ONCE * 20) == 0 and count:
                say(f"{done} cases indexed")
        with database.transaction() as tx:
            analyse_cases(tx)
    finally:
        database.close()
    print(f"{done} cases indexed")


@cases.command(name="places")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def places(file: Path) -> None:
    """Load the gazetteer from FILE: CSV, UTF-8; a place whose code is there is replaced.

    Columns: code, kind, name_ko, district; name_en, address, latitude, longitude may be missing or empty.
    """
    from centre120.store.database import Database
    from centre120.store.places import place_row, record_places

    rows: list[dict[str, object]] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows.extend(place_row(cells) for cells in csv.DictReader(stream))
    except (KeyError, ValueError, AttributeError) as error:
        raise CentreError(
            "places-unreadable",
            f"{file}, line {len(rows) + 2}: {type(error).__name__} {error}; nothing was loaded.",
            "See ./120 cases places --help for the columns.",
            Fault.CITIZEN,
        ) from error
    database = Database(
        load_settings().sqlalchemy_url, statement_seconds=60.0, pool_size=1, application="cases"
    )
    try:
        with database.transaction() as tx:
            count = record_places(tx, rows)
    finally:
        database.close()
    print(f"{count} places loaded")


def _write(path: Path, text: str, owner: os.stat_result) -> None:
    """Whole or not at all, and still readable to the account the programs run as."""
    write_secret(path, text)
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid)

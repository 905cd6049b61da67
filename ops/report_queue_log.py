"""`./120 report queue-log`: the record in Asterisk's own format, for programs that read nothing else."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

import click

from centre120.logs import masked
from centre120.queue_log import in_order
from centre120.settings import load_settings
from centre120.store.database import Database
from centre120.store.queue_calls import list_queue_calls
from ops.periods import midnight, moment
from ops.users import asked


@click.command("queue-log")
@click.option("--from", "since", help="Local date or time. [default: today]")
@click.option("--to", "until", help="The first moment that is not counted. [default: a day after --from]")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to this file (0600), not to the terminal.",
)
@click.option("--numbers", is_flag=True, help="Callers' numbers whole; they are masked otherwise.")
def queue_log(since: str | None, until: str | None, output: Path | None, numbers: bool) -> None:
    """The calls of a period as Asterisk's queue_log has them: ENTERQUEUE, CONNECT, ABANDON, COMPLETE...; oldest first."""
    settings = load_settings()
    zone = ZoneInfo(settings.time_zone)
    start = moment(since, "--from", zone) if since else midnight(datetime.now(UTC), zone)
    end = moment(until, "--to", zone) if until else start + timedelta(days=1)
    with asked(settings, "The log was not written") as database:
        if output is None:
            write_log(database, start, end, sys.stdout, numbers=numbers)
            return
        output.unlink(missing_ok=True)
        output.touch(0o600)
        with output.open("w", encoding="utf-8") as stream:
            count = write_log(database, start, end, stream, numbers=numbers)
    print(f"{count:,} lines in {output}")


def write_log(database: Database, since: datetime, until: datetime, stream: TextIO, *, numbers: bool) -> int:
    """A day at a time, the lines of all in the order of their moments; how many."""

    def shown(number: str | None) -> str:
        return (number if numbers else masked(number)) if number else ""

    waiting: list[tuple[datetime, str]] = []
    count, start = 0, since
    while start < until:
        end = min(start + timedelta(days=1), until)
        with database.transaction() as tx:
            waiting += in_order(list_queue_calls(tx, start, end, shown))
        waiting.sort(key=lambda event: event[0])
        due = [event for event in waiting if event[0] < end or end == until]
        waiting = waiting[len(due) :]  # a talk over midnight ends among the next day's lines
        stream.writelines(f"{line}\n" for _, line in due)
        count += len(due)
        start = end
    return count

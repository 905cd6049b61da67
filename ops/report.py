"""`./120 report interval`: the figures of a period, grouped as asked, on the command line. Numbers only, no person."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from centre120.errors import CentreError, Fault
from centre120.metrics import Totals, figures
from centre120.settings import load_settings
from centre120.store.reports import DIMENSIONS, TIMES, Group, list_totals
from ops.periods import midnight, moment
from ops.report_queue_log import queue_log
from ops.report_staffing import staffing
from ops.report_work import agents, departments
from ops.users import asked

HEAD = ("offered", "answered", "abandoned", "short", "level", "ASA", "AHT", "longest", "no forward")


@click.group("report")
def report() -> None:
    """Figures of the centre; what each means: docs/reports.md."""


report.add_command(queue_log)
report.add_command(staffing)
report.add_command(agents)
report.add_command(departments)


@report.command("interval")
@click.option("--from", "since", help="Local date or time, 2026-11-21 or 2026-11-21T09:00. [default: today]")
@click.option("--to", "until", help="The first moment that is not counted. [default: a day after --from]")
@click.option(
    "--by",
    default="queue,half-hour",
    show_default=True,
    help=f"Groups, separated by commas: {', '.join(DIMENSIONS)}. An empty text: one line.",
)
@click.option("--within", default=15.0, show_default=True, help="T of the service level, seconds.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def interval(since: str | None, until: str | None, by: str, within: float, as_json: bool) -> None:
    """Offered, answered, abandoned, service level, ASA, AHT and the rest, of the calls that joined the queue in a period."""
    settings = load_settings()
    zone = ZoneInfo(settings.time_zone)
    start = moment(since, "--from", zone) if since else midnight(datetime.now(UTC), zone)
    end = moment(until, "--to", zone) if until else start + timedelta(days=1)
    groups_by = [name.strip() for name in by.split(",") if name.strip()]
    for name in groups_by:
        if name not in DIMENSIONS:
            raise CentreError(
                "no-such-group",
                f"--by {name}: calls are not grouped by that.",
                f"Give any of {', '.join(DIMENSIONS)}.",
                Fault.CONFIGURATION,
            )
    with asked(settings, "The report was not made") as database, database.transaction() as tx:
        groups = list_totals(tx, start, end, groups_by, within, settings.time_zone)
    if as_json:
        print(json.dumps(as_object(groups, groups_by, start, end, within), ensure_ascii=False))
    else:
        print(as_text(groups, groups_by, within))


def whole(groups: Sequence[Group]) -> Totals:
    """All of them together."""
    return sum((totals for _, totals in groups), Totals())


def as_object(
    groups: Sequence[Group], by: Sequence[str], since: datetime, until: datetime, within: float
) -> dict[str, object]:
    """For a program: totals and figures of each group and of all together."""
    return {
        "from": since.isoformat(),
        "to": until.isoformat(),
        "within_seconds": within,
        "by": list(by),
        "groups": [{**dict(zip(by, key, strict=True)), **_both(totals)} for key, totals in groups],
        "total": _both(whole(groups)),
    }


def _both(totals: Totals) -> dict[str, object]:
    rounded = {name: value if value is None else round(value, 4) for name, value in figures(totals).items()}
    return {**vars_of(totals), **rounded}


def vars_of(totals: Totals) -> dict[str, float]:
    """The sums by name, seconds rounded to a tenth."""
    return {
        name: round(getattr(totals, name), 1) if "seconds" in name else int(getattr(totals, name))
        for name in Totals.__dataclass_fields__
    }


def as_text(groups: Sequence[Group], by: Sequence[str], within: float) -> str:
    """A table for a person; the last line is the whole."""
    wide = [16 if name in TIMES else 10 for name in by]
    head = "  ".join(f"{name:<{width}}" for name, width in zip(by, wide, strict=True))
    lines = [f"{head}  " + "  ".join(f"{word:>10}" for word in HEAD)]
    for key, totals in groups:
        start = "  ".join(f"{value:<{width}}" for value, width in zip(key, wide, strict=True))
        lines.append(f"{start}  {_cells(totals)}")
    lines.append(f"{'all':<{len(head)}}  {_cells(whole(groups))}")
    lines.append(
        f"level: answered within {within:g} s of those answered or abandoned after 5 s. ASA, AHT, longest wait in seconds. "
        "Definitions: docs/reports.md"
    )
    return "\n".join(lines)


def _cells(totals: Totals) -> str:
    made = figures(totals)
    counts = (totals.offered, totals.answered, totals.abandoned, totals.short_abandoned)
    shares = (made["service_level"], made["without_forwarding"])
    level, forwarding = ("-" if share is None else f"{share:.1%}" for share in shares)
    seconds = (made["asa_seconds"], made["aht_seconds"], totals.longest_wait_seconds)
    asa, aht, longest = ("-" if value is None else f"{value:.1f}" for value in seconds)
    return "  ".join(f"{cell:>10}" for cell in (*counts, level, asa, aht, longest, forwarding))

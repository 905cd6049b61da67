"""`./120 report staffing`: agents for each half hour of a day to come."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from centre120.errors import CentreError, Fault
from centre120.settings import load_settings
from centre120.staffing import HalfHour, Target, plan_of
from centre120.store.holidays import office_holidays
from centre120.store.reports import half_hours_by_day
from ops.users import asked


@click.command("staffing")
@click.option("--day", "written", help="2026-11-30. [default: tomorrow]")
@click.option(
    "--target",
    "share",
    default=0.8,
    show_default=True,
    type=click.FloatRange(0, 0.999),
    help="Share answered within T.",
)
@click.option("--within", default=15.0, show_default=True, type=click.FloatRange(0, 3600), help="T, seconds.")
@click.option(
    "--weeks",
    default=8,
    show_default=True,
    type=click.IntRange(1, 52),
    help="How many like days before are the forecast.",
)
@click.option(
    "--patience",
    type=click.FloatRange(1, 86_400),
    help="Mean seconds citizens wait before they give up: Erlang A. [default: Erlang C, nobody gives up]",
)
@click.option(
    "--shrinkage",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 0.9),
    help="Share of the paid time that is no time at the phone.",
)
@click.option(
    "--growth",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.01, 100),
    help="Times as many calls as on the days before.",
)
@click.option("--language", help="Of one language alone. [default: all]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def staffing(
    written: str | None, share: float, within: float, weeks: int, patience: float | None, shrinkage: float, growth: float,
    language: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Agents each half hour of a day needs, from the same weekday's calls (holidays apart) and Erlang's formulas."""
    settings = load_settings()
    zone = ZoneInfo(settings.time_zone)
    today = datetime.now(UTC).astimezone(zone).date()
    day = _day(written) if written else today + timedelta(days=1)
    target = Target(share, within, patience, shrinkage)
    with asked(settings, "The plan was not made") as database, database.transaction() as tx:
        holidays = office_holidays(tx)
        days, rows = plan_of(
            day,
            today,
            lambda first, until: half_hours_by_day(tx, first, until, settings.time_zone, language),
            holidays,
            target,
            weeks,
            growth,
        )
    if not days:
        raise CentreError(
            "no-like-days",
            f"There is no call on record of a day like {day} before it.",
            "Import the call log of the old system (./120 import calls), or name another day.",
            Fault.CONFIGURATION,
        )
    if as_json:
        told = {
            "day": day.isoformat(),
            "holiday": holidays.name_of(day),
            "like_days": [one.isoformat() for one in days],
        }
        print(
            json.dumps(
                {**told, "target": vars(target), "half_hours": [_rounded(row) for row in rows]},
                ensure_ascii=False,
            )
        )
    else:
        print(as_text(day, days, rows, target))


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise CentreError(
            "not-a-time", f"--day {written}: that is no date.", "Write 2026-11-30.", Fault.CONFIGURATION
        ) from None


def _rounded(row: HalfHour) -> dict[str, object]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in vars(row).items()}


def as_text(day: date, days: list[date], rows: list[HalfHour], target: Target) -> str:
    """A table for a person."""
    lines = [
        f"{'':<7}{'calls':>8}{'AHT':>8}{'erlang':>9}{'agents':>8}{'rostered':>10}{'within T':>10}{'wait':>8}"
    ]
    lines += [
        f"{row.start:<7}{row.calls:>8.1f}{row.handling_seconds:>8.0f}{row.erlang:>9.2f}{row.agents:>8}{row.rostered:>10}"
        f"{row.answered_within:>10.1%}{row.wait_seconds:>8.1f}"
        for row in rows
    ]
    model = "Erlang C: nobody gives up" if target.patience_seconds is None else "Erlang A: citizens give up"
    lines.append(
        f"{day}: the mean of {', '.join(map(str, days))}. {target.share:.0%} within {target.within_seconds:g} s. {model}."
    )
    return "\n".join(lines)

"""`./120 report agents` and `report departments`: what becomes of the agents' time, and how departments pick up."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from centre120.call_words import AGENT_STATES
from centre120.metrics import occupancy
from centre120.settings import Settings, load_settings
from centre120.store.work_reports import list_pick_ups, list_state_seconds
from ops.periods import midnight, moment
from ops.users import asked


def _period(settings: Settings, since: str | None, until: str | None) -> tuple[datetime, datetime]:
    zone, now = ZoneInfo(settings.time_zone), datetime.now(UTC)
    start = moment(since, "--from", zone) if since else midnight(now, zone)
    end = moment(until, "--to", zone) if until else start + timedelta(days=1)
    return start, max(start, min(end, now))


@click.command("agents")
@click.option("--from", "since", help="Local date or time. [default: today]")
@click.option("--to", "until", help="The first moment that is not counted. [default: a day after --from]")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def agents(since: str | None, until: str | None, as_json: bool) -> None:
    """Time of each agent in each state, and occupancy: at work on calls / that and available."""
    settings = load_settings()
    period = _period(settings, since, until)
    with asked(settings, "The report was not made") as database, database.transaction() as tx:
        found = list_state_seconds(tx, *period)
    if as_json:
        print(
            json.dumps(
                [{"agent": one, "occupancy": occupancy(told), "seconds": told} for one, told in found.items()]
            )
        )
        return
    print(f"{'agent':<10}" + "".join(f"{state:>15}" for state in AGENT_STATES) + f"{'occupancy':>12}")
    for one, told in found.items():
        share = occupancy(told)
        shown = "-" if share is None else f"{share:.1%}"
        print(
            f"{one:<10}"
            + "".join(f"{told.get(state, 0.0):>15.0f}" for state in AGENT_STATES)
            + f"{shown:>12}"
        )


@click.command("departments")
@click.option("--from", "since", help="Local date or time. [default: today]")
@click.option("--to", "until", help="The first moment that is not counted. [default: a day after --from]")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def departments(since: str | None, until: str | None, as_json: bool) -> None:
    """Transfers to each department: tried, picked up, the mean ringing of those; what was broken off before is left out."""
    settings = load_settings()
    period = _period(settings, since, until)
    with asked(settings, "The report was not made") as database, database.transaction() as tx:
        found = list_pick_ups(tx, *period)
    if as_json:
        told = [{"department_id": key, "department": name, "tried": one.tried, "picked_up": one.picked_up, "share": one.share,
                 "mean_ring_seconds": one.mean_ring_seconds} for key, name, one in found]  # fmt: skip
        print(json.dumps(told, ensure_ascii=False))
        return
    for _, name, one in found:
        ring = "-" if one.mean_ring_seconds is None else f"{one.mean_ring_seconds:.1f} s"
        print(
            f"{one.tried:>7} tried {one.picked_up:>7} picked up {one.share or 0:>7.1%}  rang {ring:>8}  {name}"
        )
    if not found:
        print("No transfer in this period.")

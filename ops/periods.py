"""Local dates and times as they are given on the command line."""

from datetime import datetime
from zoneinfo import ZoneInfo

from centre120.errors import CentreError, Fault


def moment(written: str, option: str, zone: ZoneInfo) -> datetime:
    """A local date or time as an aware datetime. Raises `not-a-time`."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise CentreError(
            "not-a-time",
            f"{option} {written}: that is no date and no time.",
            "Write 2026-11-21 or 2026-11-21T09:00.",
            Fault.CONFIGURATION,
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the day in the centre's zone."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)

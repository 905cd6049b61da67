"""The figures of a wallboard: today and this half hour, and what is owed. Numbers only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from centre120.metrics import Totals
from centre120.store.database import Transaction
from centre120.store.reports import list_totals
from centre120.store.schema.calls import callback_requests
from centre120.store.schema.cases import cases


@dataclass(frozen=True)
class BoardFigures:
    """`today` since midnight of the centre's zone, `half_hour` since the last full or half hour, both up to the moment asked."""

    today: Totals
    half_hour: Totals
    call_backs_owed: int
    cases_today: dict[str, int]  # by status


def board_figures(tx: Transaction, now: datetime, zone: str, within_seconds: float) -> BoardFigures:
    """`now` is aware. The end is the next full quarter of an hour, so that the kept sums can answer."""
    local = now.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    half = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
    end = half + timedelta(minutes=30)

    def totals(since: datetime) -> Totals:
        [(_, found)] = list_totals(tx, since, end, (), within_seconds, zone)
        return found

    owed = select(func.count()).select_from(callback_requests).where(callback_requests.c.done_at.is_(None))
    by_status = (
        select(cases.c.status, func.count()).where(cases.c.opened_at >= midnight).group_by(cases.c.status)
    )
    return BoardFigures(
        totals(midnight),
        totals(half),
        tx.execute(owed).scalar_one(),
        {status: count for status, count in tx.execute(by_status)},
    )

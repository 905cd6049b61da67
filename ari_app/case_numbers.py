"""The numbers of the cases this worker opens: its journal alone keeps the count, no database is asked. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from centre120.cases import case_number


class CaseNumbers:
    """Numbers of `writer` (1-9), by days of `zone`, from behind the highest of today in the `records` of its journal."""

    def __init__(
        self, writer: int, zone: tzinfo, records: Iterable[Mapping[str, Any]], now: datetime
    ) -> None:
        self._writer, self._zone = writer, zone
        self._day = self._day_of(now)
        self._counter = 0
        for record in records:
            number = str(record.get("case_number") or "")
            if number.startswith(f"{self._day}{writer}"):
                self._counter = max(self._counter, int(number[7:12]))

    def next(self, at: datetime) -> str:
        """One more. Raises ValueError beyond what a day has room for (centre120/cases.py)."""
        if self._day_of(at) != self._day:
            self._day, self._counter = self._day_of(at), 0
        self._counter += 1
        return case_number(at.astimezone(self._zone).date(), self._writer, self._counter)

    def _day_of(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%y%m%d}"

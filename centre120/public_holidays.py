"""Public holidays of Korea, by the library `holidays`, and what a city has changed (temporary holidays are proclaimed late)."""

import functools
from collections.abc import Mapping
from datetime import date


@functools.lru_cache(maxsize=64)
def public_holidays(year: int) -> Mapping[date, str]:
    """Of one year, with substitutes; names in Korean. Computed, nothing is fetched."""
    import holidays  # late: it takes a while, and only due dates need it

    return dict(holidays.country_holidays("KR", years=year, language="ko"))


class OfficeHolidays:
    """Every holiday of every year, for `in`. `changes`: day -> name of a holiday added, None: people work."""

    def __init__(self, changes: Mapping[date, str | None] | None = None) -> None:
        self._changes = dict(changes or {})

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.name_of(day) is not None

    def name_of(self, day: date) -> str | None:
        """Its name, None on a day of work (or a plain weekend)."""
        if day in self._changes:
            return self._changes[day]
        return public_holidays(day.year).get(day)

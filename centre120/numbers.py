"""The numbers by which citizens reach us, and what each form means. Pure; dialplan/10-inbound.conf is compared with it by a test.

The integrated old numbers keep working for ever: 121 (waterworks), 128 (environment), 731-6114 and 730-0101 (city hall's old
switchboards). An area or country code before any of them means "from outside" the area.
"""

from typing import Final

ORIGINS: Final = {
    "120": "120",
    "121": "waterworks (old)",
    "128": "environment (old)",
    "7316114": "city hall (old)",
    "7300101": "city hall (old)",
}
"""Origin number to what it stood for."""

DIALLED: Final = {
    **{origin: (origin, False) for origin in ORIGINS},
    **{
        form: ("120", True)
        for form in ("02120", "031120", "+82120", "+822120", "+8231120", "+8202120", "+82031120")
    },
    **{form: ("121", True) for form in ("02121", "+822121")},
    **{form: ("128", True) for form in ("02128", "+822128")},
    **{form: ("7316114", True) for form in ("027316114", "+8227316114")},
    **{form: ("7300101", True) for form in ("027300101", "+8227300101")},
}
"""Everything we answer: as dialled to (origin number, from outside). Anything else gets 404."""


def meaning(dialled: str) -> tuple[str, bool] | None:
    """(origin number, from outside), or None for a number that is not ours."""
    return DIALLED.get(dialled)

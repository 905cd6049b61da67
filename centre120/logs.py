"""How every program logs: one JSON line per decision on standard output, citizens' numbers masked.

With settings.py the only file here that touches the outside (standard output).
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from centre120.resident_numbers import mask_resident_numbers

_NUMBER = re.compile(r"(?<![\w-])\+?\d{7,15}(?![\w-])")
_IDENTITIES = frozenset(
    {"call_id", "channel_id", "case_number", "seq", "offer_id", "transfer_id", "timestamp"}
)


def masked(number: str) -> str:
    """`01012345678` as `010****5678`: enough to recognise, not enough to dial."""
    digits = number.strip()
    if len(digits) < 7:
        return "***"
    return digits[:3] + "*" * (len(digits) - 7) + digits[-4:]


def mask_numbers(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor: what looks like a telephone or resident number is masked, our own identities are not."""
    for key, value in event.items():
        if isinstance(value, str) and key not in _IDENTITIES:
            event[key] = _NUMBER.sub(lambda found: masked(found.group()), mask_resident_numbers(value))
    return event


def configure_logs(program: str, level: int = logging.INFO) -> None:
    """Set structlog and the standard library's logging up for one program."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_numbers,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(program=program)
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING, format="%(message)s", force=True)

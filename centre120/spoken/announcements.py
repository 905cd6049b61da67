"""Which prompts make an announcement, in order. Ids only: they are the same in every language.

`language` is part of the signature because a language may one day need another order; no rule here depends on it yet.
"""

from types import MappingProxyType

from centre120.spoken.generated import digit_ids, position_id, wait_id

CALLBACK_OFFER = "callback-offer"
STATUS_NOT_RIGHT = "status-not-right"  # no case can have that number
STATUS_UNKNOWN = "status-unknown"  # a number that could be right, and no case has it
STATUS_UNAVAILABLE = "status-unavailable"
STATUS_NUMBER = "status-number"  # "The case whose number ends in": the digits follow
STATUSES = MappingProxyType(
    {
        "open": "status-open",
        "with-department": "status-with-department",
        "resolved": "status-resolved",
        "closed": "status-closed",
        "reopened": "status-reopened",
    }
)
"""Case status -> prompt."""

DIGITS_SAID = 4
"""Of a case number: enough to know it is one's own, too few for a listener to use."""


def queue_announcement(
    language: str, position: int, expected_wait_seconds: float, may_call_back: bool
) -> tuple[str, ...]:
    """Place, expected wait, and the offer of key 1 to whom we can call back."""
    offer = (CALLBACK_OFFER,) if may_call_back else ()
    return (position_id(position), wait_id(expected_wait_seconds), *offer)


def status_announcement(language: str, case_number: str, status: str | None) -> tuple[str, ...]:
    """What became of a case. `status` None: the number cannot be right; "unknown": no case has it.

    The dialplan says `status-after` behind it: which key tries again, which reaches a person.
    """
    if status is None:
        return (STATUS_NOT_RIGHT,)
    if status == "unknown":
        return (STATUS_UNKNOWN,)
    if status not in STATUSES:
        return (STATUS_UNAVAILABLE,)
    digits = digit_ids(case_number)[-DIGITS_SAID:]
    return (*((STATUS_NUMBER, *digits) if digits else ()), STATUSES[status])

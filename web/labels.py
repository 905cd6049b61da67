"""The words of closed lists (outcomes, states, languages, ...) as pages show them. One word per thing: docs/glossary.md."""

from typing import Any

from flask_babel import lazy_gettext as _

LABELS: dict[str, dict[str, Any]] = {
    "language": {
        "ko": _("Korean"),
        "en": _("English"),
        "zh": _("Chinese"),
        "ja": _("Japanese"),
        "vi": _("Vietnamese"),
        "mn": _("Mongolian"),
    },
    "interval": {
        "quarter-hour": _("15 minutes"),
        "half-hour": _("30 minutes"),
        "hour": _("1 hour"),
        "day": _("1 day"),
        "week": _("1 week"),
        "month": _("1 month"),
        "year": _("1 year"),
    },
    "report-by": {
        "queue": _("Queue"),
        "language": _("Language"),
        "agent": _("Agent"),
        "origin": _("Dialled"),
        "topic": _("Topic"),
        "district": _("District"),
        "department": _("Department that picked up"),
    },
    "count": {
        "offered": _("Offered"),
        "answered": _("Answered"),
        "abandoned": _("Abandoned"),
        "short_abandoned": _("Gave up at once"),
        "callback_requested": _("Call back asked for"),
        "cut_by_system": _("Cut by the system"),
        "in_progress": _("In progress"),
        "forwarded": _("Handed over"),
    },
    "figure": {
        "service_level": _("Service level"),
        "asterisk_service_level": _("Asterisk SL"),
        "asterisk_service_level_2": _("Asterisk SL2"),
        "answered_share": _("Answered share"),
        "abandonment_rate": _("Abandonment rate"),
        "asa_seconds": _("Mean wait (ASA)"),
        "aht_seconds": _("Mean handling (AHT)"),
        "without_forwarding": _("Without forwarding"),
        "first_contact": _("Settled at first contact"),
    },
    "state": {
        "logged-out": _("Signed out"),
        "available": _("Available"),
        "offered": _("Phone rings"),
        "on-call": _("On a call"),
        "wrap-up": _("Wrap-up"),
        "on-break": _("On a break"),
        "not-available": _("Not available"),
    },
    "break": {
        "meal": _("Meal"),
        "rest": _("Rest"),
        "training": _("Training"),
        "meeting": _("Meeting"),
        "other": _("Other"),
    },
    "phase": {
        "offered": _("Ringing"),
        "talking": _("Talking"),
        "consulting": _("Speaking to the department first"),
        "transferring": _("Handing over"),
        "wrap-up": _("Call ended"),
    },
    "outcome": {
        "in-progress": _("In progress"),
        "answered": _("Answered"),
        "abandoned": _("Gave up waiting"),
        "short-abandoned": _("Gave up at once"),
        "abandoned-in-menu": _("Hung up in the menu"),
        "callback-requested": _("Call back asked for"),
        "status-heard": _("Heard a case status"),
        "refused": _("Refused"),
        "cut-by-system": _("Cut by the system"),
    },
    "status": {
        "open": _("Open"),
        "with-department": _("With a department"),
        "resolved": _("Resolved"),
        "closed": _("Closed"),
        "reopened": _("Reopened"),
    },
    "result": {
        "answered": _("Answered"),
        "picked-up": _("Picked up"),
        "no-answer": _("No answer"),
        "busy": _("Busy"),
        "refused": _("Refused"),
        "unreachable": _("Unreachable"),
        "cancelled": _("Cancelled"),
        "citizen-gone": _("Citizen hung up"),
    },
    "standing": {
        "valid": _("Valid"),
        "not-yet": _("Not valid yet"),
        "expired": _("No longer valid"),
        "disputed": _("Disputed"),
    },
    "report": {
        "open": _("Open"),
        "confirmed": _("Confirmed; to be corrected"),
        "corrected": _("Corrected"),
        "rejected": _("Rejected"),
    },
    "recall": {
        "waiting": _("To be called"),
        "taken": _("Taken"),
        "not-reached": _("Not reached"),
        "no-number": _("No number"),
        "done": _("Told the right answer"),
        "refused": _("Wants no call"),
        "told-since": _("Heard it on a call of their own"),
        "superseded": _("Taken over by a later correction"),
    },
    "transfer": {"blind": _("Handed over at once"), "attended": _("Asked first")},
    "hung-up-by": {
        "citizen": _("Citizen"),
        "agent": _("Agent"),
        "department": _("Department"),
        "system": _("System"),
    },
    "role": {
        "agent": _("Agent"),
        "supervisor": _("Supervisor"),
        "telecom-admin": _("Telecom admin"),
    },
    "field": {
        "text": _("Text"),
        "summary": _("Summary"),
        "topic": _("Topic"),
        "status": _("Status"),
        "department_id": _("Department"),
        "official_id": _("Official"),
        "due_on": _("Due on"),
        "district": _("District"),
        "place": _("Place"),
        "place_id": _("Place of the gazetteer"),
        "note": _("Note"),
        "link": _("Linked case"),
        "title": _("Title"),
        "answer": _("Answer"),
        "questions": _("Question forms"),
        "owner_department_id": _("Department"),
        "valid_from": _("Valid from"),
        "valid_until": _("Valid until"),
        "review_on": _("Review on"),
        "source": _("Source"),
        "language": _("Language"),
        "dispute": _("Disputed because"),
    },
}


def label(word: str | None, kind: str) -> str:
    """`on-call` of `state` as people read it; a dash for nothing, the word itself when it is not in the list."""
    if not word:
        return "–"
    return str(LABELS[kind].get(word, word))


def labels(kind: str) -> dict[str, str]:
    """A whole list in this request's language, for the desk's scripts."""
    return {word: str(text) for word, text in LABELS[kind].items()}

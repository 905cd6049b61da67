"""The closed lists of words about a call and its case, used by CHECK constraints, reports and pages alike."""

from typing import Final

OUTCOMES: Final = (
    "in-progress",
    "answered",  # an agent talked to the citizen
    "abandoned",  # the citizen hung up while waiting
    "short-abandoned",  # the same, within SHORT_ABANDON_SECONDS of joining the queue
    "abandoned-in-menu",  # hung up before joining the queue
    "callback-requested",
    "status-heard",  # heard the status of a case and asked for nobody
    "refused",  # the INVITE was turned down
    "cut-by-system",  # ended by us, or Asterisk died, before an agent answered
)
ROUTES: Final = ("queue", "fallback")
HUNG_UP_BY: Final = ("citizen", "agent", "department", "system")
OFFER_RESULTS: Final = ("answered", "no-answer", "busy", "refused", "unreachable", "citizen-gone")
TRANSFER_KINDS: Final = ("blind", "attended")
TRANSFER_RESULTS: Final = (
    "picked-up",
    "no-answer",
    "busy",
    "refused",
    "unreachable",
    "cancelled",
    "citizen-gone",
)
INTERPRETATION_RESULTS: Final = ("joined", "no-answer", "citizen-gone", "cancelled")
AGENT_STATES: Final = (
    "logged-out",
    "available",
    "offered",
    "on-call",
    "wrap-up",
    "on-break",
    "not-available",
)
CASE_STATUSES: Final = ("open", "with-department", "resolved", "closed", "reopened")
ROLES: Final = ("agent", "supervisor", "telecom-admin")
DEPARTMENT_KINDS: Final = ("department", "office", "district", "district-department")

SHORT_ABANDON_SECONDS: Final = 5.0
"""Hung up this soon after joining the queue: counted apart, never dropped (docs/glossary.md)."""

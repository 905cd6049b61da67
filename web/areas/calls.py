"""Calls: the supervisors' list with masked numbers, and a call's page with everything its witnesses said."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from centre120.call_words import OUTCOMES
from centre120.clean_text import clean_text
from centre120.logs import masked
from centre120.names import LANGUAGES
from centre120.store.agents import list_agents
from centre120.store.agents_calls import has_call
from centre120.store.answers_told import list_told_on_call
from centre120.store.calls import COUNTED, PAGE_SIZE, CallFilter, get_call, list_calls
from centre120.store.cel_lines import list_cel_of_call
from web.access import AGENT, SUPERVISOR, access
from web.lists import desk_lists
from web.refusals import refuse
from web.storage import record_access, storage, transaction

blueprint = Blueprint("calls", __name__, url_prefix="/calls")

ORIGINS = ("120", "121", "128", "7316114", "7300101")
LAST_PAGE = COUNTED // PAGE_SIZE
_NUMBERS = ("caller_number", "number", "from", "to")


@dataclass(frozen=True)
class Asked:
    """The filter as the form has it, kept so that the page shows what was asked."""

    since: str = ""
    until: str = ""
    origin: str = ""
    language: str = ""
    outcome: str = ""
    agent: str = ""

    def pairs(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value}


def asked_for() -> Asked:
    """From the address; a value outside its list is no filter."""
    given = {name: clean_text(request.args.get(name, ""), 40).strip() for name in vars(Asked())}
    lists: dict[str, tuple[str, ...]] = {"origin": ORIGINS, "language": LANGUAGES, "outcome": OUTCOMES}
    for name, words in lists.items():
        if given[name] not in words:
            given[name] = ""
    if not (given["agent"].isascii() and given["agent"].isdigit()):
        given["agent"] = ""
    return Asked(**given)


def _moment(text: str, zone: ZoneInfo, *, end: bool) -> datetime | None:
    """`2026-11-21` or `2026-11-21T09:30` in the centre's zone; a day alone means its beginning, or its end."""
    try:
        at = datetime.fromisoformat(text)
        if at.year < 2000 or at.year > 2200:
            return None
        if len(text) == 10:
            at = datetime.combine(at.date() + timedelta(days=1 if end else 0), time())
        return at.replace(tzinfo=zone)
    except ValueError:
        return None


def _filter(asked: Asked, zone: ZoneInfo) -> CallFilter:
    return CallFilter(
        since=_moment(asked.since, zone, end=False),
        until=_moment(asked.until, zone, end=True),
        origin_number=asked.origin or None,
        language=asked.language or None,
        outcome=asked.outcome or None,
        agent_extension=asked.agent or None,
    )


@blueprint.get("")
@access(SUPERVISOR)
def listing() -> str:
    """Newest first."""
    asked = asked_for()
    zone = ZoneInfo(storage().settings.time_zone)
    page = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)
    with transaction() as tx:
        found = list_calls(tx, _filter(asked, zone), page)
        agents = list_agents(tx)
        record_access(tx, whose=None, what=f"calls:list:{page}", purpose="supervision")
    pages = max(1, -(-found.total // PAGE_SIZE))
    return render_template(
        "calls.html",
        found=found,
        asked=asked,
        pages=pages,
        agents=agents,
        names={agent.extension: agent.name for agent in agents},
        origins=ORIGINS,
        languages=LANGUAGES,
        outcomes=OUTCOMES,
        page_url=lambda wanted: url_for("calls.listing", **asked.pairs(), page=wanted),
    )


@blueprint.get("/<uuid:call_id>")
@access(AGENT, SUPERVISOR)
def show(call_id: UUID) -> str:
    """Supervisors see the number whole and Asterisk's own lines; an agent sees the calls that are theirs, masked."""
    supervises = current_user.role == SUPERVISOR
    with transaction() as tx:
        theirs = supervises or (
            bool(current_user.extension) and has_call(tx, call_id, current_user.extension)
        )
    if not theirs:
        refuse(f"call:{call_id}", _("This call is not yours."))
    with transaction() as tx:
        detail = get_call(tx, call_id)
        names = {agent.extension: agent.name for agent in list_agents(tx)}
        told = list_told_on_call(tx, call_id)
        cel = list_cel_of_call(tx, call_id) if supervises else []
        record_access(
            tx,
            whose=detail.call.caller_number,
            what=f"call:{call_id}",
            purpose="supervision" if supervises else "own call",
        )
    events = [(event, event_words(event.details, whole=supervises)) for event in detail.events]
    return render_template(
        "call.html",
        dispositions=desk_lists().dispositions,
        detail=detail,
        call=detail.call,
        events=events,
        cel=cel,
        told=told,
        names=names,
        whole=supervises,
    )


def event_words(details: dict[str, Any], *, whole: bool) -> list[tuple[str, str]]:
    """An event's facts as pairs, without what the page says elsewhere; numbers masked unless `whole`."""
    pairs: list[tuple[str, str]] = []
    told_by_cel = "extra" in details
    for name, value in details.items():
        if name in ("call_id", "channel_id", "linked_id") or value in (None, ""):
            continue
        if told_by_cel and name == "name":
            continue  # the caller's name once more, percent-encoded
        if name == "extra":
            if len(details) == 1 and "=" not in str(value):
                pairs.append(("", str(value)))
            continue
        text = masked(str(value)) if name in _NUMBERS and not whole else str(value)
        pairs.append((name, text))
    return pairs

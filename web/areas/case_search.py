"""The search over cases. What is asked is sent in the body: a name or a telephone number must not stand in an address.

Supervisors search all cases; agents those of their own calls of the last two weeks. What was found is on record.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask_login import current_user

from centre120.call_words import CASE_STATUSES
from centre120.case_terms import LONGEST_QUESTION
from centre120.cases import parse_case_number
from centre120.clean_text import clean_text
from centre120.resident_numbers import mask_resident_numbers
from centre120.store.case_search import PAGE, CaseHit, CaseQuestion, search_cases
from centre120.store.cases import find_case
from centre120.store.directory import Department, find_department
from centre120.store.places import list_districts
from centre120.topics import below
from web.access import AGENT, SUPERVISOR, access
from web.case_access import supervises
from web.case_input import day_of
from web.lists import desk_lists
from web.storage import now, record_access, storage, transaction

blueprint = Blueprint("case_search", __name__, url_prefix="/cases/search")

OWN = timedelta(days=14)


@dataclass(frozen=True)
class Asked:
    """The form as it was sent, kept so that the page shows it."""

    q: str = ""
    status: str = ""
    topic: str = ""
    district: str = ""
    since: str = ""
    until: str = ""


@blueprint.get("")
@access(AGENT, SUPERVISOR)
def page() -> str:
    """The form."""
    return _page(Asked(), None, {})


@blueprint.post("")
@access(AGENT, SUPERVISOR)
def search() -> str:
    """The newest fifty that match."""
    given = {name: clean_text(request.form.get(name, ""), LONGEST_QUESTION).strip() for name in vars(Asked())}
    given["q"] = _without_resident_numbers(given["q"])
    asked = Asked(**given)
    question = _question(asked)
    with transaction() as tx:
        hits = search_cases(tx, question)
        if hits:
            numbers = ",".join(hit.case_number for hit in hits)
            purpose = f"case search: {asked.q}"[:300]
            record_access(tx, whose=None, what=f"cases:{numbers}", purpose=purpose)
        ids = {hit.department_id for hit in hits if hit.department_id}
        departments = {key: found for key in ids if (found := find_department(tx, key)) is not None}
    return _page(asked, hits, departments)


def _without_resident_numbers(text: str) -> str:
    """A case number looks like one; it is let through when it is a case's."""
    number = parse_case_number(text)
    if number is None:
        return mask_resident_numbers(text)
    with transaction() as tx:
        return text if find_case(tx, number) else mask_resident_numbers(text)


def _question(asked: Asked) -> CaseQuestion:
    topics = {topic.code: topic.parent for topic in desk_lists().topics}
    own: dict[str, Any] = {}
    if not supervises():
        own = {"extension": str(current_user.extension or "-"), "own_since": now() - OWN}
    return CaseQuestion(
        words=asked.q,
        status=asked.status if asked.status in CASE_STATUSES else None,
        topics=below(asked.topic, topics) if asked.topic in topics else (),
        district=asked.district or None,
        since=_moment(asked.since, 0),
        until=_moment(asked.until, 1),
        **own,
    )


def _moment(text: str, days: int) -> datetime | None:
    day = day_of(text)
    zone = ZoneInfo(storage().settings.time_zone)
    return datetime.combine(day + timedelta(days=days), time(), zone) if day else None


def _page(asked: Asked, hits: list[CaseHit] | None, departments: dict[int, Department]) -> str:
    with transaction() as tx:
        districts = list_districts(tx)
    topics = {topic.code: topic for topic in desk_lists().topics}
    return render_template(
        "case_search.html",
        asked=asked,
        hits=hits,
        departments=departments,
        topics=topics,
        districts=districts,
        statuses=CASE_STATUSES,
        supervises=supervises(),
        full=hits is not None and len(hits) == PAGE,
    )

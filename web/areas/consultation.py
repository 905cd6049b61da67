"""The consultation database: search, an entry with who is in charge, its versions, and the supervisors' form."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from centre120.answer_reports import AnswerReport
from centre120.clean_text import clean_text
from centre120.entries import LONGEST_CODE, EntryFields, RowRefused, checked, day_of, standing_of
from centre120.names import LANGUAGES
from centre120.store.answer_reports import close_reports, list_reports_of_entry
from centre120.store.consultation import (
    Entry,
    Revision,
    add_entry,
    change_entry,
    find_entry,
    get_entry,
    list_revisions,
)
from centre120.store.consultation_owners import OfficialInCharge, find_official, read_owners
from centre120.store.consultation_search import EntryHit, search_entries
from centre120.store.database import Transaction
from centre120.store.directory import Department, find_department
from centre120.store.errors import ChangedMeanwhile, NotFound, Refused
from centre120.store.recalls import Recall, list_wrong_since, open_recall
from centre120.told import TellableEntry
from web.access import AGENT, SUPERVISOR, access, wants_json
from web.differences import differences
from web.display import grouped_number
from web.labels import label
from web.language import page_language
from web.lists import desk_lists
from web.storage import now, storage, transaction
from web.tokens import answer_token
from web.waiting import forget

log = structlog.get_logger("web")
blueprint = Blueprint("consultation", __name__, url_prefix="/consultation")

LONGEST_QUESTION = 200
HITS = 20
_HIGHEST = 2**31 - 1
_TEXTS = ("title", "answer", "questions", "topic", "department", "official", "valid_from", "valid_until")
_MORE = ("review_on", "source", "language", "dispute", "reason", "version", "code", "corrects", "wrong_since")


@dataclass(frozen=True)
class Shown:
    """An entry with the people it names."""

    entry: Entry
    standing: str
    review_is_due: bool
    department: Department | None
    official: OfficialInCharge | None


def _today() -> Any:
    return now().astimezone(ZoneInfo(storage().settings.time_zone)).date()


def _asked() -> str:
    return clean_text(request.args.get("q", ""), LONGEST_QUESTION).strip()


def _entry_id(text: str) -> int:
    """Of the address; NotFound for what no entry can have."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotFound("consultation entry", text[:20])
    return int(text)


def _shown(tx: Transaction, entry: Entry) -> Shown:
    fields, today = entry.fields, _today()
    owner, official = fields.owner_department_id, fields.official_id
    return Shown(
        entry,
        standing_of(fields.valid_from, fields.valid_until, fields.dispute, today),
        fields.review_on is not None and fields.review_on <= today,
        find_department(tx, owner) if owner else None,
        find_official(tx, official) if official else None,
    )


@blueprint.get("")
@access(AGENT, SUPERVISOR)
def page() -> str:
    """The search; works without its script, too."""
    asked = _asked()
    with transaction() as tx:
        hits = search_entries(tx, asked, _today(), HITS) if asked else []
    return render_template("consultation.html", asked=asked, hits=[_hit_view(hit) for hit in hits])


@blueprint.get("/search")
@access(AGENT, SUPERVISOR)
def search() -> Response:
    """`q`: words, without spaces or mistyped, initial consonants."""
    asked = _asked()
    with transaction() as tx:
        hits = search_entries(tx, asked, _today(), HITS) if asked else []
    return jsonify(hits=[_hit_view(hit) for hit in hits])


def _hit_view(hit: EntryHit) -> dict[str, Any]:
    korean = page_language() == "ko"
    return {
        "url": url_for("consultation.show", entry_id=hit.entry_id),
        "title": hit.title,
        "question": hit.question,
        "gist": hit.gist,
        "department": hit.department_ko if korean or not hit.department_en else hit.department_en,
        "language": label(hit.language, "language") if hit.language != "ko" else "",
        "standing": hit.standing,
        "standing_word": _standing_words(hit.standing, hit.valid_from, hit.valid_until),
    }


def _standing_words(standing: str, valid_from: Any, valid_until: Any) -> str:
    if standing == "valid":
        return ""
    day = valid_from if standing == "not-yet" else valid_until if standing == "expired" else None
    return f"{label(standing, 'standing')} ({day})" if day else label(standing, "standing")


@blueprint.get("/<entry_id>")
@access(AGENT, SUPERVISOR)
def show(entry_id: str) -> str | Response:
    """The entry; for the desk's panel as JSON."""
    with transaction() as tx:
        shown = _shown(tx, get_entry(tx, _entry_id(entry_id)))
        if wants_json():
            doubts = len(list_reports_of_entry(tx, shown.entry.entry_id))
            return jsonify(entry=_entry_view(shown) | {"reported": doubts})
        revisions = list_revisions(tx, shown.entry.entry_id)
        reports = list_reports_of_entry(tx, shown.entry.entry_id)
    return _entry_page(shown, revisions, reports)


def _entry_page(shown: Shown, revisions: list[Revision], reports: list[AnswerReport]) -> str:
    topics = {topic.code: topic for topic in desk_lists().topics}
    words = _standing_words(shown.standing, shown.entry.fields.valid_from, shown.entry.fields.valid_until)
    return render_template(
        "entry.html",
        shown=shown,
        fields=shown.entry.fields,
        revisions=revisions,
        reports=reports,
        topics=topics,
        words=words,
    )


def _entry_view(shown: Shown) -> dict[str, Any]:
    fields, korean = shown.entry.fields, page_language() == "ko"
    office, official = shown.department, shown.official
    return {
        "url": url_for("consultation.show", entry_id=shown.entry.entry_id),
        "version": shown.entry.version,
        "title": fields.title,
        "answer": fields.answer,
        "language": fields.language,
        "standing": shown.standing,
        "standing_word": _standing_words(shown.standing, fields.valid_from, fields.valid_until),
        "dispute": fields.dispute,
        "in_charge": " · ".join(
            filter(
                None,
                [
                    (office.name_ko if korean or not office.name_en else office.name_en) if office else "",
                    grouped_number(office.number) if office and not official else "",
                    f"{official.name} {official.title}".strip() if official else "",
                    grouped_number(official.number) if official else "",
                ],
            )
        ),
        "source": fields.source,
        "code": shown.entry.code,
        "token": answer_token(storage().settings, _tellable(shown)),
    }


def _tellable(shown: Shown) -> TellableEntry:
    fields, official = shown.entry.fields, shown.official
    return TellableEntry(
        shown.entry.entry_id,
        shown.entry.version,
        shown.entry.code,
        fields.title,
        fields.source,
        fields.owner_department_id,
        fields.official_id,
        f"{official.name} {official.title}".strip() if official else "",
    )


@blueprint.get("/<entry_id>/compare")
@access(AGENT, SUPERVISOR)
def compare(entry_id: str) -> str:
    """Two versions, field by field; without `old` and `new` the last two."""
    with transaction() as tx:
        entry = get_entry(tx, _entry_id(entry_id))
        revisions = list_revisions(tx, entry.entry_id)
    known = {revision.version: revision for revision in revisions}
    new = known.get(request.args.get("new", entry.version, type=int))
    old = known.get(request.args.get("old", (new.version if new else 0) - 1, type=int))
    if new is None or old is None:
        raise NotFound("version", f"{request.args.get('old', '')[:9]}-{request.args.get('new', '')[:9]}")
    with transaction() as tx:
        pairs = [(_told(tx, old.fields), _told(tx, new.fields))]
    changed = [
        (name, differences(before, pairs[0][1][name]))
        for name, before in pairs[0][0].items()
        if before != pairs[0][1][name]
    ]
    return render_template(
        "entry_compare.html", entry=entry, old=old, new=new, changed=changed, versions=sorted(known)
    )


def _told(tx: Transaction, fields: EntryFields) -> dict[str, str]:
    """Every field as text, people by their names."""
    told = {name: "" if value is None else str(value) for name, value in fields.as_json().items()}
    office = find_department(tx, fields.owner_department_id) if fields.owner_department_id else None
    official = find_official(tx, fields.official_id) if fields.official_id else None
    told["questions"] = "\n".join(fields.questions)
    told["owner_department_id"] = office.name_ko if office else told["owner_department_id"]
    told["official_id"] = f"{official.name} {official.number}" if official else told["official_id"]
    return told


@blueprint.get("/new")
@access(SUPERVISOR)
def new() -> str:
    """An empty form."""
    return _form(None, dict.fromkeys((*_TEXTS, *_MORE), "") | {"language": "ko"})


@blueprint.post("")
@access(SUPERVISOR)
def add() -> str | Response | tuple[str, int]:
    """A new entry."""
    given = _given()
    code = clean_text(given["code"], LONGEST_CODE).strip()
    try:
        if not code:
            raise RowRefused("code is empty")
        with transaction() as tx:
            entry = add_entry(
                tx, code, _fields(tx, given), current_user.login, given["reason"].strip(), now()
            )
    except (RowRefused, Refused) as error:
        return _form(None, given, refused=str(error)), 422
    log.info("entry added", entry=entry.code, by=current_user.login)
    flash(_("The entry is saved."))
    return redirect(url_for("consultation.show", entry_id=entry.entry_id))


@blueprint.get("/<entry_id>/edit")
@access(SUPERVISOR)
def edit(entry_id: str) -> str:
    """The form of one entry; with `correct=1` to mend a wrong answer."""
    with transaction() as tx:
        entry = get_entry(tx, _entry_id(entry_id))
        typed = _typed(tx, entry)
        if request.args.get("correct") == "1":
            typed |= {"corrects": "1", "dispute": ""}
        return _form(entry, typed)


@blueprint.post("/<entry_id>")
@access(SUPERVISOR)
def save(entry_id: str) -> str | Response | tuple[str, int]:
    """A new version. 409 with both texts when somebody else saved meanwhile; what was typed is kept."""
    given, ident = _given(), _entry_id(entry_id)
    recall: Recall | None = None
    try:
        with transaction() as tx:
            entry = change_entry(
                tx,
                ident,
                _number(given["version"]),
                _fields(tx, given),
                current_user.login,
                given["reason"],
                now(),
            )
            if given["corrects"]:
                reason = given["reason"].strip()
                if entry.version == _number(given["version"]):
                    raise Refused("nothing-corrected", "Nothing was changed.", "Write the right answer.")
                recall = open_recall(
                    tx, entry, _number(given["wrong_since"]), current_user.login, reason, now()
                )
                close_reports(tx, ident, current_user.login, now(), reason)
    except ChangedMeanwhile:
        with transaction() as tx:
            stored = get_entry(tx, ident)
            last = list_revisions(tx, ident)[:1]
        theirs = differences(stored.fields.answer, given["answer"].replace("\r\n", "\n"))
        given["version"] = str(stored.version)
        return _form(stored, given, theirs=theirs, by=last[0].by if last else "–"), 409
    except (RowRefused, Refused) as error:
        with transaction() as tx:
            return _form(find_entry(tx, ident), given, refused=str(error)), 422
    log.info("entry changed", entry=entry.code, version=entry.version, by=current_user.login)
    flash(_("The entry is saved."))
    if recall is not None:
        forget()
        return redirect(url_for("recalls.show", recall_id=recall.recall_id))
    return redirect(url_for("consultation.show", entry_id=ident))


def _number(text: str) -> int:
    """A version of a form; 0 for what is none."""
    return min(int(text[:11]), _HIGHEST) if text.isascii() and text.isdigit() else 0


def _form(
    entry: Entry | None,
    given: dict[str, str],
    *,
    refused: str = "",
    theirs: list[tuple[str, str]] | None = None,
    by: str = "",
) -> str:
    return render_template(
        "entry_form.html",
        entry=entry,
        given=given,
        refused=refused,
        theirs=theirs,
        by=by,
        topics=desk_lists().topics,
        languages=LANGUAGES,
    )


def _given() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in (*_TEXTS, *_MORE)}


def _fields(tx: Transaction, given: dict[str, str]) -> EntryFields:
    owners = read_owners(tx)
    return checked(
        EntryFields(
            title=given["title"],
            answer=given["answer"],
            questions=tuple(given["questions"].splitlines()),
            topic=owners.topic(given["topic"]),
            owner_department_id=owners.department(given["department"]),
            official_id=owners.official(given["official"]),
            valid_from=day_of(given["valid_from"], "valid_from"),
            valid_until=day_of(given["valid_until"], "valid_until"),
            review_on=day_of(given["review_on"], "review_on"),
            source=given["source"],
            language=given["language"],
            dispute=given["dispute"],
        )
    )


def _typed(tx: Transaction, entry: Entry) -> dict[str, str]:
    """The stored fields as the form has them."""
    fields, owners = entry.fields, read_owners(tx)
    typed = {name: "" if value is None else str(value) for name, value in fields.as_json().items()}
    return typed | {
        "questions": "\n".join(fields.questions),
        "department": owners.department_codes.get(fields.owner_department_id or 0, ""),
        "official": owners.official_codes.get(fields.official_id or 0, ""),
        "reason": "",
        "version": str(entry.version),
        "code": entry.code,
        "corrects": "",
        "wrong_since": str(list_wrong_since(tx, entry)),
    }

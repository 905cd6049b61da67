"""What a desk, or a case's page, sends when it saves a case, checked: bad input ends with 415 or 422, never in the database."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, request
from flask_babel import gettext as _

from centre120.call_words import CASE_STATUSES
from centre120.cases import parse_case_number
from centre120.clean_text import clean_text
from centre120.store.cases import CaseFields
from centre120.store.database import Transaction
from centre120.store.directory import find_department
from centre120.store.places import find_place
from web.lists import DeskLists

LONGEST_PLACE = 200
LONGEST_TEXT = 20_000
LONGEST_SUMMARY = 2_000
_HIGHEST_VERSION = 2**31 - 1
_HIGHEST_ID = 2**63 - 1


@dataclass(frozen=True)
class SavedForm:
    fields: CaseFields
    disposition: str | None
    version: int | None  # null: the desk never read the case
    case_number: str | None


def json_object() -> dict[str, Any]:
    """The request's JSON object. A form of another site can not send this type: 415."""
    if request.mimetype != "application/json":
        abort(415)
    value = request.get_json(silent=True)
    if not isinstance(value, dict):
        abort(422, _("The request is not a JSON object."))
    return value


def saved_form(lists: DeskLists) -> SavedForm:
    """The desk's JSON as values."""
    return _checked(json_object(), lists)


def saved_page(lists: DeskLists) -> SavedForm:
    """The form of a case's page as values; browsers write line ends as CR LF."""
    names = (
        *("text", "summary", "topic", "status", "department_id", "version"),
        *("district", "place", "place_id", "due_on"),
    )
    given: dict[str, Any] = {name: request.form[name] for name in names if name in request.form}
    if "text" in given:
        given["text"] = given["text"].replace("\r\n", "\n")
    version = given.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) <= 10):
        abort(422, _("The version is no number."))
    return _checked(given | {"version": int(version)}, lists)


def check_department(tx: Transaction, form: SavedForm) -> None:
    """422 when the department to be assigned is not in the directory, or the place not in the gazetteer."""
    department_id, place_id = form.fields.get("department_id"), form.fields.get("place_id")
    if department_id is not None and find_department(tx, department_id) is None:
        abort(422, _("A choice is not in its list."))
    if place_id is not None and find_place(tx, place_id) is None:
        abort(422, _("A choice is not in its list."))


def _checked(given: dict[str, Any], lists: DeskLists) -> SavedForm:
    fields: CaseFields = {}
    if "text" in given:
        fields["text"] = _text(given["text"], LONGEST_TEXT)
    if "summary" in given:
        fields["summary"] = _text(given["summary"], LONGEST_SUMMARY)
    if "topic" in given:
        fields["topic"] = _word(given["topic"], [topic.code for topic in lists.topics])
    if "department_id" in given:
        fields["department_id"] = _identity(given["department_id"])
    if "place" in given:
        fields["place"] = _text(given["place"], LONGEST_PLACE)
    if "district" in given:
        fields["district"] = _text(given["district"] or "", LONGEST_PLACE).strip() or None
    if "place_id" in given:
        fields["place_id"] = _identity(given["place_id"])
    if "due_on" in given:
        fields["due_on"] = day_of(given["due_on"])
    if given.get("status") is not None:
        status = _word(given["status"], list(CASE_STATUSES))
        assert status is not None  # noqa: S101 - only null gives None
        fields["status"] = status
    version = given.get("version")
    if version is not None and (not _is_int(version) or not 0 <= version <= _HIGHEST_VERSION):
        abort(422, _("The version is no number."))
    number = given.get("case_number")
    if number is not None:
        number = parse_case_number(number) if isinstance(number, str) else None
        if number is None:
            abort(422, _("The case number is not right."))
    disposition = _word(given.get("disposition"), [one.code for one in lists.dispositions])
    return SavedForm(fields, disposition, version, number)


def day_of(value: object) -> date | None:
    """`2026-11-30`; null or an empty text: no day. 422 for anything else."""
    if value is None or value == "":
        return None
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        abort(422, _("A day is written as 2026-11-30."))
    if not 2000 <= day.year <= 2200:
        abort(422, _("A day is written as 2026-11-30."))
    return day


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _identity(value: object) -> int | None:
    """A key of the directory; null or an empty text: nobody."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= _HIGHEST_ID:
        abort(422, _("A choice is not in its list."))
    return value


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str):
        abort(422, _("The text is no text."))
    if len(value) > longest:
        abort(422, _("The text is longer than %(longest)s characters.", longest=longest))
    return clean_text(value, longest)


def _word(value: object, allowed: list[str]) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or value not in allowed:
        abort(422, _("A choice is not in its list."))
    return value

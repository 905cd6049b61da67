"""Who is in charge: the search beside the desk. Each hit carries the ticket that lets `ari_app` dial it."""

from typing import Any

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from centre120.clean_text import clean_text
from centre120.store.directory import DirectoryHit, search_directory
from web.access import AGENT, SUPERVISOR, access
from web.display import grouped_number
from web.language import page_language
from web.storage import now, storage, transaction
from web.tokens import deputy_of, target_of

blueprint = Blueprint("directory", __name__, url_prefix="/directory")

LONGEST_QUESTION = 100
HITS = 12


@blueprint.get("/search")
@access(AGENT, SUPERVISOR)
def search() -> Response:
    """`q`: words of a name, a duty, a district, or a number."""
    text = clean_text(request.args.get("q", ""), LONGEST_QUESTION).strip()
    with transaction() as tx:
        hits = search_directory(tx, text, now(), HITS) if text else []
    return jsonify(hits=[_view(hit) for hit in hits])


def _view(hit: DirectoryHit) -> dict[str, Any]:
    settings, korean = storage().settings, page_language() == "ko"
    absent = hit.absence_reason is not None
    return {
        "kind": hit.kind,
        "department_id": hit.department_id,
        "name": hit.name_ko if korean or not hit.name_en or hit.kind == "official" else hit.name_en,
        "latin": hit.name_en if hit.kind == "official" and not korean else "",
        "title": hit.title,
        "department": hit.department_ko if korean or not hit.department_en else hit.department_en,
        "district": hit.district,
        "duty": hit.duty_ko if korean or not hit.duty_en else hit.duty_en,
        "number": grouped_number(hit.number),
        "target": target_of(settings, hit),
        "absent": {
            "reason": hit.absence_reason,
            "until": hit.absent_until.isoformat() if hit.absent_until else None,
        }
        if absent
        else None,
        "deputy": {
            "name": hit.deputy_name,
            "number": grouped_number(hit.deputy_number),
            "target": deputy_of(settings, hit),
        }
        if absent and hit.deputy_number
        else None,
    }

"""Answers whose review date has come, or comes within a month: the supervisors' list."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template

from centre120.store.consultation_reviews import count_due_reviews, list_due_reviews
from web.access import SUPERVISOR, access
from web.storage import now, storage, transaction

blueprint = Blueprint("reviews", __name__, url_prefix="/consultation/reviews")

AHEAD = timedelta(days=30)


@blueprint.get("")
@access(SUPERVISOR)
def page() -> str:
    """The oldest first. An entry leaves the list when its form is saved with a later review date."""
    today = now().astimezone(ZoneInfo(storage().settings.time_zone)).date()
    with transaction() as tx:
        due = list_due_reviews(tx, today + AHEAD)
        count = count_due_reviews(tx, today + AHEAD)
    return render_template("reviews.html", due=due, count=count, today=today)

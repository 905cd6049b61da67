"""Every word that the desk's script says, in this request's language; the script itself knows no language."""

from typing import Any

from flask_babel import gettext as _

from web.labels import labels


def desk_words() -> dict[str, Any]:
    """Put into the page as JSON."""
    return {
        "interpreterLanguage": {**labels("language"), **labels("interpreter-language")},
        "interpreterRinging": _("Ringing interpreters for {language}. The citizen hears you."),
        "interpreterHere": _(
            "You, the citizen and the interpreter ({language}) hear each other. You may leave."
        ),
        "interpreterWithout": _("The citizen has hung up. You speak with the interpreter ({language})."),
        **{kind: labels(kind) for kind in ("language", "state", "break", "phase", "status", "result")},
        "withheld": _("Number withheld"),
        "outside": _("From outside the area"),
        "inside": _("From the area"),
        "returned": _("Came back: %(reason)s", reason="{reason}"),
        "notHeard": {
            "citizen": _(
                "No sound comes from the citizen. Ask whether they hear you; if nothing comes, promise a call-back (Shift F8)."
            ),
            "agent": _("No sound comes from your phone: is it muted, is the microphone plugged in?"),
        },
        "callBackPromised": _("A call-back to this citizen is on record."),
        "earlierNone": _("First time this number calls."),
        "earlierWaiting": _("Looking up …"),
        "earlierAway": _("Earlier cases can not be read now."),
        "earlierWithheld": _("No number, so no earlier cases."),
        "popSaid": _("Call from %(number)s, %(language)s", number="{number}", language="{language}"),
        "live": _("Live"),
        "liveConnecting": _("Connecting …"),
        "liveDown": _(
            "The live connection is down; trying again in {seconds} s. Calls still come to your phone: answer them, "
            "and write here as usual."
        ),
        "liveLoggedOut": _("You are logged out. Log in again in another tab; what you wrote is kept here."),
        "phoneReady": _("Phone connected"),
        "phoneMissing": _("Phone not connected"),
        "phoneMissingHelp": _("Your phone is not registered. No call is offered to you until it is."),
        "saved": _("Saved %(time)s", time="{time}"),
        "saving": _("Saving …"),
        "typed": _("Not saved yet"),
        "keptHere": _("Kept in this browser, not on the server yet. {why} Trying again."),
        "away": _("The database is away."),
        "unreachable": _("The server can not be reached."),
        "refused": _("The server did not take it: {why}"),
        "notYet": _("The call is not on record yet."),
        "nothing": _("Nothing to save"),
        "outbox": _(
            "{count} earlier record(s) wait in this browser for the server. They are sent by themselves."
        ),
        "conflict": _("Somebody else saved this case meanwhile. Keep your text, or take theirs?"),
        "searchNone": _("Nobody found. Try fewer or other words."),
        "searchAway": _("The directory can not be read now."),
        "searchCount": _("{count} found"),
        "absent": _("Absent: {reason}"),
        "absentUntil": _("Absent: {reason}, back {until}"),
        "deputy": _("Deputy"),
        "pressAgain": _("Press F10 again to hang up"),
        "transferRinging": _("{name} is ringing"),
        "transferTalking": _("You speak with {name}. The citizen hears music."),
        "conference": _("You, the citizen and {name} hear each other. You may leave."),
        "conferenceWithout": _("The citizen has hung up. You speak with {name}."),
        "transferBlind": _("Handing over to {name}"),
        "wrapUpEnds": _("Available again in {seconds} s"),
        "told": _("On record: told, version %(version)s", version="{version}"),
        "toldKept": _(
            "Told, version %(version)s; kept in this browser until it is on record", version="{version}"
        ),
        "toldAlready": _("On record already for this call."),
        "toldNoCall": _("There is no call to put this on record for."),
        "doubted": _("Reported to the owner of this answer; the clock runs."),
        "doubtKept": _("The report is kept in this browser until the server has it."),
        "doubtsOpen": _("{count} report(s) that this answer is wrong wait for a decision."),
        "toldRefused": _("The server did not take the stamp: {why}"),
        "noCall": _("No call"),
        "caseOfEnded": _("The call is over; you can still write."),
        "waiting": _("Waiting"),
        "nobodyWaits": _("nobody"),
    }

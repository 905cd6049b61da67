"""What the phone in the page says, in this request's language."""

from flask_babel import gettext as _


def phone_words() -> dict[str, str]:
    """Put into the desk as JSON."""
    return {
        "own": _("You take calls on your own SIP phone."),
        "connecting": _("The phone in this page is being connected …"),
        "dropped": _("The phone's connection is lost; trying again. A call you are in goes on."),
        "ready": _("The phone in this page is ready."),
        "muted": _("Muted: the citizen does not hear you."),
        "held": _("On hold: the citizen hears music."),
        "elsewhere": _("Another page has taken your phone."),
        "away": _("The phone can not be connected now; trying again."),
        "insecure": _(
            "At this address browsers give no microphone. Open the desk by https, or at http://localhost."
        ),
        "forbidden": _(
            "The browser may not use the microphone. Allow it beside the address, then try again."
        ),
        "missing": _("There is no microphone. Plug one in, then try again."),
        "microphone": _("The microphone can not be opened; another program may have it."),
    }

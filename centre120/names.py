"""Every name that the dialplan and Python share, spelled once.

An upkeep test reads `dialplan/*.conf` and compares both directions: a channel variable, context, CEL user
event or FastAGI path that only one side knows fails the build. Nothing else may spell these names.
"""

import re
from typing import Final

# --- channel variables (set in the dialplan, read by programs, or the other way round) ------------------------
CALL_ID: Final = "CENTRE_CALL_ID"  # UUID; also the channel's accountcode, so CDR and CEL carry it
TRUNK: Final = "CENTRE_TRUNK"  # endpoint the INVITE came from: trunk_a, trunk_b
DIALLED_NUMBER: Final = "CENTRE_DIALLED_NUMBER"  # as dialled, digits and '+' only
ORIGIN_NUMBER: Final = "CENTRE_ORIGIN_NUMBER"  # 120, 121, 128, 7316114, 7300101
OUTSIDE_AREA: Final = "CENTRE_OUTSIDE_AREA"  # "1": dialled with an area or country code
LANGUAGE: Final = "CENTRE_LANGUAGE"  # ko en zh ja vi mn
AGI_DONE: Final = (
    "CENTRE_AGI_DONE"  # "1": the last thing a FastAGI script sets; AGISTATUS lies (asterisk-facts)
)
AGENT: Final = "CENTRE_AGENT"  # extension of the agent who was offered the call last, digits only
RING_SECONDS: Final = "CENTRE_RING_SECONDS"  # of a department's phone
TRANSFER_ID: Final = "CENTRE_TRANSFER_ID"
TARGET: Final = "CENTRE_TARGET"  # number of the department or official, digits only
CITIZEN_CHANNEL: Final = "CENTRE_CITIZEN_CHANNEL"
SUMMARY_PROMPT: Final = "CENTRE_SUMMARY_PROMPT"
CONFERENCE: Final = (
    "CENTRE_CONFERENCE"  # "1" on a department's leg: it joins the conference when the agent's leg leaves it
)
PARTNERS: Final = "CENTRE_PARTNERS"  # interpreter lines still to be tried: number-seconds-number-seconds...
INTERPRETATION_ID: Final = "CENTRE_INTERPRETATION_ID"
SPIED_CHANNEL: Final = "CENTRE_SPIED_CHANNEL"  # name of the agent's leg, on a supervisor's
TRIES: Final = "CENTRE_TRIES"  # looks whether somebody is in the conference already
LEASE_SECONDS: Final = "CENTRE_LEASE_SECONDS"
MENU_ROUND: Final = "CENTRE_MENU_ROUND"
FALLBACK_ROUND: Final = "CENTRE_FALLBACK_ROUND"  # rounds in the last resort
KEYS: Final = "CENTRE_KEYS"  # what was keyed into Read()
SAY: Final = "CENTRE_SAY"  # prompts joined by "&", set by a FastAGI script
RECORDING: Final = "CENTRE_RECORDING"

# --- contexts (the files of dialplan/ say what each promises) -------------------------------------------------
CTX_INBOUND: Final = "inbound"
CTX_INBOUND_OUTSIDE: Final = "inbound-outside"
CTX_REFUSED: Final = "refused"
CTX_ENTRY: Final = "entry"
CTX_ALL_LINES_BUSY: Final = "all-lines-busy"
CTX_ASK: Final = "ask"
CTX_MENU: Final = "menu"
CTX_LANGUAGES: Final = "languages"
CTX_LANGUAGE_CHOSEN: Final = "language-chosen"
CTX_STATUS: Final = "status"
CTX_QUEUE: Final = "queue"
CTX_QUEUE_KEYS: Final = "queue-keys"
CTX_FALLBACK: Final = "fallback"
CTX_RECORD: Final = "record"
CTX_OFFER: Final = "offer"
CTX_OFFER_BACK: Final = "offer-back"
CTX_AGENT: Final = "agent"
CTX_AGENT_LOST: Final = "agent-lost"  # the phone went away in the middle of a talk
CTX_AGENT_NATIVE: Final = "agent-native"
CTX_TRANSFER: Final = "transfer"
CTX_RETURN: Final = "return"
CTX_HOLD: Final = "hold"
CTX_CONSULT: Final = "consult"
CTX_CONSULT_PREDIAL: Final = "consult-predial"
CTX_CONSULT_SUMMARY: Final = "consult-summary"
CTX_CONSULT_COMPLETE: Final = "consult-complete"
CTX_CONFERENCE: Final = "conference"
CTX_CONFERENCE_LEFT: Final = "conference-left"
CTX_INTERPRETER: Final = "interpreter"
CTX_INTERPRETER_CAME: Final = "interpreter-came"
CTX_SUPERVISE: Final = "supervise"
CTX_OUTGOING: Final = "outgoing"
CTX_TOLL: Final = "toll"
CTX_TOLL_NUMBERS: Final = "toll-numbers"
CTX_TOLL_REFUSED: Final = "toll-refused"

# --- CEL user events: what the dialplan itself puts on record, so that it is there with Python dead -----------
CEL_ENTERED: Final = "CENTRE_ENTERED"  # extra: origin=..;dialled=..;outside=..;trunk=..;name=<uri-encoded>
CEL_LANGUAGE: Final = "CENTRE_LANGUAGE_CHOSEN"  # extra: language
CEL_MENU_KEY: Final = "CENTRE_MENU_KEY"  # extra: key pressed, or "silence", "nonsense"
CEL_QUEUED: Final = "CENTRE_QUEUED"  # extra: language
CEL_FALLBACK: Final = "CENTRE_FALLBACK"  # extra: why (STASISSTATUS or deadman)
CEL_AGI_FAILED: Final = "CENTRE_AGI_FAILED"  # extra: script
CEL_STATUS_HEARD: Final = "CENTRE_STATUS_HEARD"  # extra: case number
CEL_REFUSED: Final = "CENTRE_REFUSED"  # extra: SIP answer; cdr of the same call shows the number dialled
CEL_PROMPT: Final = "CENTRE_PROMPT"  # extra: prompt id, written as it starts
CEL_OFFER: Final = "CENTRE_OFFER_RESULT"  # extra: agent=..;result=<DIALSTATUS>
CEL_TRANSFER: Final = "CENTRE_TRANSFER_RESULT"  # extra: transfer=..;target=..;result=<DIALSTATUS>
CEL_CONFERENCE: Final = "CENTRE_CONFERENCE_JOINED"  # extra: agent, citizen, department, interpreter
CEL_INTERPRETER: Final = "CENTRE_INTERPRETER_RESULT"  # extra: interpretation=..;target=..;result=<DIALSTATUS>
CEL_TOLL: Final = (
    "CENTRE_TOLL_REFUSED"  # extra: agent=..;target=..;why=not-allowed, agent-limit, centre-limit
)
CEL_SIGN_IN: Final = "CENTRE_AGENT_KEY"  # extra: agent=..;key=*11

# --- FastAGI: one path = one file in agi/scripts --------------------------------------------------------------
AGI_WELCOME: Final = "welcome"  # sets LANGUAGE from what this number chose before
AGI_CASE_STATUS: Final = "case_status"
AGI_ALIVE: Final = "alive"  # asked by `./120 up` and `watch`, never by the dialplan

# --- ARI ------------------------------------------------------------------------------------------------------
ARI_APP_PREFIX: Final = "centre120"  # workers register as centre120-1, centre120-2


def ari_app(number: int) -> str:
    """The Stasis application of worker `number`."""
    return f"{ARI_APP_PREFIX}-{number}"


STASIS_NEW: Final = "new"  # first arrival in our queue
STASIS_BACK: Final = "back"  # back from an offer that nobody answered; place kept
STASIS_RETURNED: Final = "returned"  # back from a department that did not take the call
STASIS_LOST: Final = "lost"  # the agent's phone went away in the middle of the talk
STASIS_HELD: Final = "held"  # from a standby to the leader, with the call; never in the dialplan
STASIS_MOVED: Final = "moved"  # taken over from a worker that died; never in the dialplan
STASIS_SIGN_IN: Final = "signin"  # an agent dialled *11
STASIS_SIGN_OUT: Final = "signout"  # an agent dialled *12

# --- endpoints ------------------------------------------------------------------------------------------------
TRUNKS: Final = ("trunk_a", "trunk_b")
AGENT_REALM: Final = "centre120"  # digest realm: HA1 = md5(user:realm:password), RFC 2617 section 3.2.2.2

EXTENSION: Final = re.compile(r"[0-9]{3,4}")
"""An agent's extension: what [offer] of dialplan/50-agents.conf can reach, by fixed-length patterns."""

LANGUAGES: Final = ("ko", "en", "zh", "ja", "vi", "mn")
"""The six languages, Korean first."""

LANGUAGE_KEYS: Final = {"1": "en", "2": "zh", "3": "ja", "4": "vi", "5": "mn"}
"""The keys of the language menu, as its sentences say them."""

ENTRANCES: Final[dict[str, tuple[str, ...]]] = {
    CTX_INBOUND: (),
    CTX_AGENT: (),
    CTX_OFFER: (),
    CTX_QUEUE: ("again",),
    CTX_QUEUE_KEYS: ("9", "callback", "overflow"),
    CTX_FALLBACK: ("s", "9"),
    CTX_AGENT_NATIVE: ("said-in", "said-out", "failed"),
    CTX_TRANSFER: ("s",),
    CTX_HOLD: ("s",),
    CTX_CONSULT: ("s", "back"),
    CTX_CONFERENCE: ("agent", "citizen"),
    CTX_CONFERENCE_LEFT: ("agent", "person"),  # hang-up handlers
    CTX_INTERPRETER: ("s", "over"),
    CTX_SUPERVISE: ("listen", "whisper", "join"),
    CTX_TOLL_NUMBERS: (),
}
"""Where calls come into the dialplan from outside it: trunks, phones, `ari_app`; and what is only looked up. None named: any."""

"""What the ACD remembers: agents and calls, and the actions it asks the edge to perform. No clock, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ari_app.roster import Partner


class AgentState(StrEnum):
    """The glossary's states. `not-available` is where RONA leaves an agent; only the agent leaves it."""

    LOGGED_OUT = "logged-out"
    AVAILABLE = "available"
    OFFERED = "offered"
    ON_CALL = "on-call"
    WRAP_UP = "wrap-up"
    ON_BREAK = "on-break"
    NOT_AVAILABLE = "not-available"


READY = frozenset({AgentState.AVAILABLE, AgentState.OFFERED, AgentState.ON_CALL, AgentState.WRAP_UP})
"""Signed in and at work: members of the last resort's queues."""

SIGNED_IN = READY | {AgentState.ON_BREAK}
"""Counted when a citizen is told how long it may take."""


class Phase(StrEnum):
    """Where a call of ours stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    TALKING = "talking"
    CONSULTING = "consulting"
    TRANSFERRING = "transferring"
    CONFERENCE = "conference"  # agent, citizen and a third; or agent and third, when the citizen left first
    ELSEWHERE = "elsewhere"  # handed over, or in the last resort: Asterisk carries it without us


BREAK_REASONS = frozenset({"meal", "rest", "training", "meeting", "other"})


@dataclass
class Agent:
    """One agent of the roster. Times are monotonic seconds, `since_at` is the same moment for people."""

    extension: str
    name: str
    languages: frozenset[str]
    skills: frozenset[str]
    state: AgentState = AgentState.LOGGED_OUT
    reason: str = ""
    since: float = 0.0
    since_at: datetime | None = None
    idle_since: float = 0.0
    registered: bool = False
    legs: dict[str, str] = field(default_factory=dict)  # channel_id -> channel name
    call_id: str | None = None  # offered, on call, wrap-up: this call
    last_call: "Call | None" = None  # what wrap-up is about, after the call itself is forgotten

    @property
    def free(self) -> bool:
        return self.state is AgentState.AVAILABLE and self.registered and not self.legs


@dataclass
class Transfer:
    """One attempt to hand a citizen over."""

    transfer_id: str
    kind: str  # blind, attended
    number: str
    target_name: str
    department_id: int | None
    official_id: int | None
    summary: str
    started: float
    phase: str = "ringing"  # ringing, talking
    peer_channel: str = ""
    without_leg_since: float = 0.0  # monotonic seconds; meant while there is no peer_channel
    trunks_failed: set[str] = field(default_factory=set)  # legs that could not be made
    rang: float | None = None  # seconds until somebody picked up


@dataclass
class Conference:
    """Agent, citizen and a third in one room: a department, or an interpreter who may still have to come."""

    key: str  # the transfer it came of, or the interpretation
    third_channel: str
    third_name: str
    number: str
    started: float
    citizen_left: bool = False
    kind: str = "department"  # department, interpreter
    phase: str = "talking"  # ringing (interpreters only), talking
    language: str = ""
    dialling: str = ""  # channel that rings one partner after the other
    partners: tuple[Partner, ...] = ()
    spoke: bool = False


@dataclass
class Supervision:
    """A supervisor's phone at an agent's talk."""

    channel: str  # id of the supervisor's leg, chosen by us
    supervisor: str
    agent: str
    call_id: str
    mode: str  # listen, whisper, join, take-over
    agent_channel_name: str
    is_up: bool = False


@dataclass
class Call:
    """One citizen who has reached our queue."""

    call_id: str
    channel_id: str
    channel_name: str
    trunk: str
    origin_number: str
    dialled_number: str
    outside_area: bool
    caller_number: str | None
    caller_name: str
    language: str
    case_number: str
    queued_at: datetime
    queued: float
    phase: Phase = Phase.WAITING
    admitted: float = 0.0
    agent: str | None = None
    agent_channel: str = ""
    recovering: bool = False  # the agent's page was loaded again in the talk: back to the same agent
    held: bool = False  # the agent's phone has the citizen on hold
    not_heard: str = ""  # citizen, agent: no sound comes from there
    call_back_promised: bool = False
    offer_id: str = ""
    offered: float = 0.0
    probing: bool = False  # whether it is being asked, again and again, if the citizen is still there
    answered: float | None = None
    answered_at: datetime | None = None
    waited: float | None = None
    tried: set[str] = field(default_factory=set)
    reserved_for: str | None = None
    returned_reason: str | None = None
    transfer: Transfer | None = None
    conference: Conference | None = None
    next_announcement: float = 0.0
    announcing: str = ""  # playback id
    announced_by: float = 0.0  # when it must be over
    music: bool = False


# --- actions: what the edge is asked to do, in the imperative --------------------------------------------------


@dataclass(frozen=True)
class Claim:
    channel_id: str


@dataclass(frozen=True)
class Ring:
    """Show the call on the agent's desk, then let the dialplan ring the phone."""

    call_id: str
    channel_id: str
    extension: str
    offer_id: str


@dataclass(frozen=True)
class Continue:
    """Give a channel back to the dialplan."""

    channel_id: str
    context: str
    extension: str = "s"


@dataclass(frozen=True)
class Renew:
    """Renew the lease of a waiting call: the dead-man switch that saves it from a frozen worker.

    Never while the channel plays an announcement: ARI does one thing at a time on a channel, the request would wait for the
    end of the sentence, and every other request of the connection behind it. `more_seconds` covers the sentence instead.
    """

    channel_id: str
    more_seconds: float = 0.0


@dataclass(frozen=True)
class PlayMusic:
    channel_id: str


@dataclass(frozen=True)
class Announce:
    call_id: str
    channel_id: str
    playback_id: str
    language: str
    prompts: tuple[str, ...]


@dataclass(frozen=True)
class Silence:
    """Stop an announcement, so that what follows on this channel need not wait for its end."""

    playback_id: str


@dataclass(frozen=True)
class Record:
    """One journal record."""

    kind: str
    call_id: str | None
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Show:
    """Show an agent's desks the agent's state, or a pop, or the call. What is shown is made only if a desk is open."""

    extension: str
    what: str  # state, pop, call
    call: "Call | None" = None


@dataclass(frozen=True)
class Member:
    """Keep the last resort's queues in step: add, pause, unpause, remove."""

    extension: str
    do: str
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Probe:
    """Find out whether this channel still exists, and say so with `channel_probed`."""

    call_id: str
    channel_id: str
    after_seconds: float = 0.7


@dataclass(frozen=True)
class StartBlind:
    call_id: str
    ring_seconds: int


@dataclass(frozen=True)
class StartConsult:
    call_id: str
    ring_seconds: int


@dataclass(frozen=True)
class StartConference:
    call_id: str


@dataclass(frozen=True)
class StartInterpreter:
    call_id: str


@dataclass(frozen=True)
class StartSupervision:
    supervisor: str


@dataclass(frozen=True)
class ChangeSupervision:
    supervisor: str


@dataclass(frozen=True)
class TakeOver:
    supervisor: str


@dataclass(frozen=True)
class HangUp:
    """Hang a leg up; `forget_citizen` first clears the citizen's name on it (see dialplan/60-departments.conf)."""

    channel: str
    forget_citizen: bool = False


@dataclass(frozen=True)
class Watch:
    """Ask for the events of one channel."""

    channel_id: str


Action = (
    Claim
    | Ring
    | Continue
    | Renew
    | Silence
    | PlayMusic
    | Announce
    | Record
    | Show
    | Member
    | Probe
    | StartBlind
    | StartConsult
    | StartConference
    | StartInterpreter
    | StartSupervision
    | ChangeSupervision
    | TakeOver
    | HangUp
    | Watch
)

"""What Asterisk tells us, as values: ARI's JSON in, one small dataclass out, None for what we do not act on.

No clock, no I/O. Everything in these messages is untrusted text: a caller's name reaches us as it was sent.
Source: Asterisk 22 REST interface, resource "events".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Channel:
    """One leg, as ARI describes it."""

    channel_id: str
    name: str  # PJSIP/201-0000001a
    state: str  # Down, Ring, Ringing, Up, ...
    number: str
    caller_name: str
    account: str  # our call_id: the dialplan sets it as accountcode, and dialled legs inherit it
    language: str

    @property
    def endpoint(self) -> str:
        """`201` of `PJSIP/201-0000001a`; empty for other technologies."""
        technology, _, rest = self.name.partition("/")
        return rest.rpartition("-")[0] if technology == "PJSIP" else ""


@dataclass(frozen=True)
class Broadcast:
    """A call asks for a worker (StasisBroadcast); its arguments come with StasisStart, to the winner only."""

    channel: Channel


@dataclass(frozen=True)
class Entered:
    """A channel is ours now (StasisStart); `args` are the dialplan's."""

    channel: Channel
    args: tuple[str, ...]


@dataclass(frozen=True)
class Left:
    """A channel has left us (StasisEnd): continued, or gone."""

    channel: Channel


@dataclass(frozen=True)
class StateChanged:
    channel: Channel


@dataclass(frozen=True)
class Destroyed:
    channel: Channel
    cause: int  # Q.850


@dataclass(frozen=True)
class Dialled:
    """A leg of ours dials another; status is empty, RINGING, PROGRESS, ANSWER, BUSY, NOANSWER, CANCEL, ..."""

    caller: Channel | None
    peer: Channel
    status: str


@dataclass(frozen=True)
class KeyPressed:
    channel: Channel
    digit: str


@dataclass(frozen=True)
class PlaybackEnded:
    playback_id: str
    channel_id: str
    failed: bool


@dataclass(frozen=True)
class EndpointChanged:
    """A phone registered, left, or was found (un)reachable; its state has to be asked for.

    EndpointStateChange would tell it, and comes with every call besides.
    """

    endpoint: str


@dataclass(frozen=True)
class Replaced:
    """Another connection took our application name over."""


Event = (
    Broadcast
    | Entered
    | Left
    | StateChanged
    | Destroyed
    | Dialled
    | KeyPressed
    | PlaybackEnded
    | EndpointChanged
    | Replaced
)

WANTED = (
    "RESTResponse",  # the filter holds back the answers to our own requests too
    "ApplicationReplaced",
    "CallBroadcast",
    "StasisStart",
    "StasisEnd",
    "ChannelStateChange",
    "ChannelDestroyed",
    "Dial",
    "ChannelDtmfReceived",
    "PlaybackFinished",
    "PeerStatusChange",
    "ContactStatusChange",
)
"""Asked for by an ARI event filter: what is not on the list costs Asterisk and us nothing."""


def channel_of(raw: Json) -> Channel:
    """A channel object of ARI as a value; missing parts are empty."""
    caller = raw.get("caller") or {}
    return Channel(
        channel_id=str(raw.get("id", "")),
        name=str(raw.get("name", "")),
        state=str(raw.get("state", "")),
        number=str(caller.get("number") or ""),
        caller_name=str(caller.get("name") or ""),
        account=str(raw.get("accountcode") or ""),
        language=str(raw.get("language") or ""),
    )


def parse_event(raw: Json) -> Event | None:
    """One message of the event websocket. Unknown kinds are None: Asterisk may learn new ones at any upgrade."""
    match raw.get("type"):
        case "CallBroadcast":
            return Broadcast(channel_of(raw.get("channel") or {}))
        case "StasisStart":
            return Entered(
                channel_of(raw.get("channel") or {}), tuple(str(arg) for arg in raw.get("args") or ())
            )
        case "StasisEnd":
            return Left(channel_of(raw.get("channel") or {}))
        case "ChannelStateChange":
            return StateChanged(channel_of(raw.get("channel") or {}))
        case "ChannelDestroyed":
            return Destroyed(channel_of(raw.get("channel") or {}), int(raw.get("cause") or 0))
        case "Dial":
            caller = raw.get("caller")
            return Dialled(
                channel_of(caller) if caller else None,
                channel_of(raw.get("peer") or {}),
                str(raw.get("dialstatus") or ""),
            )
        case "ChannelDtmfReceived":
            return KeyPressed(channel_of(raw.get("channel") or {}), str(raw.get("digit") or ""))
        case "PlaybackFinished":
            playback = raw.get("playback") or {}
            target = str(playback.get("target_uri") or "")
            return PlaybackEnded(
                str(playback.get("id") or ""),
                target.removeprefix("channel:"),
                playback.get("state") == "failed",
            )
        case "PeerStatusChange" | "ContactStatusChange":
            return EndpointChanged(str((raw.get("endpoint") or {}).get("resource") or ""))
        case "ApplicationReplaced":
            return Replaced()
        case _:
            return None

"""What Asterisk tells us, as values: ARI's JSON in, one small dataclass out, None for what we do not act on.

Decoded by msgspec straight into these types, which skips all that we do not name: a fifth of the time of JSON to dict to value.
No clock, no I/O. Everything in these messages is untrusted text: a caller's name reaches us as it was sent.
Source: Asterisk 22 REST interface, resource "events".
"""

from typing import Any

import msgspec


class Party(msgspec.Struct):
    """Name and number as the caller sent them."""

    name: str = ""
    number: str = ""


class Channel(msgspec.Struct):
    """One leg, as ARI describes it; what is missing is empty."""

    channel_id: str = msgspec.field(name="id", default="")
    name: str = ""  # PJSIP/201-0000001a
    state: str = ""  # Down, Ring, Ringing, Up, ...
    caller: Party = msgspec.field(default_factory=Party)
    account: str = msgspec.field(name="accountcode", default="")  # our call_id; dialled legs inherit it
    language: str = ""

    @property
    def number(self) -> str:
        return self.caller.number

    @property
    def caller_name(self) -> str:
        return self.caller.name

    @property
    def endpoint(self) -> str:
        """`201` of `PJSIP/201-0000001a`; empty for other technologies."""
        technology, _, rest = self.name.partition("/")
        return rest.rpartition("-")[0] if technology == "PJSIP" else ""


class Place(msgspec.Struct):
    """Where in the dialplan a channel stands."""

    app_name: str = ""


class ListedChannel(Channel):
    """A leg as `GET /channels` lists it."""

    dialplan: Place = msgspec.field(default_factory=Place)

    @property
    def in_stasis(self) -> bool:
        """In a worker's hands: an application lists besides them the channels that it only watches."""
        return self.dialplan.app_name in ("Stasis", "StasisBroadcast")


class Broadcast(msgspec.Struct, tag="CallBroadcast"):
    """A call asks for a worker (StasisBroadcast); its arguments come with StasisStart, to the winner only."""

    channel: Channel


class Entered(msgspec.Struct, tag="StasisStart"):
    """A channel is ours now; `args` are the dialplan's."""

    channel: Channel
    args: tuple[str, ...] = ()
    timestamp: str = ""


class Left(msgspec.Struct, tag="StasisEnd"):
    """A channel has left us: continued, or gone."""

    channel: Channel
    timestamp: str = ""


class StateChanged(msgspec.Struct, tag="ChannelStateChange"):
    channel: Channel
    timestamp: str = ""


class Destroyed(msgspec.Struct, tag="ChannelDestroyed"):
    channel: Channel
    cause: int = 0  # Q.850
    timestamp: str = ""


class Held(msgspec.Struct, tag="ChannelHold"):
    """An agent's phone has put the other side on hold."""

    channel: Channel


class Unheld(msgspec.Struct, tag="ChannelUnhold"):
    channel: Channel


class Talking(msgspec.Struct, tag="ChannelTalkingStarted"):
    """Somebody begins to speak. Only legs whose words are waited for are listened to (TALK_DETECT of the dialplan)."""

    channel: Channel


class Dialled(msgspec.Struct, tag="Dial"):
    """A leg of ours dials another; status is empty, RINGING, PROGRESS, ANSWER, BUSY, NOANSWER, CANCEL, ..."""

    peer: Channel
    status: str = msgspec.field(name="dialstatus", default="")
    caller: Channel | None = None


class KeyPressed(msgspec.Struct, tag="ChannelDtmfReceived"):
    channel: Channel
    digit: str = ""


class Playback(msgspec.Struct):
    playback_id: str = msgspec.field(name="id", default="")
    target: str = msgspec.field(name="target_uri", default="")
    state: str = ""

    @property
    def channel_id(self) -> str:
        return self.target.removeprefix("channel:")


class PlaybackEnded(msgspec.Struct, tag="PlaybackFinished"):
    playback: Playback


class Endpoint(msgspec.Struct):
    resource: str = ""


class PeerChanged(msgspec.Struct, tag="PeerStatusChange"):
    """A phone registered or left; its state has to be asked for.

    EndpointStateChange would tell it, and comes with every call besides.
    """

    endpoint: Endpoint


class ContactChanged(msgspec.Struct, tag="ContactStatusChange"):
    """A phone was found reachable or not."""

    endpoint: Endpoint


class Replaced(msgspec.Struct, tag="ApplicationReplaced"):
    """Another connection took our application name over."""


class Response(msgspec.Struct, tag="RESTResponse"):
    """The answer to one request of ours."""

    request_id: str = ""
    status_code: int = 0
    message_body: str = ""


Event = (
    Broadcast
    | Entered
    | Left
    | StateChanged
    | Destroyed
    | Held
    | Unheld
    | Talking
    | Dialled
    | KeyPressed
    | PlaybackEnded
    | PeerChanged
    | ContactChanged
    | Replaced
    | Response
)

WANTED = (
    "RESTResponse",  # the filter holds back the answers to our own requests too
    "ApplicationReplaced",
    "CallBroadcast",
    "StasisStart",
    "StasisEnd",
    "ChannelStateChange",
    "ChannelDestroyed",
    "ChannelHold",
    "ChannelUnhold",
    "ChannelTalkingStarted",
    "ChannelDtmfReceived",
    "PlaybackFinished",
    "PeerStatusChange",
    "ContactStatusChange",
)
"""Asked for by an ARI event filter: what is not on the list costs Asterisk and us nothing."""

WANTED_IN_HAND_OVERS = (*WANTED, "Dial")
"""While an agent hands a citizen over. Every call has three Dial events, each with two whole channels in it; without them a
call costs us a quarter less."""

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_channels_decoder = msgspec.json.Decoder(list[ListedChannel])


def parse_event(text: bytes) -> Event | None:
    """One message of the event websocket; None for a kind we do not know (Asterisk may learn new ones at any upgrade).

    Raises msgspec.DecodeError (a ValueError) for what is not JSON, or is a kind we know in another shape.
    """
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError:
        kind = msgspec.json.decode(text, type=_Kind).type
        if kind in WANTED_IN_HAND_OVERS:
            raise
        return None


class _Kind(msgspec.Struct):
    type: Any = None


def channels_of(text: str | bytes) -> list[ListedChannel]:
    """The answer to `GET /channels`. Raises msgspec.DecodeError."""
    return _channels_decoder.decode(text)

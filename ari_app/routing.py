"""Which decision an event of Asterisk asks for. Pure: state and event in, actions out, both clocks as arguments."""

from datetime import datetime

from ari_app import conferences, events, interpreters, supervision, transfers
from ari_app.acd import Acd
from ari_app.state import Action


def decide(acd: Acd, event: events.Event, now: float, at: datetime) -> list[Action]:
    """What is to be done about `event`; nothing for events that are not about a channel. `now` is monotonic seconds."""
    match event:
        case events.Broadcast(channel):
            return acd.asked(channel)
        case events.Entered(channel, args):
            return acd.entered(channel, args, now, at)
        case events.Left(channel):
            return acd.left(channel, now, at)
        case events.StateChanged(channel):
            acd.leg_seen(channel)
            if channel.state == "Up":
                supervision.leg_up(acd, channel)
            return acd.leg_up(channel, now, at) if channel.state == "Up" else []
        case events.Held(channel) | events.Unheld(channel):
            return acd.leg_held(channel, isinstance(event, events.Held))
        case events.Destroyed(channel):
            return [
                *acd.left(channel, now, at),
                *transfers.citizen_gone(acd, channel, now),
                *transfers.peer_gone(acd, channel, now),
                *interpreters.gone(acd, channel, now),
                *conferences.gone(acd, channel, now),
                *supervision.leg_gone(acd, channel),
                *acd.leg_gone(channel, now, at),
            ]
        case events.Dialled(peer, status, caller):
            return transfers.dialled(acd, caller, peer, status, now) or interpreters.dialled(
                acd, caller, peer, status, now
            )
        case events.Talking(channel):
            return interpreters.spoke(acd, channel, at)
        case events.KeyPressed(channel, digit):
            return acd.key_pressed(channel, digit, now, at)
        case events.PlaybackEnded(playback):
            return acd.playback_ended(playback.playback_id, playback.channel_id, now)
    return []

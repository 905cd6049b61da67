"""Which events are news: the same event twice, and one that comes behind a later one of its channel, change nothing.

Asterisk neither doubles nor exchanges events of one channel; what stands between may. Pure, on the time-stamps that Asterisk
writes (one clock, one zone: text compares as time). Kept for the channels of the last minutes.
"""

from collections import OrderedDict

from ari_app.events import Destroyed, Entered, Event, Left, StateChanged

_CHANNELS_REMEMBERED = 4000

_Kind = tuple[type, str]
"""A phone that answers at once rings and is up within one millisecond: the state tells these events apart."""


class News:
    """Told of every event; says which to act on."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, tuple[str, frozenset[_Kind]]] = OrderedDict()

    def is_news(self, event: Event) -> bool:
        """False for a repeated or overtaken event of a channel; events without a channel or a time are always news."""
        if not isinstance(event, (Entered, Left, StateChanged, Destroyed)) or not event.timestamp:
            return True
        channel_id = event.channel.channel_id
        kind = (type(event), event.channel.state if isinstance(event, StateChanged) else "")
        last, kinds = self._last.get(channel_id, ("", frozenset()))
        if event.timestamp < last or (event.timestamp == last and kind in kinds):
            return False
        if (Destroyed, "") in kinds and not isinstance(event, Left):
            return False  # nothing comes after the end but the news that it left us
        same_moment = kinds if event.timestamp == last else frozenset()
        self._last[channel_id] = (event.timestamp, same_moment | {kind})
        self._last.move_to_end(channel_id)
        if len(self._last) > _CHANNELS_REMEMBERED:
            self._last.popitem(last=False)
        return True

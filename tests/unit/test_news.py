"""Doubled and overtaken events change nothing; nothing that is news is lost."""

from hypothesis import given
from hypothesis import strategies as st

from ari_app.events import Channel, Destroyed, Entered, Event, Left, StateChanged
from ari_app.news import News

KINDS = {"entered": Entered, "left": Left, "state": StateChanged}


def at(kind: str, second: int, channel_id: str = "a") -> Event:
    return KINDS[kind](Channel(channel_id), timestamp=f"2026-11-22T00:00:{second:02}.000+0000")


@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=20), st.data())
def test_the_same_history_doubled_and_with_neighbours_exchanged_ends_the_same(
    kinds: list[str], data: st.DataObject
) -> None:
    history = [at(kind, second) for second, kind in enumerate(kinds)]
    plain = [event for event in history if News().is_news(event)]
    assert plain == history
    disturbed = [event for event in history for _ in range(data.draw(st.integers(1, 3)))]
    for place in range(len(disturbed) - 1):
        if data.draw(st.booleans()):
            disturbed[place], disturbed[place + 1] = disturbed[place + 1], disturbed[place]
    news = News()
    acted_on = [event for event in disturbed if news.is_news(event)]
    assert acted_on[-1:] == history[-1:], "the last word is the last event"
    assert len(set(map(id, acted_on))) == len(acted_on), "none twice"
    assert acted_on == sorted(acted_on, key=lambda event: event.timestamp)  # type: ignore[union-attr]


def test_nothing_comes_after_the_end_and_other_channels_are_not_touched() -> None:
    news = News()
    assert news.is_news(Destroyed(Channel("a"), 16, "2026-11-22T00:00:05.000+0000"))
    assert not news.is_news(at("state", 4)) and not news.is_news(at("state", 6))
    assert news.is_news(at("left", 5)), "but that it left us is acted on, whichever came first"
    assert news.is_news(at("state", 4, "b"))
    assert news.is_news(StateChanged(Channel("a"))), "without a time it cannot be judged"


def test_ringing_and_up_within_one_millisecond_are_two_events() -> None:
    news, moment = News(), "2026-11-22T00:00:05.000+0000"
    ringing = StateChanged(Channel("a", state="Ringing"), moment)
    up = StateChanged(Channel("a", state="Up"), moment)
    assert [news.is_news(one) for one in (ringing, up, ringing, up)] == [True, True, False, False]

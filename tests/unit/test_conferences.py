"""Agent, citizen and a third: what is followed for every order in which they leave, no Asterisk."""

import pytest

from ari_app import conferences, transfers
from ari_app.state import AgentState, Call, HangUp, Phase, Record, StartConference
from tests.support.acd import TARGET, Centre, channel, of, records


def consulting(centre: Centre) -> Call:
    call = centre.talking()
    transfers.start(centre.acd, centre.acd.agents["201"], "attended", TARGET, "", 15, centre.now)
    for status in ("", "ANSWER"):
        leg, peer = channel(call.agent_channel, "PJSIP/201-1"), channel("dep", "PJSIP/trunk_a-9")
        transfers.dialled(centre.acd, leg, peer, status, centre.later(2).now)
    return call


def together(centre: Centre) -> Call:
    call = consulting(centre)
    actions = conferences.join(centre.acd, centre.acd.agents["201"], centre.later(30).now)
    assert records(actions) == ["TransferEnded", "ConferenceStarted"] and of(actions, StartConference)
    ended = of(actions, Record)[0].fields
    assert (ended["result"], ended["ring_seconds"]) == ("picked-up", 4.0), "the ringing, not the consultation"
    return call


def third_goes(centre: Centre) -> list[str]:
    return records(conferences.gone(centre.acd, channel("dep", "PJSIP/trunk_a-9"), centre.now))


def citizen_goes(centre: Centre) -> list[str]:
    return records(conferences.gone(centre.acd, channel("ch-c1", "PJSIP/trunk_a-1"), centre.now))


def test_nobody_is_joined_before_the_department_has_answered() -> None:
    centre = Centre("201")
    centre.talking()
    agent = centre.acd.agents["201"]
    assert conferences.join(centre.acd, agent, centre.now) == []
    transfers.start(centre.acd, agent, "attended", TARGET, "", 15, centre.now)
    assert conferences.join(centre.acd, agent, centre.now) == []


def test_agent_leaves_and_is_free_for_the_next() -> None:
    centre = Centre("201", wrap_up=0)
    call = together(centre)
    (hang_up,) = of(conferences.leave(centre.acd, centre.acd.agents["201"]), HangUp)
    assert hang_up.channel == call.agent_channel
    assert records(centre.hangs_up())[:2] == ["ConferenceEnded", "TalkEnded"]
    assert centre.state() is AgentState.AVAILABLE and not centre.acd.calls and not centre.acd.conferences


def test_the_third_leaves_and_the_talk_goes_on_as_before() -> None:
    centre = Centre("201")
    call = together(centre)
    (hang_up,) = of(conferences.dismiss(centre.acd, centre.acd.agents["201"]), HangUp)
    assert hang_up.channel == "dep"
    assert third_goes(centre) == ["ConferenceEnded"]
    assert (call.phase, call.conference) == (Phase.TALKING, None) and not centre.acd.conferences
    assert transfers.start(centre.acd, centre.acd.agents["201"], "attended", TARGET, "", 15, centre.now)


@pytest.mark.parametrize("last", ["third", "agent"])
def test_citizen_leaves_first_and_one_end_is_written_whoever_is_next(last: str) -> None:
    centre = Centre("201")
    call = together(centre)
    assert citizen_goes(centre) == ["ConferenceEnded"] and citizen_goes(centre) == []
    assert call.phase is Phase.CONFERENCE
    if last == "third":
        assert third_goes(centre) == []
    assert records(centre.hangs_up())[0] == "TalkEnded"
    assert centre.state() is AgentState.WRAP_UP and not centre.acd.calls and not centre.acd.conferences

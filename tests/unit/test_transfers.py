"""Handing over as a reducer: every end of a blind and an attended transfer, no Asterisk."""

import pytest

from ari_app import transfers
from ari_app.state import (
    Action,
    Agent,
    AgentState,
    Call,
    HangUp,
    Phase,
    Record,
    Ring,
    StartBlind,
    StartConsult,
)
from tests.support.acd import TARGET, Centre, channel, of, records


def begin(centre: Centre, kind: str) -> Call:
    call = centre.talking()
    actions = transfers.start(centre.acd, centre.acd.agents["201"], kind, TARGET, "누수", 15, centre.now)
    assert of(actions, StartBlind if kind == "blind" else StartConsult)
    return call


def dialled(centre: Centre, caller: str, status: str, peer: str = "dep") -> list[Action]:
    return transfers.dialled(
        centre.acd, channel(caller, "PJSIP/x-1"), channel(peer, "PJSIP/trunk_a-9"), status, centre.now
    )


def test_blind_transfer_picked_up() -> None:
    centre = Centre("201")
    begin(centre, "blind")
    centre.hangs_up()
    dialled(centre, "ch-c1", "")
    assert records(dialled(centre, "ch-c1", "ANSWER")) == ["TransferAnswered", "TransferEnded"]
    assert not centre.acd.calls


def test_blind_transfer_not_taken_goes_back_to_the_same_agent_even_when_another_is_longer_idle() -> None:
    centre = Centre("201")
    begin(centre, "blind")
    centre.hangs_up()
    centre.acd.set_roster(
        [*centre.acd.agents.values(), Agent("202", "b", frozenset({"ko"}), frozenset())],
        centre.now,
        centre.at,
    )
    centre.acd.agents["202"].registered = True
    centre.acd.change_state(centre.acd.agents["202"], AgentState.AVAILABLE, "", 0.0, centre.at)
    returned = ("returned", "c1", "NOANSWER", "201")
    actions = centre.later(15).acd.entered(
        channel("ch-c1", "PJSIP/trunk_a-1"), returned, centre.now, centre.at
    )
    assert [ring.extension for ring in of(actions, Ring)] == ["201"]
    assert centre.acd.calls["c1"].returned_reason == "no-answer"


@pytest.mark.parametrize("status", ["NOANSWER", "BUSY"])
def test_consultation_that_fails_brings_the_agent_back(status: str) -> None:
    centre = Centre("201")
    call = begin(centre, "attended")
    dialled(centre, call.agent_channel, "")
    dialled(centre, call.agent_channel, status)
    assert call.phase is Phase.TALKING and call.transfer is None


def test_one_dead_trunk_does_not_end_a_consultation_two_do() -> None:
    centre = Centre("201")
    call = begin(centre, "attended")
    dialled(centre, call.agent_channel, "", "first")
    assert dialled(centre, call.agent_channel, "CHANUNAVAIL", "first") == []
    dialled(centre, call.agent_channel, "", "second")
    assert records(dialled(centre, call.agent_channel, "CHANUNAVAIL", "second")) == ["TransferEnded"]


def test_agents_hanging_up_while_talking_to_the_department_completes() -> None:
    centre = Centre("201")
    call = begin(centre, "attended")
    dialled(centre, call.agent_channel, "")
    dialled(centre, call.agent_channel, "ANSWER")
    assert of(transfers.complete(centre.acd, centre.acd.agents["201"]), HangUp)
    ended = of(centre.hangs_up(), Record)
    assert next(one for one in ended if one.kind == "TransferEnded").fields["result"] == "picked-up"


def test_cancelling_clears_the_citizens_name_on_the_departments_leg_first() -> None:
    centre = Centre("201")
    call = begin(centre, "attended")
    dialled(centre, call.agent_channel, "")
    dialled(centre, call.agent_channel, "ANSWER")
    (hang_up,) = of(transfers.cancel(centre.acd, centre.acd.agents["201"], centre.now), HangUp)
    assert hang_up.forget_citizen and hang_up.channel == "dep"


def test_no_transfer_without_a_talk() -> None:
    centre = Centre("201")
    assert transfers.start(centre.acd, centre.acd.agents["201"], "blind", TARGET, "", 15, centre.now) == []


def test_citizen_who_hangs_up_while_the_department_rings_frees_the_agent() -> None:
    centre = Centre("201")
    begin(centre, "blind")
    centre.hangs_up()
    assert centre.state() is AgentState.WRAP_UP
    gone = transfers.citizen_gone(centre.acd, channel("ch-c1", "PJSIP/trunk_a-1"), centre.now)
    assert records(gone) == ["TransferEnded"] and not centre.acd.calls
    centre.acd.tick(centre.later(30).now, centre.at)
    assert centre.state() is AgentState.AVAILABLE


def test_citizen_who_hangs_up_in_a_consultation_ends_the_attempt_and_the_talk_with_the_agents_leg() -> None:
    centre = Centre("201")
    begin(centre, "attended")
    gone = transfers.citizen_gone(centre.acd, channel("ch-c1", "PJSIP/trunk_a-1"), centre.now)
    assert records(gone) == ["TransferEnded"]
    assert "TalkEnded" in records(centre.hangs_up()) and not centre.acd.calls


def test_a_consultation_of_which_no_leg_comes_is_over_and_the_desk_says_so() -> None:
    centre = Centre("201")
    call = begin(centre, "attended")
    assert transfers.overdue(centre.acd, centre.later(4.9).now) == []
    assert records(transfers.overdue(centre.acd, centre.later(0.2).now)) == ["TransferEnded"]
    assert (call.phase, call.returned_reason) == (Phase.TALKING, "unreachable")
    assert not centre.acd.handing_over


def test_a_leg_that_rings_is_waited_for_and_the_second_trunk_gets_its_time() -> None:
    centre = Centre("201")
    call = begin(centre, "attended")
    dialled(centre, call.agent_channel, "", peer="first")
    assert transfers.overdue(centre.acd, centre.later(14).now) == []
    dialled(centre, call.agent_channel, "CONGESTION", peer="first")
    assert transfers.overdue(centre.acd, centre.later(4.9).now) == []
    dialled(centre, call.agent_channel, "", peer="second")
    assert transfers.overdue(centre.acd, centre.later(14).now) == []


def test_citizen_who_is_back_before_the_end_of_the_agents_leg_is_told_rings_the_agent_when_it_is() -> None:
    centre = Centre("201")
    begin(centre, "attended")
    leg = centre.leg_of("201")
    returned = ("returned", "c1", "ANSWER", "201")
    actions = centre.acd.entered(channel("ch-c1", "PJSIP/trunk_a-1"), returned, centre.now, centre.at)
    assert "TalkEnded" in records(actions) and not of(actions, Ring)
    rung = of(centre.acd.leg_gone(leg, centre.now, centre.at), Ring)
    assert [ring.extension for ring in rung] == ["201"]

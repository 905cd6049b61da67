"""The ACD as a reducer: events in, actions out, no Asterisk. Every order of hang-ups, repeats and strangers."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ari_app import held_calls, reconcile
from ari_app.state import (
    AgentState,
    Announce,
    Continue,
    Member,
    Phase,
    PlayMusic,
    Probe,
    Record,
    Renew,
    Ring,
    Show,
    Silence,
)
from tests.support.acd import START, Centre, channel, of, records


def test_a_free_agent_is_offered_the_call_at_once_and_pop_comes_before_ring() -> None:
    actions = Centre("201").citizen()
    assert records(actions) == ["CallQueued", "CallOffered", "AgentStateChanged"]
    kinds = [action.what if isinstance(action, Show) else type(action).__name__ for action in actions]
    assert kinds.index("pop") < kinds.index("Ring")


def test_nobody_free_the_citizen_hears_the_position_and_is_leased() -> None:
    centre = Centre()
    actions = centre.citizen()
    assert of(actions, Renew) and of(actions, Announce)
    assert not of(centre.acd.tick(centre.later().now, centre.at), Renew), "never during a sentence"
    (announce,) = of(actions, Announce)
    ended = centre.acd.playback_ended(announce.playback_id, "ch-c1", centre.now)
    assert [type(action) for action in ended] == [Renew, PlayMusic]
    assert of(centre.acd.tick(centre.later().now, centre.at), Renew)


def test_a_sentence_is_cut_short_for_an_offer_and_its_lost_end_is_noticed() -> None:
    centre = Centre("201")
    agent = centre.acd.agents["201"]
    centre.acd.change_state(agent, AgentState.ON_BREAK, "rest", centre.now, centre.at)
    centre.citizen()
    kinds = [
        type(action)
        for action in centre.acd.change_state(agent, AgentState.AVAILABLE, "", centre.now, centre.at)
    ]
    assert kinds.index(Silence) < kinds.index(Ring)
    other = Centre()
    other.citizen()
    assert of(other.acd.tick(other.later(5).now, other.at), PlayMusic), "nobody told that the sentence ended"


def test_answer_talk_wrap_up_and_available_again() -> None:
    centre = Centre("201")
    centre.talking()
    assert centre.state() is AgentState.ON_CALL
    assert "TalkEnded" in records(centre.later(60).hangs_up())
    assert centre.state() is AgentState.WRAP_UP and not centre.acd.calls
    centre.acd.tick(centre.later(21).now, centre.at)
    assert centre.state() is AgentState.AVAILABLE


def test_rona_sets_the_agent_not_available_and_keeps_the_place() -> None:
    centre = Centre("201", "202")
    centre.citizen("c1")
    first = centre.acd.calls["c1"].agent or ""
    other = "202" if first == "201" else "201"
    queued = centre.acd.calls["c1"].queued
    actions = centre.later(15).back("NOANSWER", first)
    assert centre.state(first) is AgentState.NOT_AVAILABLE
    assert [ring.extension for ring in of(actions, Ring)] == [other]
    assert centre.acd.calls["c1"].queued == queued


def test_citizen_who_hangs_up_while_the_phone_rings_frees_the_agent() -> None:
    centre = Centre("201")
    centre.citizen()
    centre.rings()
    assert of(centre.hangs_up(), Probe)
    assert records(centre.acd.channel_probed("c1", False, centre.now, centre.at)) == [
        "OfferEnded",
        "AgentStateChanged",
        "CallAbandoned",
    ]
    assert centre.state() is AgentState.AVAILABLE and not centre.acd.calls


def test_citizen_who_hangs_up_while_waiting_is_abandoned_once() -> None:
    centre = Centre()
    centre.citizen()
    assert of(centre.acd.left(channel("ch-c1", "PJSIP/trunk_a-1"), centre.now, centre.at), Probe)
    assert records(centre.acd.channel_probed("c1", False, centre.now, centre.at)) == ["CallAbandoned"]
    assert centre.acd.channel_probed("c1", False, centre.now, centre.at) == []


def test_lease_that_ran_out_while_we_were_frozen_is_not_an_abandoned_call() -> None:
    centre = Centre()
    centre.citizen()
    centre.acd.left(channel("ch-c1", "PJSIP/trunk_a-1"), centre.now, centre.at)
    assert records(centre.acd.channel_probed("c1", True, centre.now, centre.at)) == ["CallToFallback"]


@pytest.mark.parametrize(("number", "leaves"), [("01012345678", True), ("anonymous", False), ("", False)])
def test_key_1_asks_for_a_call_back_only_with_a_number(number: str, leaves: bool) -> None:
    centre = Centre()
    centre.citizen(number=number)
    actions = centre.acd.key_pressed(channel("ch-c1", "PJSIP/trunk_a-1"), "1", centre.now, centre.at)
    assert ("CallbackRequested" in records(actions)) is leaves


def test_nobody_leaves_a_call_by_asking_for_a_break() -> None:
    centre = Centre("201")
    centre.talking()
    assert (
        centre.acd.change_state(centre.acd.agents["201"], AgentState.ON_BREAK, "meal", centre.now, centre.at)
        == []
    )


def test_members_of_the_last_resort_follow_sign_in_break_and_sign_out() -> None:
    centre = Centre("201")
    agent = centre.acd.agents["201"]
    steps = [(AgentState.ON_BREAK, "pause"), (AgentState.AVAILABLE, "add"), (AgentState.LOGGED_OUT, "remove")]
    for state, do in steps:
        actions = centre.acd.change_state(agent, state, "rest", centre.now, centre.at)
        assert [member.do for member in of(actions, Member)] == [do]


def test_an_agent_whose_phone_has_a_leg_up_is_not_offered() -> None:
    centre = Centre("201")
    centre.rings()
    assert not of(centre.citizen(), Ring)
    assert of(centre.hangs_up(), Ring)


def test_strangers_change_nothing() -> None:
    centre = Centre("201")
    acd, stranger = centre.acd, channel("x", "PJSIP/999-1")
    assert acd.leg_up(stranger, centre.now, centre.at) == acd.leg_gone(stranger, centre.now, centre.at) == []
    assert acd.left(stranger, centre.now, centre.at) == acd.playback_ended("p", "x", centre.now) == []
    assert of(acd.entered(stranger, ("nonsense",), centre.now, centre.at), Continue)
    assert of(acd.entered(stranger, ("back", "unknown", "BUSY", "201"), centre.now, centre.at), Continue)


KINDS = [
    "citizen",
    "ring",
    "answer",
    "hang",
    "back",
    "left",
    "gone",
    "alive",
    "tick",
    "key1",
    "key9",
    "break",
    "in",
    "out",
]
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 4), st.integers(0, 30)), max_size=60)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_whatever_order_events_come_in_no_agent_has_two_calls_and_no_call_two_agents(
    steps: list[tuple[str, int, int]],
) -> None:
    """F6, F32: repeats, losses and nonsense orders never ring two agents for one citizen or two citizens at one agent."""
    centre = Centre("201", "202", "203")
    for what, number, seconds in steps:
        centre.later(seconds)
        extension, call_id = f"20{min(number, 3)}", f"c{number}"
        agent = centre.acd.agents[extension]
        own = channel(f"ch-{call_id}", "PJSIP/trunk_a-1")
        match what:
            case "citizen" if call_id not in centre.acd.calls:
                centre.citizen(call_id)
            case "ring":
                centre.rings(extension)
            case "answer":
                centre.answers(extension)
            case "hang":
                centre.hangs_up(extension)
            case "back":
                centre.back("NOANSWER", extension, call_id)
            case "left":
                centre.acd.left(own, centre.now, centre.at)
            case "gone" | "alive":
                centre.acd.channel_probed(call_id, what == "alive", centre.now, centre.at)
            case "tick":
                centre.acd.tick(centre.now, centre.at)
            case "key1" | "key9":
                centre.acd.key_pressed(own, what[-1], centre.now, centre.at)
            case "break" | "in" | "out":
                state = {
                    "break": AgentState.ON_BREAK,
                    "in": AgentState.AVAILABLE,
                    "out": AgentState.LOGGED_OUT,
                }[what]
                centre.acd.change_state(agent, state, "", centre.now, centre.at)
        held = [
            call.agent for call in centre.acd.calls.values() if call.phase in (Phase.OFFERED, Phase.TALKING)
        ]
        assert len(held) == len(set(held)), (what, held)
        for one in centre.acd.agents.values():
            if one.state in (AgentState.OFFERED, AgentState.ON_CALL) and one.reason != "last-resort":
                assert one.call_id is not None


def queued_record(call_id: str, at: datetime) -> dict[str, Any]:
    said = "trunk=trunk_a origin_number=120 dialled_number=120 caller_name= language=ko case_number=2611211000013"
    facts = dict(pair.split("=") for pair in said.split())
    ids = {"call_id": call_id, "channel_id": f"ch-{call_id}", "linked_id": f"ch-{call_id}"}
    times = {"at": at.isoformat(), "queued_at": at.isoformat()}
    return {"kind": "CallQueued", "outside_area": False, "caller_number": None, **facts, **ids, **times}


def test_reconcile_keeps_the_place_of_a_waiting_call_and_the_agent_of_a_talk() -> None:
    at = START + timedelta(seconds=100)
    journal = [
        queued_record("waits", START),
        queued_record("talks", START),
        {
            "kind": "CallAnswered",
            "call_id": "talks",
            "agent": "201",
            "waited_seconds": 3.0,
            "at": START.isoformat(),
        },
        queued_record("gone", START),
        queued_record("over", START),
        {"kind": "TalkEnded", "call_id": "over", "agent": "202", "at": START.isoformat()},
        {"kind": "CallQueued", "call_id": "broken"},
        {"kind": "AgentStateChanged", "agent": "201", "state": "on-call", "at": START.isoformat()},
        {
            "kind": "AgentStateChanged",
            "agent": "202",
            "state": "on-break",
            "reason": "meal",
            "at": START.isoformat(),
        },
    ]
    known = reconcile.open_calls(journal, 5000.0, at)
    assert set(known) == {"waits", "talks", "gone"} and known["waits"].queued == pytest.approx(4900.0)
    centre = Centre("201", "202")
    channels = [
        channel("ch-waits", "PJSIP/trunk_a-1"),
        channel("ch-talks", "PJSIP/trunk_a-2", account="talks"),
        channel("leg", "PJSIP/201-00000009", account="talks"),
        channel("stranger", "PJSIP/trunk_a-7"),
    ]
    found = reconcile.compare(known, channels, ["ch-waits", "stranger"], centre.acd.agents)
    phases = {call.call_id: call.phase for call in found.calls}
    assert phases == {"waits": Phase.WAITING, "talks": Phase.TALKING}
    assert [call.call_id for call in found.cut] == ["gone"] and found.strangers == ["stranger"]
    actions = centre.acd.adopt(found, 5000.0, at)
    assert centre.state("201") is AgentState.ON_CALL
    assert any(isinstance(action, Continue) and action.channel_id == "stranger" for action in actions)
    states = reconcile.agent_states(journal, 5000.0, at)
    assert (states["202"].state, states["202"].reason) == (AgentState.ON_BREAK, "meal")
    assert states["201"].state is AgentState.AVAILABLE
    wrapping = [{"kind": "AgentStateChanged", "agent": "201", "state": "wrap-up", "at": at.isoformat()}]
    assert reconcile.agent_states(wrapping, 5000.0, at + timedelta(seconds=7))["201"].since == 4993.0


def test_a_talk_that_ended_because_the_phone_went_away_is_first_in_line_for_somebody_else() -> None:
    centre = Centre("201", "202")
    centre.acd.change_state(centre.acd.agents["202"], AgentState.ON_BREAK, "rest", centre.now, centre.at)
    centre.talking()
    centre.citizen("c2")
    centre.later(5).hangs_up()
    assert centre.state("201") is AgentState.WRAP_UP
    actions = centre.acd.entered(
        channel("ch-c1", "PJSIP/trunk_a-1"), ("lost", "c1", "201"), centre.now, centre.at
    )
    assert "CallReturned" in records(actions) and centre.state("201") is AgentState.NOT_AVAILABLE
    offered = centre.acd.change_state(
        centre.acd.agents["202"], AgentState.AVAILABLE, "", centre.now, centre.at
    )
    assert [ring.call_id for ring in of(offered, Ring)] == ["c1"], "before the one who waited longer"


def test_a_held_call_comes_back_to_the_leader_with_its_case_and_its_place() -> None:
    standby, leader = Centre(), Centre("201")
    standby.citizen("c1")
    _, text = held_calls.arguments(standby.acd.calls["c1"]).split(",")
    actions = leader.later(3).acd.entered(
        channel("ch-c1", "PJSIP/trunk_a-1"), ("held", text), leader.now, leader.at
    )
    assert "CallQueued" not in records(actions) and of(actions, Ring)
    assert leader.acd.calls["c1"].case_number == standby.acd.calls["c1"].case_number
    assert leader.now - leader.acd.calls["c1"].queued == pytest.approx(3)
    (again,) = leader.acd.entered(
        channel("ch-x", "PJSIP/trunk_a-2"), ("held", "nonsense"), leader.now, leader.at
    )
    assert isinstance(again, Continue), "what cannot be read asks again, it is not lost"


def test_an_offer_without_a_leg_yet_is_kept_through_a_take_over_and_ends_when_nothing_rings() -> None:
    before = Centre("201")
    queued = before.citizen("c1")
    told = [
        {"kind": record.kind, "call_id": record.call_id, "at": before.at.isoformat(), **record.fields}
        for record in of(queued, Record)
    ]
    after = Centre("201").later(0.1)
    known = reconcile.open_calls(told, after.now, after.at)
    found = reconcile.compare(known, [channel("ch-c1", "PJSIP/trunk_a-1")], [], after.acd.agents)
    assert of(after.acd.adopt(found, after.now, after.at), Probe)
    assert after.acd.calls["c1"].phase is Phase.OFFERED and after.state() is AgentState.OFFERED
    assert of(after.acd.channel_probed("c1", True, after.now, after.at), Probe)
    after.later(30).acd.channel_probed("c1", True, after.now, after.at)
    assert after.state() is AgentState.AVAILABLE and after.acd.calls["c1"].phase is Phase.ELSEWHERE


def test_a_sentence_that_was_on_is_ended_before_anything_else_is_asked_of_the_channel() -> None:
    before = Centre()
    told = [
        {"kind": record.kind, "call_id": record.call_id, "at": before.at.isoformat(), **record.fields}
        for record in of(before.citizen("c1"), Record)
    ]
    after = Centre()
    known = reconcile.open_calls(told, after.now, after.at)
    found = reconcile.compare(known, [channel("ch-c1", "PJSIP/trunk_a-1")], ["ch-c1"], after.acd.agents)
    kinds = [type(action) for action in after.acd.adopt(found, after.now, after.at)]
    assert kinds.index(Silence) < kinds.index(Renew)


def test_a_leg_of_another_call_is_not_the_answer_to_an_offer() -> None:
    centre = Centre("201")
    centre.citizen("c1")
    other = channel("leg-q", "PJSIP/201-00000077", account="c9")
    centre.acd.leg_seen(other)
    actions = centre.acd.leg_up(other, centre.now, centre.at)
    assert "CallAnswered" not in records(actions) and of(actions, Probe)
    assert centre.state() is AgentState.ON_CALL and centre.acd.agents["201"].reason == "last-resort"


def test_what_nobody_saw_is_written_down_when_it_is_found() -> None:
    at = START + timedelta(seconds=100)
    journal = [
        queued_record("answered-unseen", START),
        {
            "kind": "CallOffered",
            "call_id": "answered-unseen",
            "agent": "201",
            "offer_id": "o",
            "at": START.isoformat(),
        },
        queued_record("gave-up", START),
        queued_record("talked", START),
        {
            "kind": "CallAnswered",
            "call_id": "talked",
            "agent": "202",
            "waited_seconds": 1.0,
            "at": START.isoformat(),
        },
    ]
    centre = Centre("201", "202")
    known = reconcile.open_calls(journal, 5000.0, at)
    channels = [
        channel("ch-answered-unseen", "PJSIP/trunk_a-1"),
        channel("leg", "PJSIP/201-00000009", account="answered-unseen"),
    ]
    agents = centre.acd.agents
    found = reconcile.compare(known, channels, [], agents, START - timedelta(hours=1))
    written = {(r.kind, r.call_id) for r in of(centre.acd.adopt(found, 5000.0, at), Record) if r.call_id}
    assert ("CallAnswered", "answered-unseen") in written
    assert ("CallAbandoned", "gave-up") in written and ("TalkEnded", "talked") in written
    found = reconcile.compare(known, [], [], agents, START + timedelta(hours=1))
    assert len(found.cut) == 3, "Asterisk was started since: they were cut"


def test_citizen_who_hangs_up_between_the_offer_and_the_ring_is_found_out() -> None:
    centre = Centre("201")
    centre.citizen("c1")
    (probe,) = of(centre.acd.tick(centre.later(2).now, centre.at), Probe)
    assert not of(centre.acd.tick(centre.later(1).now, centre.at), Probe), "asked once; the answer asks again"
    assert records(centre.acd.channel_probed(probe.call_id, False, centre.now, centre.at)) == [
        "OfferEnded",
        "AgentStateChanged",
        "CallAbandoned",
    ]
    assert centre.state() is AgentState.AVAILABLE

"""Who is not heard in a talk: the counters' table, the ears, and what the agent is told."""

from ari_app import sound_loss
from ari_app.state import AgentState, Show
from centre120.sound_watch import Ear, cut_name, listen, parse, silent
from tests.support.acd import Centre, of, records

TABLE = """vm/10943/22.10.1

                                             ...........Receive......... .........Transmit..........
 BridgeId ChannelId ........ UpTime.. Codec.   Count    Lost Pct  Jitter   Count    Lost Pct  Jitter RTT....
 ===========================================================================================================

 537371ed 201-00000002       00:00:06 alaw      262       0    0   0.000    262       0    0   0.002   0.000
 537371ed trunk_a-00000001   00:00:06 alaw      276       0    0   0.000    268       0    0   0.003   0.000
          trunk_b-00000007   01:00:06 alaw      181K      0    0   0.000    268K      0    0   0.003   0.000
          trunk_b-00000009 not valid

Objects found: 4
"""
CITIZEN, AGENT = "trunk_a-00000001", "201-00000001"


def test_the_table_is_read_and_counts_too_coarse_to_judge_are_left_out() -> None:
    assert parse(TABLE) == {"201-00000002": 262, "trunk_a-00000001": 276}
    assert parse("") == parse("No objects found.\n") == {}


def test_names_are_cut_as_the_table_cuts_them() -> None:
    assert cut_name("PJSIP/trunk_a-00000001") == "trunk_a-00000001"
    assert cut_name("PJSIP/a-very-long-endpoint-0000002a") == "a-very-long-endpoi"


def test_a_leg_is_silent_only_after_so_many_seconds_without_a_packet() -> None:
    ears = listen({}, {"a": 10, "b": 10}, ["a", "b"], 100.0)
    ears = listen(ears, {"a": 60, "b": 10}, ["a", "b"], 101.0)
    ears = listen(ears, {"a": 110, "b": 10}, ["a", "b"], 103.0)
    assert not silent(ears["a"], 103.0, 3.0) and silent(ears["b"], 103.0, 3.0)
    assert not silent(ears["b"], 102.9, 3.0)
    ears = listen(ears, {"a": 160, "b": 11}, ["a", "b"], 104.0)
    assert not silent(ears["b"], 104.0, 3.0)


def test_a_leg_that_nothing_is_known_of_is_not_silent_and_gone_legs_are_forgotten() -> None:
    assert not silent(None, 100.0, 3.0)
    assert listen({"a": Ear(1, 0.0)}, {"a": 1}, [], 9.0) == {}
    assert listen({"a": Ear(1, 0.0)}, {}, ["a"], 9.0) == {}


def test_the_agent_is_told_once_and_again_when_the_citizen_is_heard() -> None:
    centre = Centre("201")
    call = centre.talking()
    [(_, citizen, agent)] = sound_loss.talks(centre.acd)
    ears = {citizen: Ear(5, 0.0), agent: Ear(5, 9.0)}
    told = sound_loss.judged(centre.acd, ears, 10.0, 3.0)
    assert records(told) == ["SoundLost"] and [show.what for show in of(told, Show)] == ["call"]
    assert call.not_heard == "citizen"
    assert sound_loss.judged(centre.acd, ears, 11.0, 3.0) == []
    assert records(sound_loss.judged(centre.acd, {citizen: Ear(6, 11.0)}, 11.5, 3.0)) == ["SoundBack"]
    assert call.not_heard == ""


def test_a_silent_agents_phone_is_told_too_and_a_citizen_on_hold_is_not() -> None:
    centre = Centre("201")
    call = centre.talking()
    [(_, citizen, agent)] = sound_loss.talks(centre.acd)
    sound_loss.judged(centre.acd, {citizen: Ear(5, 9.0), agent: Ear(5, 0.0)}, 10.0, 3.0)
    assert call.not_heard == "agent"
    call.held = True
    assert sound_loss.talks(centre.acd) == []


def test_a_call_back_is_promised_once_in_the_talk_or_in_the_wrap_up() -> None:
    centre = Centre("201")
    centre.talking()
    agent = centre.acd.agents["201"]
    centre.hangs_up()
    assert agent.state is AgentState.WRAP_UP
    assert records(sound_loss.promise_call_back(centre.acd, agent)) == ["CallbackPromised"]
    assert sound_loss.promise_call_back(centre.acd, agent) == []


def test_no_call_back_is_promised_to_a_number_that_is_withheld_or_without_a_call() -> None:
    centre = Centre("201")
    assert sound_loss.promise_call_back(centre.acd, centre.acd.agents["201"]) == []
    centre.talking().caller_number = None
    assert sound_loss.promise_call_back(centre.acd, centre.acd.agents["201"]) == []

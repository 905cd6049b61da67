"""Help, and a supervisor at an agent's talk, as a reducer: what is allowed when, what is put on record. No Asterisk."""

import pytest

from ari_app import supervision
from ari_app.state import Call, ChangeSupervision, HangUp, Phase, StartSupervision, TakeOver
from ari_app.supervision import Refusal
from tests.support.acd import Centre, channel, of, records


def room() -> tuple[Centre, Call]:
    """201 talks; 203 is a phone that nobody has signed in at."""
    centre = Centre("201", "203")
    seat = centre.acd.agents["203"]
    centre.acd.change_state(seat, type(seat.state)("logged-out"), "", centre.now, centre.at)
    call = centre.talking()
    return centre, call


def listening(centre: Centre) -> str:
    done = supervision.start(centre.acd, "203", "201", "listen", "quality")
    assert not isinstance(done, Refusal)
    assert records(done)[0] == "SupervisionStarted" and of(done, StartSupervision)
    leg = centre.acd.supervisions["203"].channel
    supervision.leg_up(centre.acd, channel(leg, "PJSIP/203-9"))
    return leg


@pytest.mark.parametrize(
    ("who", "whom", "mode", "purpose", "code"),
    [
        ("203", "201", "listen", " ", "purpose-missing"),
        ("203", "201", "shout", "help", "purpose-missing"),
        ("203", "299", "listen", "help", "no-talk"),
        ("299", "201", "listen", "help", "phone-not-free"),
        ("201", "201", "listen", "help", "phone-not-free"),
    ],
)
def test_refused(who: str, whom: str, mode: str, purpose: str, code: str) -> None:
    centre, _ = room()
    assert supervision.start(centre.acd, who, whom, mode, purpose) == Refusal(code)


def test_a_mode_is_changed_without_hanging_up_and_only_once_the_phone_is_answered() -> None:
    centre, _ = room()
    done = supervision.start(centre.acd, "203", "201", "listen", "quality")
    assert not isinstance(done, Refusal)
    assert supervision.change(centre.acd, "203", "whisper") == Refusal("not-there")
    supervision.leg_up(centre.acd, channel(centre.acd.supervisions["203"].channel, "PJSIP/203-9"))
    changed = supervision.change(centre.acd, "203", "whisper")
    assert not isinstance(changed, Refusal) and of(changed, ChangeSupervision)
    assert supervision.start(centre.acd, "203", "201", "listen", "quality") == Refusal("phone-not-free")


def test_take_over_is_for_a_talk_of_two() -> None:
    centre, call = room()
    leg = listening(centre)
    call.phase = Phase.CONSULTING
    assert supervision.take_over(centre.acd, "203") == Refusal("no-talk")
    call.phase = Phase.TALKING
    taken = supervision.take_over(centre.acd, "203")
    assert not isinstance(taken, Refusal) and of(taken, TakeOver) and records(taken) == ["CallTakenOver"]
    assert supervision.end(centre.acd, "203") == Refusal("not-there"), "the citizen would be left alone"
    assert "TalkEnded" in records(centre.hangs_up())
    assert records(supervision.leg_gone(centre.acd, channel(leg, "PJSIP/203-9"))) == ["SupervisionEnded"]
    assert not centre.acd.supervisions


def test_who_only_listens_may_leave() -> None:
    centre, _ = room()
    leg = listening(centre)
    assert supervision.end(centre.acd, "203") == [HangUp(leg)]


def test_help_is_asked_taken_back_answered_and_over_with_the_talk() -> None:
    centre, _ = room()
    agent = centre.acd.agents["201"]
    assert records(supervision.ask_help(centre.acd, agent, centre.now)) == ["HelpAsked"]
    shown = supervision.view(centre.acd, "203", centre.later(7).now, centre.at)
    assert [one["help_seconds"] for one in shown["agents"]] == [7]
    assert records(supervision.ask_help(centre.acd, agent, centre.now)) == ["HelpEnded"]
    supervision.ask_help(centre.acd, agent, centre.now)
    assert records(supervision.leg_gone(centre.acd, centre.leg_of("201"))) == ["HelpEnded"]
    assert not centre.acd.help_wanted


def test_the_room_shows_no_citizens_number() -> None:
    centre, call = room()
    assert call.caller_number and call.caller_number not in str(
        supervision.view(centre.acd, "203", centre.now, centre.at)
    )

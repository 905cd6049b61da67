"""One account from whatever witnesses there are."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from centre120.call_account import CallAccount, Evidence, account_for
from centre120.call_words import HUNG_UP_BY, OUTCOMES, ROUTES
from centre120.witnesses import CelEvent, JournalRecord, parse_cel_line, parse_journal_line
from tests.support.calls import BRIDGE, CALL, CITIZEN, NUMBER, START, Story, answered, lines

AGENT = "PJSIP/201-00000005"
DEPARTMENT = "PJSIP/trunk_b-00000009"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def evidence(
    story: Story, *, cel: bool = True, journal: bool = True, restarted: float | None = None
) -> Evidence:
    events = [parse_cel_line(line) for line in lines(story.cel).splitlines()] if cel else []
    records = [parse_journal_line(line) for line in lines(story.journal).splitlines()] if journal else []
    return Evidence(
        CALL,
        tuple(event for event in events if isinstance(event, CelEvent)),
        tuple(record for record in records if isinstance(record, JournalRecord)),
        at(restarted) if restarted is not None else None,
    )


def account(story: Story, **how: Any) -> CallAccount:
    found = account_for(evidence(story, **how))
    assert found is not None
    return found


def test_both_witnesses_tell_the_whole_call() -> None:
    told = account(answered())
    assert (told.outcome, told.agent_extension, told.route, told.hung_up_by) == (
        "answered",
        "201",
        "queue",
        "agent",
    )
    assert told.arrived_at == at(0) and told.ended_at == at(44.01) and told.answered_at == at(0.003)
    assert told.queued_at == at(10) and told.agent_answered_at == at(14.002)
    assert told.waited_seconds == pytest.approx(4.002) and told.talked_seconds == pytest.approx(30)
    assert (told.trunk, told.dialled_number, told.origin_number, told.outside_area) == (
        "trunk_a",
        "02120",
        "120",
        True,
    )
    assert (told.case_number, told.language, told.caller_number) == (NUMBER, "ko", "01012345678")
    assert told.wrap_up_seconds == pytest.approx(10)
    assert [(offer.result, offer.agent_extension) for offer in told.offers] == [("answered", "201")]


def test_journal_alone_gives_the_same_answer_until_cel_is_read() -> None:
    told = account(answered(), cel=False)
    assert (told.outcome, told.agent_extension, told.route) == ("answered", "201", "queue")
    assert told.talked_seconds == 30.0 and told.ended_at == at(44.02) and told.hung_up_by is None


def test_the_journal_does_not_end_a_call_in_which_the_agent_left_a_conference_to_the_others() -> None:
    story = answered()
    story.record(44.01, "ConferenceEnded", interpretation_id="i1", first_left="agent", seconds=3.0)
    assert account(story, cel=False).ended_at is None
    assert account(story).ended_at is not None


def test_cel_alone_shows_the_agent_of_the_fallback_queue() -> None:
    story = Story().arrives().queues(10).user(10.6, "CENTRE_FALLBACK", "TIMEOUT")
    story.rings(10.7, "PJSIP/202-00000006").rings(10.7, AGENT).joins(15, AGENT).parts(45, AGENT).ends(
        45.1, AGENT
    )
    told = account(story, journal=False)
    assert (told.outcome, told.agent_extension, told.route) == ("answered", "201", "fallback")
    assert (told.fallback_reason, told.case_number) == ("TIMEOUT", None)
    assert told.first_offered_at == at(10.7) and told.talked_seconds == pytest.approx(29.998)


@pytest.mark.parametrize(
    ("story", "outcome", "by"),
    [
        pytest.param(Story().arrives().ends(3), "abandoned-in-menu", "citizen", id="hung up in the menu"),
        pytest.param(
            Story().arrives().queues(5).ends(9), "short-abandoned", "citizen", id="within five seconds"
        ),
        pytest.param(Story().arrives().queues(5).ends(10), "abandoned", "citizen", id="at five seconds"),
        pytest.param(Story().arrives().queues(5).ends(60, ""), "cut-by-system", "system", id="we hung up"),
        pytest.param(
            Story().arrives().queues(5).ends(60, "", 44), "abandoned", "citizen", id="its sound stopped"
        ),
        pytest.param(
            Story().arrives().user(4, "CENTRE_STATUS_HEARD", NUMBER).ends(9, "dialplan/builtin"),
            "status-heard",
            "system",
            id="heard the status",
        ),
        pytest.param(
            Story().arrives().user(4, "CENTRE_STATUS_HEARD", NUMBER).queues(9).ends(99),
            "abandoned",
            "citizen",
            id="heard the status, then wanted a person",
        ),
        pytest.param(
            Story()
            .user(0.1, "CENTRE_REFUSED", "sip=404;dialled=999;trunk=trunk_b")
            .ends(0.2, "dialplan/builtin", 1),
            "refused",
            "system",
            id="refused",
        ),
        pytest.param(
            Story()
            .arrives()
            .queues(5)
            .claimed(5)
            .record(30, "CallbackRequested", number="0101")
            .ends(35, ""),
            "callback-requested",
            "system",
            id="wants to be called back",
        ),
        pytest.param(Story().arrives().queues(5), "in-progress", None, id="still waiting"),
        pytest.param(
            Story().arrives().queues(5).rings(6, AGENT).event(9, "ANSWER", channame=AGENT, uniqueid="x"),
            "in-progress",
            None,
            id="talking, CEL without bridges",
        ),
    ],
)
def test_outcome(story: Story, outcome: str, by: str | None) -> None:
    told = account(story)
    assert (told.outcome, told.hung_up_by) == (outcome, by)


def test_refused_invite_keeps_what_was_dialled_and_the_sip_answer() -> None:
    story = Story(name="PJSIP/trunk_b-00000001")
    story.user(0.1, "CENTRE_REFUSED", "sip=404;dialled=999;trunk=trunk_b").ends(0.2, "dialplan/builtin", 1)
    told = account(story)
    assert (told.sip_answer, told.dialled_number, told.trunk, told.hangup_cause) == (404, "999", "trunk_b", 1)


def test_asterisk_killed_while_the_citizen_waited() -> None:
    story = Story().arrives().queues(10).claimed(10.1)
    assert account(story).outcome == "in-progress"
    told = account(story, restarted=300)
    assert (told.outcome, told.hung_up_by, told.ended_at) == ("cut-by-system", "system", at(10.1))
    assert account(story, restarted=-5).outcome == "in-progress"  # that start was before the call


def test_asterisk_killed_in_a_talk_leaves_an_answered_call() -> None:
    story = Story().arrives().queues(10).joins(15, AGENT)
    told = account(story, restarted=300)
    assert (told.outcome, told.hung_up_by) == ("answered", "system")
    assert told.ended_at == at(15.002) and told.talked_seconds == 0


def test_transfer_nobody_answered_and_one_that_was() -> None:
    story = Story().arrives().queues(10).claimed(10).joins(15, AGENT)
    begun: dict[str, Any] = {
        "transfer_kind": "attended",
        "agent": "201",
        "number": "0271110001",
        "summary": "누수",
    }
    story.record(20, "TransferStarted", transfer_id="t1", department_id=7, official_id=None, **begun)
    story.record(40, "TransferEnded", transfer_id="t1", result="no-answer", ring_seconds=20.0)
    story.record(41, "CallReturned", agent="201", reason="no-answer")
    story.record(
        50, "TransferStarted", transfer_id="t2", department_id="8", **(begun | {"transfer_kind": "blind"})
    )
    story.record(53, "TransferEnded", transfer_id="t2", result="picked-up", ring_seconds=3.0)
    told = account(story)
    first, second = told.transfers
    assert (first.result, first.answered_at, first.department_id, first.summary) == (
        "no-answer",
        None,
        7,
        "누수",
    )
    assert (second.result, second.answered_at, second.department_id) == ("picked-up", at(53), 8)
    assert told.hold_seconds == 20 and told.returned_count == 1


def test_transfer_whose_end_only_asterisk_saw() -> None:
    story = Story().arrives().queues(10).claimed(10).joins(15, AGENT)
    story.record(
        20, "TransferStarted", transfer_id="t1", transfer_kind="blind", agent="201", number="0271110001"
    )
    story.parts(20.1, AGENT).joins(25, DEPARTMENT).parts(60, DEPARTMENT)
    story.user(60.1, "CENTRE_TRANSFER_RESULT", "transfer=t1;target=0271110001;result=ANSWER").ends(60.2, "")
    told = account(story)
    assert told.transfers[0].result == "picked-up" and told.transfers[0].answered_at == at(25.002)
    assert told.talked_seconds == pytest.approx(5.098) and told.hung_up_by == "department"


def test_withheld_number_is_null_and_hostile_name_is_cut_and_cleaned() -> None:
    hostile = "\u202egnp.exe\0" + "가" * 10_000
    told = account(Story().arrives(name=quote(hostile) + "%ff%fe", number="Anonymous").ends(3))
    assert told.caller_number is None
    assert told.caller_name is not None and len(told.caller_name) == 256
    assert told.caller_name.startswith("\u202egnp.exe가") and "\0" not in told.caller_name
    odd = account(Story().arrives(number="%2B8210%00").ends(3))
    assert odd.caller_number == "+8210"
    broken = account(Story().arrives(name="%EA%B0%80%ff").ends(3))
    assert broken.caller_name == "가\ufffd"


def test_an_agents_own_call_is_no_call() -> None:
    story = (
        Story(name="PJSIP/201-00000001")
        .event(0, "CHAN_START")
        .user(0.1, "CENTRE_AGENT_KEY", "agent=201;key=*11")
    )
    assert account_for(evidence(story.event(2, "HANGUP"))) is None


def test_hang_up_of_a_surrogate_is_not_the_citizens() -> None:
    story = Story().arrives().queues(5)
    story.event(9, "HANGUP", channame="Surrogate/" + CITIZEN)
    assert account(story).outcome == "in-progress"


@given(st.data())
def test_any_part_of_the_evidence_in_any_order_gives_a_sound_account(data: st.DataObject) -> None:
    whole = evidence(answered())
    cel = data.draw(st.lists(st.sampled_from(whole.cel), unique=True))
    journal = data.draw(st.lists(st.sampled_from(whole.journal), unique_by=lambda record: record.seq))
    restarted = data.draw(st.sampled_from([None, at(-1), at(20), at(1000)]))
    told = account_for(Evidence(CALL, cel, journal, restarted))
    if told is None:
        assert not [record for record in journal if record.call_id == CALL]
        return
    assert (
        told.outcome in OUTCOMES and told.route in (None, *ROUTES) and told.hung_up_by in (None, *HUNG_UP_BY)
    )
    assert told.ended_at is None or told.ended_at >= told.arrived_at
    assert (told.outcome == "in-progress") == (told.ended_at is None)
    for seconds in (told.waited_seconds, told.talked_seconds, told.hold_seconds, told.wrap_up_seconds):
        assert seconds is None or seconds >= 0


@given(st.randoms(use_true_random=False))
def test_order_of_reading_does_not_matter(random: Any) -> None:
    whole = evidence(answered())
    cel, journal = list(whole.cel), list(whole.journal)
    stamped = {(event.at, event.event, event.uniqueid) for event in cel}
    assert len(stamped) == len(cel)
    random.shuffle(journal)
    assert account_for(Evidence(CALL, cel, journal)) == account_for(whole)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    ),
    st.sampled_from(
        ["agent", "offer_id", "result", "ring_seconds", "department_id", "caller_name", "queued_at"]
    ),
    st.sampled_from(
        ["CallQueued", "CallOffered", "OfferEnded", "CallAnswered", "TransferStarted", "TalkEnded"]
    ),
)
def test_no_field_of_a_record_is_trusted(nonsense: Any, field: str, kind: str) -> None:
    whole = evidence(answered())
    odd = JournalRecord("x", 1, at(11), kind, CALL, {"offer_id": "o", "transfer_id": "t", field: nonsense})
    assert account_for(Evidence(CALL, whole.cel, (*whole.journal, odd))) is not None


def test_talk_begins_when_the_second_of_the_two_is_there() -> None:
    story = Story().arrives().queues(10).event(12, "BRIDGE_ENTER", extra=BRIDGE)
    story.event(15, "BRIDGE_ENTER", extra=BRIDGE, **story.leg(AGENT)).parts(20, AGENT).ends(21, AGENT)
    told = account(story)
    assert (told.agent_answered_at, told.talked_seconds) == (at(15), 5)

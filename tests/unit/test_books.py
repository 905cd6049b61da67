"""The books as a decision: witnesses in, discrepancies out. Each witness is robbed, doubled and made to lie."""

import copy
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from centre120.books import ANSWERED, ENDING_OF_OUTCOME, Books, CallRow, Circumstances, keep_books
from centre120.call_account import Evidence, account_for
from centre120.call_words import OUTCOMES
from centre120.journal_witness import JournalWitness
from centre120.sip_witness import SipWitness
from centre120.witnesses import CelEvent, JournalRecord, parse_cel_line, parse_journal_line
from tests.support.calls import START, Story, answered

NOW = START + timedelta(hours=1)


class Evening:
    """Some calls, their witnesses and the table computed from them; then somebody changes one witness."""

    def __init__(self, *stories: Story) -> None:
        self.cel = [event for story in stories for event in story.cel]
        self.journal = [record for story in stories for record in story.journal]
        for seq, record in enumerate(self.journal, 1):
            record["seq"] = seq
        self.rows = [row for story in stories if (row := row_of(story))]
        self.live: frozenset[str] | None = frozenset()
        self.silent: frozenset[str] = frozenset()
        self.unread: frozenset[UUID] = frozenset()
        self.restarted_at: datetime | None = None

    def books(self, since: datetime = START - timedelta(hours=1), until: datetime | None = None) -> Books:
        sip, journal = SipWitness(since), JournalWitness()
        for number, event in enumerate(self.cel):
            parsed = parse_cel_line(json.dumps(event).encode())
            assert isinstance(parsed, CelEvent)
            sip.take(parsed, ("cel", number))
        for number, record in enumerate(self.journal):
            line = json.dumps(record).encode()
            told = parse_journal_line(line)
            assert isinstance(told, JournalRecord)
            journal.take(told, hash(line), "j", ("j", number))
        known = Circumstances(since, NOW, until, self.live, self.restarted_at, self.unread, self.silent)
        return keep_books(sip, journal, self.rows, known)

    def found(self) -> set[tuple[str, str]]:
        made = self.books()
        assert made.balanced == (not made.discrepancies and made.invites == made.accounted)
        assert all(one.next_step and one.text for one in made.discrepancies)
        return {(one.kind, one.witness) for one in made.discrepancies}


def row_of(story: Story) -> CallRow | None:
    cel = [parse_cel_line(json.dumps(event).encode()) for event in story.cel]
    journal = [parse_journal_line(json.dumps(record).encode()) for record in story.journal]
    account = account_for(Evidence(story.call_id, cel, journal))  # type: ignore[arg-type]
    if account is None:
        return None
    times = (account.arrived_at, account.ended_at)
    cases = 0 if account.outcome == "refused" else 1
    return CallRow(
        story.call_id,
        account.channel_id,
        account.linked_id,
        *times,
        account.outcome,
        account.agent_extension,
        cases,
    )


def story(number: int) -> Story:
    return Story(UUID(int=number), f"centre120-1795304982.{number}", f"PJSIP/trunk_a-{number:08x}")


def evening() -> Evening:
    """One call of each ending that the centre knows today."""
    system = "dialplan/builtin"
    wished = story(6).arrives().queues(10).claimed(10).record(40, "CallbackRequested", number="0212345678")
    refused = story(4).event(0, "CHAN_START", accountcode="", context="inbound", exten="999")
    waiting = story(3).arrives().queues(10).claimed(10).record(40, "CallAbandoned", waited_seconds=30)
    return Evening(
        answered(story(1)),
        story(2).arrives().ends(3),
        waiting.ends(40),
        refused.user(0.1, "CENTRE_REFUSED", "sip=404;dialled=999;trunk=trunk_a").ends(0.2, system, 1),
        story(5).arrives().user(5, "CENTRE_STATUS_HEARD", "1").ends(9, system),
        wished.user(40.1, "CENTRE_PROMPT", "callback-recorded").ends(42, system),
        story(7).arrives().queues(10).user(10.5, "CENTRE_FALLBACK", "TIMEOUT").ends(90, system),
    )


def test_every_outcome_of_calls_is_one_ending() -> None:
    assert set(ENDING_OF_OUTCOME) == set(OUTCOMES)


def test_every_ending_once_balances_and_every_invite_is_in_exactly_one() -> None:
    made = evening().books()
    assert made.discrepancies == [] and made.balanced
    assert made.endings == {
        "answered": 1,
        "abandoned": 2,
        "refused": 1,
        "self-served": 1,
        "callback-requested": 1,
        "cut-by-system": 1,
    }
    assert made.invites == 7 == made.accounted


def without(entries: list[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
    kept = [one for one in entries if any(one.get(key) != value for key, value in wanted.items())]
    assert len(kept) < len(entries)
    return kept


def channel(number: int) -> str:
    return f"centre120-1795304982.{number}"


def lose_invite(e: Evening) -> None:
    e.cel = without(e.cel, linkedid=channel(1))


def lose_hang_up(e: Evening) -> None:
    e.cel = [one for one in e.cel if one["uniqueid"] != channel(2) or one["eventenum"] == "CHAN_START"]


def lose_chan_start(e: Evening) -> None:
    e.cel = without(e.cel, uniqueid=channel(2), eventenum="CHAN_START")


def double_line(e: Evening) -> None:
    e.cel += [one for one in e.cel if one["uniqueid"] == channel(2) and one["eventenum"] == "HANGUP"]


def double_invite(e: Evening) -> None:
    name = "PJSIP/trunk_a-000000ff"
    more = {"uniqueid": channel(255), "linkedid": channel(255), "channame": name}
    e.cel += [one | more for one in e.cel if one["uniqueid"] == channel(2)]


def sip_says_nobody_answered(e: Evening) -> None:
    e.cel = [one for one in e.cel if not one["channame"].startswith("PJSIP/201")]


def lose_record(kind: str, number: int) -> Callable[[Evening], None]:
    def change(e: Evening) -> None:
        e.journal = without(e.journal, kind=kind, call_id=str(UUID(int=number)))

    return change


def lose_whole_call(e: Evening) -> None:
    e.journal = without(e.journal, call_id=str(UUID(int=3)))


def double_record(e: Evening) -> None:
    e.journal.insert(3, e.journal[2])


def double_fact(e: Evening) -> None:
    again = next(one for one in e.journal if one["kind"] == "OfferEnded")
    e.journal.append(again | {"seq": len(e.journal) + 1})


def reuse_number(e: Evening) -> None:
    e.journal.append(e.journal[2] | {"kind": "CallAnnounced"})


def journal_says_abandoned(e: Evening) -> None:
    for one in e.journal:
        if one["kind"] in ("CallAnswered", "TalkEnded"):
            one["kind"] = "CallAbandoned" if one["kind"] == "TalkEnded" else "CallAnnounced"


def journal_says_another_agent(e: Evening) -> None:
    for one in e.journal:
        if one["kind"] == "CallAnswered":
            one["agent"] = "299"


def lose_row(e: Evening) -> None:
    e.rows = [row for row in e.rows if row.call_id.int != 1]


def double_row(e: Evening) -> None:
    e.rows.append(replaced(e.rows[0], call_id=UUID(int=99), channel_id=None))


def replaced(row: CallRow, **more: Any) -> CallRow:
    return CallRow(**{**copy.copy(row.__dict__), **more})


def change_row(number: int, **more: Any) -> Callable[[Evening], None]:
    def change(e: Evening) -> None:
        e.rows = [replaced(row, **more) if row.call_id.int == number else row for row in e.rows]

    return change


LIES: dict[str, tuple[Callable[[Evening], None], tuple[str, str]]] = {
    "sip: the whole call is missing": (lose_invite, ("missing", "sip")),
    "sip: the hang-up is missing": (lose_hang_up, ("missing", "sip")),
    "sip: the first line is missing": (lose_chan_start, ("missing", "sip")),
    "sip: a line twice": (double_line, ("doubled", "sip")),
    "sip: two channels, one call id": (double_invite, ("doubled", "sip")),
    "sip: nobody answered": (sip_says_nobody_answered, ("contradictory", "journal")),
    "journal: a record is missing": (lose_record("CallAnswered", 1), ("missing", "journal")),
    "journal: the end is missing": (lose_record("CallAbandoned", 3), ("missing", "journal")),
    "journal: the call is missing": (lose_whole_call, ("missing", "journal")),
    "journal: a line twice": (double_record, ("doubled", "journal")),
    "journal: a fact twice": (double_fact, ("doubled", "journal")),
    "journal: a number with two contents": (reuse_number, ("contradictory", "journal")),
    "journal: abandoned, not answered": (journal_says_abandoned, ("contradictory", "journal")),
    "journal: another agent": (journal_says_another_agent, ("contradictory", "journal")),
    "calls: a row is missing": (lose_row, ("missing", "calls")),
    "calls: two rows": (double_row, ("doubled", "calls")),
    "calls: another outcome": (change_row(1, outcome="abandoned"), ("contradictory", "calls")),
    "calls: another agent": (change_row(1, agent_extension="299"), ("contradictory", "calls")),
    "calls: not ended": (change_row(2, outcome="in-progress", ended_at=None), ("contradictory", "calls")),
    "calls: another time": (change_row(2, ended_at=START), ("contradictory", "calls")),
    "cases: none": (change_row(1, case_count=0), ("missing", "cases")),
    "cases: two": (change_row(1, case_count=2), ("doubled", "cases")),
}


@pytest.mark.parametrize(("change", "wanted"), LIES.values(), ids=LIES)
def test_what_is_planted_is_found_with_its_call(
    change: Callable[[Evening], None], wanted: tuple[str, str]
) -> None:
    planted = evening()
    change(planted)
    assert wanted in planted.found()
    made = planted.books()
    assert not made.balanced
    named = [one for one in made.discrepancies if (one.kind, one.witness) == wanted]
    assert any(one.call_id for one in named) or "records of" in named[0].text


def test_a_lost_record_is_seen_by_the_numbers_even_when_no_call_misses_it() -> None:
    planted = evening()
    planted.journal = without(planted.journal, kind="AgentStateChanged", state="wrap-up")
    assert planted.found() == {("missing", "journal")}


def test_the_distance_that_a_started_worker_leaves_is_no_gap_and_explains_its_silence() -> None:
    planted = evening()
    planted.journal = without(planted.journal, call_id=str(UUID(int=3)))
    for one in planted.journal:
        one["seq"] += 5000
    opened = {"writer": "ari_app-1", "kind": "JournalOpened", "reason": "start", "carried": 0}
    at = {"at": (START + timedelta(seconds=41)).isoformat(), "seq": 5000, "after": 17}
    before = planted.journal[0] | {"seq": 17, "kind": "CallAnnounced"}
    planted.journal = [before, opened | at, *planted.journal]
    numbers = [one for one in planted.books().discrepancies if "records of" in one.text]
    assert len(numbers) == 1  # the call that was taken out left a gap of its own; the start did not
    assert not [one for one in planted.books().discrepancies if "CallQueued" in one.text]


def test_copies_at_the_head_of_a_new_part_are_neither_doubled_nor_a_gap() -> None:
    planted = evening()
    opened = {"writer": "ari_app-1", "kind": "JournalOpened", "reason": "rotation", "carried": 2}
    seq = len(planted.journal) + 1
    later = (START + timedelta(seconds=60)).isoformat()
    planted.journal += [opened | {"seq": seq, "at": later}, planted.journal[0], planted.journal[4]]
    assert planted.found() == set()


def test_calls_still_going_on_are_named_and_are_no_discrepancy() -> None:
    planted = Evening(answered(story(1)), story(2).arrives().queues(10).claimed(10))
    planted.live = frozenset({channel(2)})
    made = planted.books()
    assert made.balanced and made.going_on == [UUID(int=2)] and made.endings[ANSWERED] == 1
    planted.live = frozenset()  # Asterisk knows of no such channel
    assert ("missing", "sip") in planted.found()


def test_a_call_that_died_with_asterisk_is_cut_and_accounted_for() -> None:
    planted = Evening(story(2).arrives().queues(10).claimed(10))
    planted.restarted_at = START + timedelta(minutes=5)
    planted.rows = [
        replaced(planted.rows[0], outcome="cut-by-system", ended_at=START + timedelta(seconds=10))
    ]
    assert planted.books().balanced and planted.books().endings["cut-by-system"] == 1


def test_what_the_recorder_has_not_read_is_not_judged_and_not_balanced() -> None:
    planted = evening()
    lose_row(planted)
    planted.unread = frozenset({UUID(int=1)})
    made = planted.books()
    assert made.discrepancies == [] and made.not_judged == [UUID(int=1)] and not made.balanced


def test_calls_before_and_after_the_window_are_left_out_by_all_witnesses() -> None:
    whole = Evening(answered(story(1)), answered(story(2)))
    for event in whole.cel:
        if event["linkedid"] == channel(2):
            event["eventtime"] += 600
    for record in whole.journal:
        if record["call_id"] in (str(UUID(int=2)), None) and record["seq"] > len(whole.journal) // 2:
            record["at"] = (datetime.fromisoformat(record["at"]) + timedelta(seconds=600)).isoformat()
    whole.rows[1] = replaced(
        whole.rows[1],
        arrived_at=whole.rows[1].arrived_at + timedelta(seconds=600),
        ended_at=START + timedelta(seconds=644.01),
    )
    middle = START + timedelta(seconds=300)
    first, second = whole.books(until=middle), whole.books(since=middle)
    assert (first.invites, second.invites) == (1, 1)
    assert first.balanced and second.balanced and whole.books().invites == 2


def test_the_moment_when_the_agent_answers_and_the_citizen_hangs_up_is_no_contradiction() -> None:
    both = story(1).arrives().queues(10).claimed(10)
    both.record(10.1, "CallOffered", offer_id="o", agent="201", ring_seconds=15)
    both.rings(10.2, "PJSIP/201-1").event(14, "ANSWER", **both.leg("PJSIP/201-1"))
    both.record(14.0, "CallAnswered", agent="201", waited_seconds=4).ends(14.001)
    assert Evening(both.record(14.1, "TalkEnded", agent="201", talked_seconds=0)).found() == set()

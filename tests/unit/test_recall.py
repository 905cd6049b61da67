"""Answer recall: who must be called, once each, however versions, corrections, call-backs and late stamps follow each other."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from centre120.recall import (
    OPEN,
    TAKEN_FOR,
    Attempt,
    Correction,
    Person,
    Telling,
    exposure_of,
    next_to_call,
    people_of,
    refusal_of,
    wrong_since,
)

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """One entry, told and corrected; every event is a minute after the one before."""

    tellings: list[Telling] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    version: int = 1
    minute: int = 0

    def now(self) -> datetime:
        self.minute += 1
        return START + timedelta(minutes=self.minute)

    def tell(self, number: str | None, version: int | None = None) -> Telling:
        key = UUID(int=len(self.tellings) + 1)
        told = Telling(key, UUID(int=1000 + key.int), self.now(), "201", version or self.version, number)
        self.tellings.append(told)
        return told

    def correct(self, wrong_from: int | None = None) -> int:
        wrong_until, self.version = self.version, self.version + 1
        recall_id = len(self.corrections) + 1
        self.corrections.append(
            Correction(recall_id, wrong_from or wrong_until, wrong_until, self.version, self.now())
        )
        return recall_id

    def attempt(self, person: Person, result: str, by: str = "201") -> None:
        told = self.version if result == "done" else None
        recall_id = self.corrections[-1].recall_id
        self.attempts.append(Attempt(recall_id, person.told_id, self.now(), by, result, told))

    def people(self, recall_id: int | None = None) -> list[Person]:
        wanted = recall_id or self.corrections[-1].recall_id
        at = START + timedelta(minutes=self.minute)
        return people_of(wanted, self.corrections, self.tellings, self.attempts, at)

    def open(self, recall_id: int | None = None) -> list[str]:
        return sorted(one.citizen for one in self.people(recall_id) if one.status in OPEN)


def test_forty_calls_of_the_wrong_version_are_exactly_forty_people_once_each() -> None:
    world = World()
    for number in range(40):
        world.tell(f"010{number:08d}")
    world.correct()
    for number in range(5):
        world.tell(f"019{number:08d}")  # the right answer
    people = world.people()
    assert [person.number for person in people] == [f"010{number:08d}" for number in range(40)]
    assert {person.status for person in people} == {"waiting"}
    figures = exposure_of(people)
    assert (figures.calls, figures.people, figures.heard, figures.waiting) == (40, 40, 0, 40)


def test_citizen_told_twice_is_called_once_and_withheld_numbers_are_counted_apart() -> None:
    world = World()
    world.tell("010")
    world.tell("010")
    world.tell(None)
    world.tell(None)
    world.correct()
    people = world.people()
    assert [(one.number, one.status, len(one.tellings)) for one in people] == [
        ("010", "waiting", 2),
        (None, "no-number", 1),
        (None, "no-number", 1),
    ]
    assert (exposure_of(people).calls, exposure_of(people).people, exposure_of(people).no_number) == (4, 3, 2)


def test_correction_of_a_correction_calls_those_who_were_called_back_and_takes_the_others_over() -> None:
    world = World()
    for number in ("010", "011", "012"):
        world.tell(number)
    first = world.correct()
    reached = world.people()[0]
    world.attempt(reached, "taken")
    world.attempt(reached, "done")
    assert world.open(first) == ["011", "012"]
    world.tell("013")
    second = world.correct()  # what 010 and 013 heard was wrong as well
    assert world.open(second) == ["010", "011", "012", "013"] and world.open(first) == []
    assert [one.status for one in world.people(first)] == ["done", "superseded", "superseded"]


def test_who_heard_the_right_answer_on_a_call_of_their_own_is_not_called() -> None:
    world = World()
    world.tell("010")
    world.correct()
    world.tell("010")
    assert [one.status for one in world.people()] == ["told-since"]


def test_wrong_answer_told_from_an_old_screen_after_the_correction_is_in_the_list() -> None:
    world = World()
    world.correct()
    world.tell("010", version=1)
    assert world.open() == ["010"]


def test_taken_comes_back_when_it_is_forgotten_and_not_reached_goes_to_the_end() -> None:
    world = World()
    world.tell("010")
    world.tell("011")
    world.correct()
    first = world.people()[0]
    world.attempt(first, "taken")
    assert next_to_call(world.people()).number == "011"  # type: ignore[union-attr]
    world.minute += int(TAKEN_FOR.total_seconds() // 60)
    assert next_to_call(world.people()).number == "010"  # type: ignore[union-attr]
    world.attempt(first, "taken")
    world.attempt(first, "not-reached")
    assert next_to_call(world.people()).number == "011"  # type: ignore[union-attr]
    assert [(one.status, one.tries) for one in world.people()] == [("not-reached", 1), ("waiting", 0)]


@pytest.mark.parametrize(
    ("status", "by", "what", "active", "refused"),
    [
        ("waiting", "", "taken", True, None),
        ("not-reached", "", "taken", True, None),
        ("taken", "202", "taken", True, "is-taken"),
        ("taken", "201", "done", True, None),
        ("taken", "202", "done", True, "not-yours"),
        ("waiting", "", "done", True, "not-yours"),
        ("done", "201", "done", True, "not-yours"),
        ("no-number", "", "taken", True, "is-no-number"),
        ("waiting", "", "taken", False, "superseded"),
        ("waiting", "", "burned", True, "no-such-result"),
    ],
)
def test_who_may_do_what(status: str, by: str, what: str, active: bool, refused: str | None) -> None:
    assert refusal_of(Person("010", "010", status=status, by=by), what, "201", active) == refused


def test_versions_that_say_the_same_are_wrong_together() -> None:
    assert wrong_since({1: "a", 2: "b", 3: "b", 4: "b"}, 4) == 2
    assert wrong_since({4: "b"}, 4) == 4
    assert wrong_since({2: "b", 4: "b"}, 4) == 4


NUMBERS = st.sampled_from(["010", "011", "012", "013", None])
EVENTS = st.one_of(
    st.tuples(st.just("tell"), NUMBERS, st.integers(0, 3)),
    st.tuples(st.just("correct"), st.none(), st.integers(0, 2)),
    st.tuples(st.just("change"), st.none(), st.just(0)),
    st.tuples(st.sampled_from(["done", "refused", "not-reached"]), st.none(), st.integers(0, 9)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(EVENTS, max_size=25))
def test_a_citizen_is_owed_one_call_while_the_last_version_they_heard_is_wrong(
    events: list[tuple[str, str | None, int]],
) -> None:
    """Against a model that only remembers the last version each citizen heard."""
    world, heard, wrong, refused = World(), dict[str, int](), set[int](), set[str]()
    for what, number, which in events:
        if what == "tell":
            told = world.tell(number, max(1, world.version - which))
            heard[told.citizen] = told.version
            refused.discard(told.citizen)
        elif what == "correct":
            wrong_from = max(1, world.version - which)
            wrong |= set(range(wrong_from, world.version + 1))
            world.correct(wrong_from)
            refused.clear()
        elif what == "change":
            world.version += 1
        elif world.corrections:
            callable_ = [one for one in world.people() if one.status in OPEN and one.number]
            if callable_:
                person = callable_[which % len(callable_)]
                world.attempt(person, "taken")
                world.attempt(person, what)
                if what == "done":
                    heard[person.citizen] = world.version
                if what == "refused":
                    refused.add(person.citizen)
        if world.corrections:
            owed = {one for one, version in heard.items() if version in wrong} - refused
            assert world.open() == sorted(owed)
            for correction in world.corrections[:-1]:
                assert world.open(correction.recall_id) == []
            everyone = [one.citizen for one in world.people()]
            assert len(everyone) == len(set(everyone))

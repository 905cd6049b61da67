"""Answer recall: who was told a wrong version of an entry, who has heard the right one since, who must still be called.

Pure: tellings, corrections and attempts in, people out; the clock is an argument. The rule that everything follows from:
**a citizen is owed a call while the last version they heard is a wrong one.** They hear versions on calls (stamps) and on
our call-backs (attempts that were `done`). A correction names the versions it found wrong; a correction of a
correction adds to them, and takes over whoever was not reached before it: nobody stands in two lists at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

RESULTS: Final = ("taken", "given-back", "not-reached", "refused", "done")
STATUSES: Final = (
    *("waiting", "taken", "not-reached", "no-number"),
    *("done", "refused", "told-since", "superseded"),
)
OPEN: Final = ("waiting", "taken", "not-reached", "no-number")
TAKEN_FOR: Final = timedelta(minutes=30)
"""An agent who takes a call-back and forgets it gives it back after so long."""


@dataclass(frozen=True)
class Telling:
    """One stamp. `number` null: withheld, so every call is a citizen of its own, whom nobody can call back."""

    told_id: UUID
    call_id: UUID
    at: datetime
    agent: str
    version: int
    number: str | None

    @property
    def citizen(self) -> str:
        return self.number or f"call {self.call_id}"


@dataclass(frozen=True)
class Correction:
    """`opened_at`: when the right version was saved. Versions `wrong_from` to `wrong_until` were found wrong by it."""

    recall_id: int
    wrong_from: int
    wrong_until: int
    corrected_version: int
    opened_at: datetime


@dataclass(frozen=True)
class Attempt:
    """One thing an agent did about a citizen of a recall; `told_id` is any telling of that citizen.

    `version`: of `done`, the version that was told.
    """

    recall_id: int
    told_id: UUID
    at: datetime
    by: str
    result: str
    version: int | None = None
    note: str = ""


@dataclass
class Person:
    """A citizen of one recall, once."""

    citizen: str
    number: str | None
    tellings: list[Telling] = field(default_factory=list)  # of wrong versions, oldest first
    status: str = "waiting"
    by: str = ""  # who has taken it, or ended it
    at: datetime | None = None  # when
    tries: int = 0
    note: str = ""

    @property
    def told_id(self) -> UUID:
        """Names this person to the outside: no number is part of an address."""
        return self.tellings[0].told_id


@dataclass(frozen=True)
class Exposure:
    """What a wrong answer did, and how much of it is mended."""

    calls: int
    people: int
    heard: int  # the right answer: by our call-back, or on a call of their own
    refused: int
    waiting: int  # waiting, taken, not reached
    no_number: int
    superseded: int
    first_at: datetime | None
    last_at: datetime | None


def wrong_since(answers: Mapping[int, str], wrong_version: int) -> int:
    """The first of the versions that said what `wrong_version` says, without a gap: versions that only changed a title or a
    source told the same wrong answer. `answers`: version -> answer."""
    first = wrong_version
    while first - 1 in answers and answers[first - 1] == answers[wrong_version]:
        first -= 1
    return first


def people_of(
    recall_id: int,
    corrections: Sequence[Correction],
    tellings: Iterable[Telling],
    attempts: Iterable[Attempt],
    now: datetime,
) -> list[Person]:
    """Everyone of this recall, once each, in the order in which they were first told. `corrections`: all of the entry."""
    ordered = sorted(corrections, key=lambda one: (one.corrected_version, one.opened_at))
    place = next(place for place, one in enumerate(ordered) if one.recall_id == recall_id)
    this, wrong = ordered[place], _wrong(ordered[: place + 1])
    over_at = ordered[place + 1].opened_at if place + 1 < len(ordered) else None
    by_citizen: dict[str, list[Telling]] = {}
    citizen_of: dict[UUID, str] = {}
    for telling in sorted(tellings, key=lambda one: (one.at, str(one.told_id))):
        by_citizen.setdefault(telling.citizen, []).append(telling)
        citizen_of[telling.told_id] = telling.citizen
    done: dict[str, list[Attempt]] = {}
    for attempt in sorted(attempts, key=lambda one: one.at):
        if attempt.told_id in citizen_of:
            done.setdefault(citizen_of[attempt.told_id], []).append(attempt)
    found = []
    for citizen, told in by_citizen.items():
        heard = _heard(told, done.get(citizen, []))
        if _belongs(heard, wrong, this.opened_at, over_at):
            of_wrong = [telling for telling in told if telling.version in wrong]
            person = Person(citizen, told[0].number, of_wrong)
            own = [attempt for attempt in done.get(citizen, []) if attempt.recall_id == recall_id]
            _settle(person, heard, own, wrong, over_at, now)
            found.append(person)
    return sorted(found, key=lambda person: (person.tellings[0].at, str(person.told_id)))


def _wrong(corrections: Sequence[Correction]) -> frozenset[int]:
    return frozenset(version for one in corrections for version in range(one.wrong_from, one.wrong_until + 1))


def _heard(
    told: Sequence[Telling], attempts: Sequence[Attempt]
) -> list[tuple[datetime, int, Attempt | None]]:
    """(when, version, by which call-back) of everything the citizen heard of this entry, oldest first."""
    heard: list[tuple[datetime, int, Attempt | None]] = [(one.at, one.version, None) for one in told]
    heard += [
        (one.at, one.version, one) for one in attempts if one.result == "done" and one.version is not None
    ]
    return sorted(heard, key=lambda one: one[0])


def _belongs(
    heard: Sequence[tuple[datetime, int, Attempt | None]],
    wrong: frozenset[int],
    opened_at: datetime,
    over_at: datetime | None,
) -> bool:
    before = [version for at, version, _ in heard if at < opened_at]
    # an agent whose screen still showed the old answer told it after the correction
    later = {version for at, version, _ in heard if at >= opened_at and (over_at is None or at < over_at)}
    return bool((before and before[-1] in wrong) or later & wrong)


def _settle(
    person: Person,
    heard: Sequence[tuple[datetime, int, Attempt | None]],
    own: Sequence[Attempt],
    wrong: frozenset[int],
    over_at: datetime | None,
    now: datetime,
) -> None:
    person.tries = sum(attempt.result == "not-reached" for attempt in own)
    in_time = [one for one in heard if over_at is None or one[0] < over_at]
    at, version, call_back = in_time[-1]
    if version not in wrong:
        person.status, person.at = ("done", at) if call_back else ("told-since", at)
        person.by, person.note = (call_back.by, call_back.note) if call_back else ("", "")
        return
    last = own[-1] if own else None
    if last is not None and last.result == "refused" and last.at >= at:
        person.status, person.at, person.by, person.note = "refused", last.at, last.by, last.note
    elif over_at is not None:
        person.status, person.at = "superseded", over_at
    elif person.number is None:
        person.status = "no-number"
    elif last is not None and last.result == "taken" and now - last.at < TAKEN_FOR:
        person.status, person.at, person.by = "taken", last.at, last.by
    elif person.tries:
        missed = [attempt for attempt in own if attempt.result == "not-reached"][-1]
        person.status, person.at, person.by, person.note = "not-reached", missed.at, missed.by, missed.note


def exposure_of(people: Sequence[Person]) -> Exposure:
    """The figures of one recall."""
    calls = {telling.call_id for person in people for telling in person.tellings}
    moments = sorted(telling.at for person in people for telling in person.tellings)

    def count(*statuses: str) -> int:
        return sum(person.status in statuses for person in people)

    return Exposure(
        len(calls),
        len(people),
        count("done", "told-since"),
        count("refused"),
        count("waiting", "taken", "not-reached"),
        count("no-number"),
        count("superseded"),
        moments[0] if moments else None,
        moments[-1] if moments else None,
    )


def refusal_of(person: Person, what: str, by: str, recall_is_active: bool) -> str | None:
    """Why `by` may not do `what` (one of RESULTS) about this person now; None: they may."""
    if what not in RESULTS:
        return "no-such-result"
    if not recall_is_active:
        return "superseded"
    if what == "taken":
        return None if person.status in ("waiting", "not-reached") else f"is-{person.status}"
    return None if person.status == "taken" and person.by == by else "not-yours"


def next_to_call(people: Iterable[Person]) -> Person | None:
    """Who was told first and was never called; then who was not reached longest ago."""
    waiting = [person for person in people if person.status in ("waiting", "not-reached")]
    return min(
        waiting,
        key=lambda person: (person.tries, person.at or person.tellings[0].at, str(person.told_id)),
        default=None,
    )


def draft_of(title: str, answer: str, language: str) -> str:
    """A first text of what to say; supervisors change it."""
    if language == "ko":
        return (
            f"안녕하세요, 120입니다. 전에 「{title}」에 대해 안내해 드린 내용이 잘못되어 바로잡고자 전화드렸습니다. "
            f"불편을 드려 죄송합니다.\n\n바른 안내:\n{answer}"
        )
    return (
        f"This is 120. What we told you about “{title}” was wrong, and we call to correct it. We are sorry.\n\n"
        f"The right answer:\n{answer}"
    )

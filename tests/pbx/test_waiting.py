"""Waiting: position said, music between, a way out by key, the place kept; and the order in which people are answered."""

import time
from datetime import UTC, datetime

import pytest

from phones import tones
from tests.pbx.conftest import Room
from tests.pbx.desk import Desk
from tests.support.centre import Centre, until, write_tone

pytestmark = pytest.mark.timeout(120)


def tone_of(extension: str) -> int:
    return tones.AGENTS[int(extension) % len(tones.AGENTS)]


async def wait_in_queue(centre: Centre, room: Room, number: str, waiting: int) -> object:
    call = await room.citizen(number)
    await call.answered(5)
    await call.press("0")
    await until(lambda: centre.health().get("waiting") == waiting, 10, f"{waiting} waiting")
    return call


async def test_position_is_announced_and_music_follows(centre: Centre, room: Room) -> None:
    call = await wait_in_queue(centre, room, "01000000001", 1)
    await until(lambda: centre.journal("CallAnnounced"), 5, "announced")
    assert centre.journal("CallAnnounced")[-1]["position"] == 1
    await call.heard(within=5)
    await until(
        lambda: "MOH" in centre.cli("core show channels verbose") or centre.cli("moh show classes"),
        5,
        "music",
    )
    await call.hangup()
    await until(lambda: centre.journal("CallAbandoned"), 5, "abandoned on record")
    await until(lambda: centre.health()["waiting"] == 0, 3, "nobody waits")


async def test_a_long_announcement_costs_neither_the_lease_nor_the_link(centre: Centre, room: Room) -> None:
    """ARI does one thing at a time on a channel: a lease renewed during a sentence would hold the whole link up."""
    for prompt in ("position-1", "callback-offer"):
        write_tone(centre.home / "sounds" / "ko" / f"{prompt}.wav", 350, 6.0)
    try:
        before = len(centre.cel("CENTRE_FALLBACK"))
        call = await wait_in_queue(centre, room, "01000000009", 1)
        started = time.monotonic()
        await call.heard(within=3)  # type: ignore[attr-defined]
        await room.agent(
            "202"
        )  # signing in needs the link, and ends the sentence: the citizen need not hear it out
        await call.heard(tone_of("202"), within=5)  # type: ignore[attr-defined]
        assert time.monotonic() - started < 6, "the offer did not wait for twelve seconds of sentence"
        await call.hangup()  # type: ignore[attr-defined]
        assert len(centre.cel("CENTRE_FALLBACK")) == before
    finally:
        for prompt in ("position-1", "callback-offer"):
            write_tone(centre.home / "sounds" / "ko" / f"{prompt}.wav", 350, 0.3)


async def test_a_citizen_is_still_ours_after_a_sentence_longer_than_the_lease(
    centre: Centre, room: Room
) -> None:
    write_tone(centre.home / "sounds" / "ko" / "position-1.wav", 350, 7.0)
    try:
        before, said = len(centre.cel("CENTRE_FALLBACK")), len(centre.journal("CallAnnounced"))
        call = await wait_in_queue(centre, room, "01000000010", 1)
        await until(lambda: len(centre.journal("CallAnnounced")) > said, 5, "announced")
        began = datetime.fromisoformat(centre.journal("CallAnnounced")[-1]["at"])
        await until(lambda: (datetime.now(UTC) - began).total_seconds() > 12, 15, "twelve seconds")
        assert centre.health()["waiting"] == 1 and len(centre.cel("CENTRE_FALLBACK")) == before
        await call.hangup()  # type: ignore[attr-defined]
    finally:
        write_tone(centre.home / "sounds" / "ko" / "position-1.wav", 350, 0.3)


async def test_key_1_leaves_a_request_for_a_call_back(centre: Centre, room: Room) -> None:
    call = await wait_in_queue(centre, room, "01000000002", 1)
    await call.press("1")
    await call.ended(8)
    assert centre.journal("CallbackRequested")[-1]["number"] == "01000000002"
    assert centre.health()["waiting"] == 0


async def test_withheld_number_can_not_ask_for_a_call_back_and_waits_on(centre: Centre, room: Room) -> None:
    before = len(centre.journal("CallbackRequested"))
    call = await wait_in_queue(centre, room, "anonymous", 1)
    await call.press("1")
    await room.agent("201")
    await call.heard(tone_of("201"), within=10)
    assert len(centre.journal("CallbackRequested")) == before
    assert centre.journal("CallQueued")[-1]["caller_number"] is None
    await call.hangup()


async def test_key_9_while_waiting_changes_the_language_and_keeps_the_place(
    centre: Centre, room: Room
) -> None:
    call = await wait_in_queue(centre, room, "01000000003", 1)
    queued = centre.journal("CallQueued")[-1]
    await call.press("9")
    await until(
        lambda: centre.cel("CENTRE_PROMPT")[-1]["eventextra"] == '{"extra":"language-menu"}',
        5,
        "in the language menu",
    )
    await call.press("5")
    await until(lambda: centre.health()["waiting"] == 1, 10, "waiting again")
    await room.agent("203")
    await call.heard(tone_of("203"), within=10)
    assert centre.journal("CallQueued")[-1]["call_id"] == queued["call_id"]
    assert centre.journal("CallLanguageChanged")[-1]["language"] == "mn"
    await call.hangup()


async def test_first_come_first_answered_and_no_agent_is_offered_two_calls(
    centre: Centre, room: Room
) -> None:
    calls = [await wait_in_queue(centre, room, f"0100000001{number}", number) for number in (1, 2, 3)]
    offers_before = len(centre.journal("CallOffered"))
    await room.agent("201")
    await calls[0].heard(tone_of("201"), within=10)  # type: ignore[attr-defined]
    assert len(centre.journal("CallOffered")) == offers_before + 1
    await calls[0].hangup()  # type: ignore[attr-defined]
    await calls[1].heard(tone_of("201"), within=15)  # type: ignore[attr-defined]
    await calls[1].hangup()  # type: ignore[attr-defined]
    await calls[2].heard(tone_of("201"), within=15)  # type: ignore[attr-defined]
    await calls[2].hangup()  # type: ignore[attr-defined]


async def test_agent_on_break_is_not_rung_and_returns(centre: Centre, room: Room) -> None:
    await room.agent("201")
    async with Desk(centre, "201") as desk:
        await desk.do("break", reason="meal")
        await until(lambda: centre.agent_state("201") == "on-break", 3, "on break")
        call = await wait_in_queue(centre, room, "01000000004", 1)
        await desk.do("available")
        await call.heard(tone_of("201"), within=10)  # type: ignore[attr-defined]
        await call.hangup()  # type: ignore[attr-defined]
    assert any(record["reason"] == "meal" for record in centre.journal("AgentStateChanged"))

"""Which prompts an announcement is made of, and that each of them exists."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from centre120.prompts import parse_prompts
from centre120.settings import REPOSITORY
from centre120.spoken import LANGUAGES, generated_texts, queue_announcement, status_announcement
from centre120.spoken.announcements import STATUSES

LISTED = parse_prompts((REPOSITORY / "sounds" / "prompts.csv").read_bytes())


def test_third_in_line_four_minutes_with_the_offer() -> None:
    assert queue_announcement("ko", 3, 181.0, True) == ("position-3", "minutes-4", "callback-offer")


def test_no_offer_to_whom_we_cannot_call_back() -> None:
    assert queue_announcement("ko", 1, 60.0, False) == ("position-1", "minutes-1")


@pytest.mark.parametrize(
    ("seconds", "prompt"),
    [(-5, "minutes-below-one"), (0, "minutes-below-one"), (59.9, "minutes-below-one"), (60, "minutes-1"), (60.1, "minutes-2"),
     (3600, "minutes-60"), (3600.1, "minutes-beyond-an-hour"), (math.inf, "minutes-beyond-an-hour"),
     (math.nan, "minutes-beyond-an-hour")],
)  # fmt: skip
def test_waits_are_rounded_up_to_minutes(seconds: float, prompt: str) -> None:
    assert queue_announcement("ko", 1, seconds, False)[1] == prompt


@pytest.mark.parametrize(
    ("position", "prompt"), [(0, "position-1"), (99, "position-99"), (100, "position-beyond")]
)
def test_places_beyond_the_rendered_ones_have_a_sentence_too(position: int, prompt: str) -> None:
    assert queue_announcement("ko", position, 0, False)[0] == prompt


def test_a_status_is_told_with_the_last_four_digits() -> None:
    assert status_announcement("ko", "2611211000427", "open") == (
        "status-number", "digit-0", "digit-4", "digit-2", "digit-7", "status-open",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "prompt"),
    [(None, "status-not-right"), ("unknown", "status-unknown"), ("shelved", "status-unavailable")],
)
def test_without_a_status_no_number_is_said(status: str | None, prompt: str) -> None:
    assert status_announcement("ko", "2611211000427", status) == (prompt,)


@given(st.sampled_from(LANGUAGES), st.integers(), st.floats(), st.booleans())
@example("ko", 10**9, math.nan, True)
def test_every_prompt_of_the_queue_exists(language: str, position: int, seconds: float, offer: bool) -> None:
    for prompt in queue_announcement(language, position, seconds, offer):
        assert LISTED.prompts[(prompt, language)].text.strip()


@given(st.sampled_from(LANGUAGES), st.text(), st.none() | st.sampled_from([*STATUSES, "unknown"]) | st.text())
def test_every_prompt_of_a_status_exists(language: str, number: str, status: str | None) -> None:
    said = status_announcement(language, number, status)
    assert said
    for prompt in said:
        assert LISTED.prompts[(prompt, language)].text.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_generated_sentences_are_whole(language: str) -> None:
    texts = generated_texts(language)
    assert len(set(texts.values())) == len(texts)
    assert not any(
        "{" in text or any(letter.isascii() and letter.isdigit() for letter in text)
        for text in texts.values()
    )

"""The shipped prompts as the real espeak-ng speaks them: heard in every language, and short enough.

The whole set takes seconds; without espeak-ng on PATH these tests are skipped (./120 test brings it).
"""

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest

from centre120.settings import REPOSITORY
from centre120.spoken import LANGUAGES
from ops.prompts.places import Places
from ops.prompts.render import Outcome, render

ESPEAK = shutil.which("espeak-ng")
pytestmark = pytest.mark.skipif(ESPEAK is None, reason="espeak-ng is not on PATH")
NOTICES = ("notice-121", "notice-128", "notice-7316114", "notice-7300101")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Places, Outcome]:
    home = tmp_path_factory.mktemp("prompts")
    source = REPOSITORY / "sounds"
    places = Places(
        source / "prompts.csv", home / "none", home / "sounds", home / "online", Path(str(ESPEAK))
    )
    return places, render(places, lambda _line: None)


def seconds(places: Places, prompt: str, language: str) -> float:
    with wave.open(str(places.sound(prompt, language))) as file:
        return file.getnframes() / file.getframerate()


def test_every_prompt_is_heard(rendered: tuple[Places, Outcome]) -> None:
    places, outcome = rendered
    assert outcome.problems == []
    assert set(outcome.stood_in) == {"mn"}
    for prompt, language in places.prompt_list().playable():
        with wave.open(str(places.sound(prompt, language))) as file:
            samples = np.frombuffer(file.readframes(10**7), "<i2").astype(float) / 32768
        loudness = 20 * np.log10(np.sqrt((samples**2).mean()))
        assert -30 < loudness < -17, (language, prompt, loudness)
        assert 0.3 < len(samples) / 8000 < 9, (language, prompt, len(samples))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_person_within_twenty_seconds_of_prompts(rendered: tuple[Places, Outcome], language: str) -> None:
    places, _ = rendered
    greeting, menu, short = (
        seconds(places, prompt, language) for prompt in ("greeting", "menu", "menu-short")
    )
    notice = max(seconds(places, prompt, language) for prompt in NOTICES)
    assert greeting <= 5
    assert menu <= 7
    assert short <= 4
    assert notice <= 4
    assert greeting + menu + short + notice <= 20


def test_batches_cut_where_one_text_ends(rendered: tuple[Places, Outcome]) -> None:
    """A wrong cut would give a digit the length of a sentence."""
    places, _ = rendered
    for language in LANGUAGES:
        digits = [seconds(places, f"digit-{digit}", language) for digit in range(10)]
        assert max(digits) < 1.0
        assert seconds(places, "position-88", language) > 1.5 * max(digits)


def test_different_numbers_sound_different(rendered: tuple[Places, Outcome]) -> None:
    places, _ = rendered
    for language in set(LANGUAGES) - {"mn"}:
        sounds = [places.sound(f"position-{n}", language).read_bytes() for n in range(1, 100)]
        assert len(set(sounds)) == 99

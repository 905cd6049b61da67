"""espeak-ng: the voice that is always there. A sentence costs 2-7 ms, starting the program 8 ms more.

Mandarin needs the pinyin voice: `cmn` takes the tones of its own dictionary for English numbers (1.51). Japanese needs kana.
There is no Mongolian voice, in 1.52 neither.
"""

import html
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from centre120.prompts import Prompt
from centre120.spoken.korean_reading import as_pronounced


@dataclass(frozen=True)
class Voice:
    """A voice of espeak-ng and how fast it speaks well."""

    name: str
    words_per_minute: int


VOICES = {
    "ko": Voice("ko", 210),
    "en": Voice("en-us", 165),
    "zh": Voice("cmn-latn-pinyin", 190),
    "ja": Voice("ja", 190),
    "vi": Voice("vi", 180),
}

DIGIT_PACE = 0.75  # a number is to be written down


def voice_of(prompt: Prompt) -> Voice | None:
    """Who speaks it and how fast; None where there is no voice for the language."""
    voice = VOICES.get(prompt.language)
    if voice and prompt.id.startswith("digit-"):
        return Voice(voice.name, round(voice.words_per_minute * DIGIT_PACE))
    return voice


_PARTICLES = {"は": "わ", "へ": "え"}
SECONDS = 20


class NoVoice(Exception):
    """espeak-ng did not speak; says why."""


def reading(language: str, text: str) -> str:
    """The text as this synthesiser has to see it to say it right."""
    if language == "ko":
        return as_pronounced(text)
    if language == "ja":  # a particle stands alone between spaces or before a comma
        return re.sub(r"(?<= )[はへ](?=[ 、。])", lambda found: _PARTICLES[found[0]], text)
    return text


def speak(program: Path, prompt: Prompt) -> bytes:
    """A WAV stream at 22,050 Hz."""
    return _spoken(program, voice_of(prompt), reading(prompt.language, prompt.text), ())


def speak_with_breaks(program: Path, prompts: Sequence[Prompt], seconds: float) -> bytes:
    """All texts in one stream by the first one's voice, a break of so many seconds after each."""
    pause = f'<break time="{round(seconds * 1000)}ms"/>'
    sentences = (f"<p>{html.escape(reading(one.language, one.text))}</p>{pause}\n" for one in prompts)
    return _spoken(program, voice_of(prompts[0]), f"<speak>{''.join(sentences)}</speak>", ("-m",))


def _spoken(program: Path, voice: Voice | None, text: str, options: Sequence[str]) -> bytes:
    """The text goes in by standard input: whatever it is, it is no option."""
    if voice is None:
        raise NoVoice("espeak-ng has no voice for the language")
    command = [str(program), "-v", voice.name, "-s", str(voice.words_per_minute), "-b", "1", *options]
    try:
        done = subprocess.run(
            [*command, "--stdin", "--stdout"],
            input=text.encode(),
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise NoVoice(f"espeak-ng took more than {SECONDS} s") from error
    except OSError as error:
        raise NoVoice(f"{program} cannot be run ({error.strerror})") from error
    if done.returncode or not done.stdout:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise NoVoice(f"espeak-ng ended with {done.returncode}: {words[-1] if words else 'it said nothing'}")
    return done.stdout

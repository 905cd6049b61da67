"""espeak-ng: the voice that is always there. One process a prompt, 10-20 ms.

Mandarin needs the pinyin voice: `cmn` takes the tones of its own dictionary for English numbers (1.51). Japanese needs kana.
There is no Mongolian voice, in 1.52 neither.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

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


def speak(program: Path, language: str, text: str) -> bytes:
    """A WAV stream at 22,050 Hz. The text goes in by standard input: whatever it is, it is no option."""
    voice = VOICES[language]
    command = [str(program), "-v", voice.name, "-s", str(voice.words_per_minute), "-b", "1"]
    try:
        done = subprocess.run(
            [*command, "--stdin", "--stdout"],
            input=reading(language, text).encode(),
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

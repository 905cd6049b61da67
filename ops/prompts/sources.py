"""Which voices a prompt could have, best first: a recording, a cached online rendering, espeak-ng.

Each has a digest of all that its sound depends on; the ledger compares it, so that a second start renders nothing.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from centre120.prompts import Prompt, PromptList
from ops.prompts import espeak, online
from ops.prompts.places import Places

RENDERER_VERSION = 1
"""Counts up when the same text would sound different: every prompt is rendered anew."""


@dataclass(frozen=True)
class Source:
    """One way to get a prompt's sound. `make` gives a finished file; it raises NotSound or NoVoice."""

    origin: str
    digest: str
    make: Callable[[], bytes]


def digest_of(*parts: object) -> str:
    """Of everything a sound depends on, this program's version included."""
    return hashlib.sha256(json.dumps([RENDERER_VERSION, *parts]).encode()).hexdigest()


def sources_of(places: Places, listed: PromptList, key: tuple[str, str], only: str = "") -> list[Source]:
    """What could speak this prompt in its own language, best first. `only` leaves out the other synthesiser."""
    prompt = listed.prompts.get(key)
    found = _recording(places, key)
    if prompt:
        wanted = prompt.origin or only
        found += _cached(places, prompt) if wanted in ("", "gtts") else []
        found += _espeak(places, prompt) if prompt.origin in ("", "espeak-ng") else []
    return found


def _recording(places: Places, key: tuple[str, str]) -> list[Source]:
    path = places.recording(*key)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    return [
        Source("recording", digest_of("recording", hashlib.sha256(data).hexdigest()), lambda: _finished(data))
    ]


def _finished(data: bytes) -> bytes:
    from ops.prompts import sound  # numpy: only when something is rendered

    return sound.telephone_prompt(*sound.read_wav(data))


def _cached(places: Places, prompt: Prompt) -> list[Source]:
    path = online.cached(places, prompt)
    if path is None:
        return []
    return [Source("gtts", digest_of("gtts", path.name), path.read_bytes)]


def _espeak(places: Places, prompt: Prompt) -> list[Source]:
    voice = espeak.voice_of(prompt)
    if voice is None:
        return []
    text = espeak.reading(prompt.language, prompt.text)
    return [
        Source(
            "espeak-ng",
            digest_of("espeak-ng", voice.name, voice.words_per_minute, text),
            lambda: _finished(espeak.speak(places.espeak, prompt)),
        )
    ]
